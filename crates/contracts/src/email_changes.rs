//! A change of somebody's e-mail address, which is confirmed at the old one and at the new one.

use crate::auth::bounded;
use crate::email::of_person;
use crate::vocabulary::vocabulary;
use crate::{Email, Secret, UserId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// One of the two addresses at which a change is confirmed.
    EmailSide {
        Current = "current",
        New = "new",
    }
    /// What has become of a change of an address.
    EmailChangeStatus {
        Pending = "pending",
        Changed = "changed",
        Refused = "refused",
        Withdrawn = "withdrawn",
        Replaced = "replaced",
        Barred = "barred",
        Void = "void",
    }
}

/// `POST /api/v1/users/me/email-change` and `/api/v1/users/{id}/email-change`: which address it is to be.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestEmailChange {
    /// The new e-mail address.
    #[garde(custom(of_person))]
    pub email: Email,
}

/// A change of an address that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmailChange {
    /// The new e-mail address.
    pub email: Email,
    /// Who asked for it: the user, or an administrator.
    pub requested_by: UserId,
    /// When that was.
    #[schema(example = "2026-01-12T08:15:00Z")]
    pub requested_at: DateTime<Utc>,
    /// Until when it can be confirmed.
    #[schema(example = "2026-01-13T08:15:00Z")]
    pub expires_at: DateTime<Utc>,
    /// Whether it was confirmed by the mail to the address of now.
    #[schema(example = true)]
    pub is_confirmed_at_current: bool,
    /// Whether it was confirmed by the mail to the new address.
    #[schema(example = false)]
    pub is_confirmed_at_new: bool,
}

/// The address of a user, and its change that waits, if there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmailChangeState {
    /// The address of now.
    pub email: Email,
    /// What waits to be confirmed.
    #[schema(required)]
    pub pending: Option<EmailChange>,
}

/// `POST /api/v1/auth/email-change`: what the reader of a mail says to the change; the token stands in the mail's link.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerEmailChange {
    /// The token from the link.
    #[garde(custom(bounded))]
    pub token: Secret,
    /// Refuses the change instead. Only by the link that went to the address of now.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = false)]
    pub refuse: bool,
}

/// What came of an answer to a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmailChangeAnswered {
    /// `pending` while the other address has not confirmed it, `changed`, `refused`; or `barred`, when the new address has become
    /// somebody else's meanwhile.
    #[schema(example = "pending")]
    pub status: EmailChangeStatus,
}

/// Internal: a token from a link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailChangeToken {
    /// The token.
    pub token: Secret,
}

/// Internal: the change that a link belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailChangeFound {
    /// To which address the link was sent.
    pub side: EmailSide,
    /// The address of before.
    pub current: Email,
    /// The address that it becomes.
    pub new: Email,
    /// Whether the change was confirmed by this link.
    pub is_confirmed: bool,
    /// What has become of it.
    pub status: EmailChangeStatus,
}
