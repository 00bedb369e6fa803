//! `GET /api/v1/users`: what a list of users is asked for.

use crate::OrganisationId;
use crate::users::UserStatus;
use crate::vocabulary::vocabulary;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What users are sorted by; with a `-` before it the list begins with the last.
    UserSort {
        Created = "created_at",
        CreatedDown = "-created_at",
        LastLogin = "last_login_at",
        LastLoginDown = "-last_login_at",
        Name = "name",
        NameDown = "-name",
        Email = "email",
        EmailDown = "-email",
    }
}

/// The query of `GET /api/v1/users`. A user is listed when all of it holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Each word of it begins a part of the e-mail address, the username or a name, whatever the case: `love`, `@example.com`.
    /// `%` and `_` are letters like others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Only users of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Only users who hold this role everywhere, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Only members of this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// Only users whose e-mail address is verified, or is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_verified: Option<bool>,
    /// Only users with a second factor, or without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_second_factor: Option<bool>,
    /// Only users who came at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_since: Option<DateTime<Utc>>,
    /// Only users who came before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_until: Option<DateTime<Utc>>,
    /// Only users whose last sign-in was at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login_since: Option<DateTime<Utc>>,
    /// Only users whose last sign-in was before this moment, or who never signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login_until: Option<DateTime<Utc>>,
    /// Only users who have each of these tags, which are parted by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// What they are sorted by; the newest first, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub sort: Option<UserSort>,
    /// The `next_cursor` of the page before; opaque, and good for the same sort alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
