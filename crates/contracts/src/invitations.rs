//! People whom an administrator creates or invites.

use crate::email::of_person;
use crate::{Email, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/users`: somebody whom an administrator knows. Their address is theirs once they have opened the link that they
/// are mailed, and chosen a password there.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteUser {
    /// E-mail address; nobody has it yet.
    #[garde(custom(of_person))]
    pub email: Email,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 200), custom(text::name)))]
    #[schema(example = "Ada")]
    pub display_name: Option<String>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 100), custom(text::name)))]
    #[schema(example = "Ada")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 100), custom(text::name)))]
    #[schema(example = "Lovelace")]
    pub last_name: Option<String>,
    /// BCP 47 language tag: of the mail, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::locale)))]
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// Names of the roles that they hold once they have come, beside `user`: those that the caller may give, for good.
    #[serde(default)]
    #[garde(custom(text::entries(0, 20)))]
    #[schema(example = json!(["moderator"]))]
    pub roles: Vec<String>,
    /// Whether they are mailed an invitation now. It can be sent later.
    #[serde(default = "yes")]
    #[garde(skip)]
    #[schema(default = true, example = true)]
    pub invite: bool,
}

const fn yes() -> bool {
    true
}

/// The invitation of a user who was created by an administrator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// Who is invited.
    pub user_id: UserId,
    /// Names of the roles that they hold once they have come, as far as whoever promised them may still give them then.
    #[schema(example = json!(["moderator"]))]
    pub roles: Vec<String>,
    /// Who created the user, or sent the invitation last.
    pub invited_by: UserId,
    /// When that was.
    #[schema(example = "2026-01-12T08:15:00Z")]
    pub created_at: DateTime<Utc>,
    /// When the mail was ordered last; null when none was.
    #[schema(required, example = "2026-01-12T08:15:00Z")]
    pub sent_at: Option<DateTime<Utc>>,
    /// Until when the link of that mail is good.
    #[schema(required, example = "2026-01-19T08:15:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was withdrawn: the links that were mailed lead nowhere, and the roles are promised no more.
    #[schema(required, example = json!(null))]
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// When they came.
    #[schema(required, example = json!(null))]
    pub accepted_at: Option<DateTime<Utc>>,
}
