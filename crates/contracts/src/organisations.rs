//! Organisations: people who belong together, with roles that hold among them alone.

use crate::email::of_person;
use crate::profile::present;
use crate::reading;
use crate::users::UserStatus;
use crate::vocabulary::vocabulary;
use crate::{Email, OrganisationId, OrganisationInvitationId, TeamId, UserId, text};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How many organisations somebody can be a member of: every process holds them beside what the person may do.
pub const MOST_MEMBERSHIPS: u64 = 200;
/// How many invitations of an organisation can wait for an answer.
pub const MOST_INVITATIONS: u64 = 500;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Organisation {
    /// Unique id; the claim `org` of a token that acts for it.
    pub id: OrganisationId,
    /// What it is called.
    #[schema(example = "Analytical Engines")]
    pub name: String,
    /// What it is called in addresses: unique, of lower-case letters, digits and `-`.
    #[schema(example = "analytical-engines")]
    pub slug: String,
    /// What it is.
    #[schema(required, example = "Makes machines that weave algebra.")]
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// `POST /api/v1/organisations`: makes an organisation, whose owner is the caller.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOrganisation {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 200), custom(text::name))]
    #[schema(example = "Analytical Engines")]
    pub name: String,
    /// What it is called in addresses; made of the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(min = 1, max = 63), ascii))]
    #[schema(example = "analytical-engines")]
    pub slug: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 1000), custom(text::name)))]
    #[schema(example = "Makes machines that weave algebra.")]
    pub description: Option<String>,
}

/// `PATCH /api/v1/organisations/{id}`: absent fields stay, `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrganisation {
    /// What it is called.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 200), custom(text::name)))]
    #[schema(example = "Analytical Engines")]
    pub name: Option<String>,
    /// What it is called in addresses.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(min = 1, max = 63), ascii))]
    #[schema(example = "analytical-engines")]
    pub slug: Option<String>,
    /// What it is.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 1000), custom(text::name))))]
    #[schema(value_type = Option<String>, example = "Makes machines that weave algebra.")]
    pub description: Option<Option<String>>,
}

/// Which organisations are asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganisationQuery {
    /// Those whose name begins so, and the one that is called so in addresses, in whatever case; at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A role that somebody holds inside an organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MemberRole {
    /// The role's name.
    #[schema(example = "organisation_admin")]
    pub role: String,
    /// Only for this team; for the whole organisation when null.
    #[serde(default)]
    #[schema(required, example = json!(null))]
    pub team_id: Option<TeamId>,
    /// What the team is called.
    #[serde(default)]
    #[schema(required, example = json!(null))]
    pub team_name: Option<String>,
    /// Until then; for good when null.
    #[schema(required, example = json!(null))]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Somebody who belongs to an organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationMember {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
    /// Their name to show.
    #[schema(required, example = "Ada Lovelace")]
    pub display_name: Option<String>,
    /// Where their account is in its life.
    pub status: UserStatus,
    /// Whether it is a program and no person.
    #[schema(example = false)]
    pub is_service_account: bool,
    /// What they hold inside, also what has expired.
    pub roles: Vec<MemberRole>,
    /// When they came.
    pub joined_at: DateTime<Utc>,
}

/// An organisation that somebody belongs to, and what they hold inside at the moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Membership {
    /// The organisation.
    pub organisation: Organisation,
    /// Names of the roles that they hold inside.
    #[schema(example = json!(["organisation_owner"]))]
    pub roles: Vec<String>,
    /// When they came.
    pub joined_at: DateTime<Utc>,
}

/// The organisations that somebody belongs to, by name.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MembershipList {
    /// All of them.
    pub items: Vec<Membership>,
}

/// `PUT /api/v1/organisations/{id}/members/{user}/roles/{role}`: until when a role is held inside, and for which team.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignMemberRole {
    /// The team for which a role of the scope `team` is held, by one of its members. No other role takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub team_id: Option<TeamId>,
    /// Until then; for good when absent.
    #[serde(default, deserialize_with = "reading::end", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = "2030-01-01T00:00:00Z")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The query of `DELETE /api/v1/organisations/{id}/members/{user}/roles/{role}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MemberRolePlace {
    /// The team for which the role is held; none for the whole organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
}

/// `POST /api/v1/organisations/{id}/invitations`: invites somebody by their address.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteMember {
    /// Their address. Who has no account is mailed a link by which they get one.
    #[garde(custom(of_person))]
    pub email: Email,
    /// Names of the roles that they hold inside once they have come, beside `organisation_member`: those that the caller may give
    /// for good.
    #[serde(default)]
    #[garde(custom(text::entries(0, 20)))]
    #[schema(example = json!(["organisation_admin"]))]
    pub roles: Vec<String>,
    /// BCP 47 language tag of who has no account yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::locale)))]
    #[schema(example = "en")]
    pub locale: Option<String>,
}

/// An invitation to an organisation that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationInvitation {
    /// Unique id.
    pub id: OrganisationInvitationId,
    /// To which organisation.
    pub organisation_id: OrganisationId,
    /// What that is called.
    #[schema(example = "Analytical Engines")]
    pub organisation_name: String,
    /// Whom.
    pub email: Email,
    /// Names of the roles that they hold once they have come, as far as whoever promised them may still give them then.
    #[schema(example = json!(["organisation_admin"]))]
    pub roles: Vec<String>,
    /// Who invites them.
    pub invited_by: UserId,
    /// When that was done last.
    pub sent_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

/// The invitations that wait for the caller's answer, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganisationInvitationList {
    /// All of them.
    pub items: Vec<OrganisationInvitation>,
}

vocabulary! {
    /// What has become of an invitation to an organisation.
    OrganisationInvitationStatus {
        Pending = "pending",
        Expired = "expired",
        Accepted = "accepted",
        Declined = "declined",
        Withdrawn = "withdrawn",
        Left = "left",
        Void = "void",
        Full = "full",
        Denied = "denied",
    }
}

/// What whoever was not invited is told, of an invitation that there is as well.
pub const NO_SUCH_INVITATION: &str = "There is no such invitation, or it has run out.";

/// auth's page on which invitations are answered,
pub const INVITATION_PAGE: &str = "/auth/organisation-invitation";

/// and the address of one of them, beside the platform's own.
pub fn invitation_page(id: OrganisationInvitationId) -> String {
    format!("{INVITATION_PAGE}?id={id}")
}

/// Internal: what somebody says to their invitation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerOrganisationInvitation {
    /// Whether they join; otherwise they decline.
    pub accept: bool,
    /// When what they were shown was sent: whoever was invited anew since then is asked again.
    pub sent_at: DateTime<Utc>,
}

/// Internal: an invitation as who was invited is shown it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganisationInvitationFound {
    /// What has become of it; `left` when it was accepted and they are no member any more. `void` when whoever invited may not any more,
    /// `full` when they belong to as many organisations as they can, `denied` when they may not answer: it waits all the same.
    pub status: OrganisationInvitationStatus,
    /// What the organisation is called; what it was called then, once it was answered.
    pub organisation_name: String,
    /// What the roles are called that are promised; none once it was answered.
    pub roles: Vec<String>,
    /// The name of who invites, where they have told one and it was not answered.
    pub invited_by: Option<String>,
    /// When it was sent last, as long as it was not answered.
    pub sent_at: Option<DateTime<Utc>>,
    /// Until when it can be accepted, as long as it was not answered.
    pub expires_at: Option<DateTime<Utc>>,
}

/// `POST /api/v1/organisations/{id}/transfer`: hands an organisation over.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferOrganisation {
    /// A member, who owns it from then on. Who owned it stays as an administrator of it.
    #[garde(skip)]
    pub user_id: UserId,
}

/// Whether a text can be a slug: lower-case letters, digits and `-`, which neither begins nor ends it, 63 at most, as a DNS label
/// (RFC 1123).
pub fn is_slug(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The slug that a name makes; `None` where nothing of it can stand in one.
pub fn slug_of(name: &str) -> Option<String> {
    let folded = folded(&name.to_lowercase());
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(63);
    let slug = slug.trim_end_matches('-');
    is_slug(slug).then(|| slug.to_owned())
}

/// Lower-case letters without what stands above and below them: `ü` as `u`. Those that are letters of their own are written as they
/// are where there are none of them.
fn folded(lower: &str) -> String {
    let mut folded = String::with_capacity(lower.len());
    for letter in lower.nfd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            letter => folded.push(letter),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_labels_and_names_make_them() {
        assert!(is_slug("analytical-engines") && is_slug("a") && is_slug("2"));
        for bad in ["", "-a", "a-", "A", "a b", "ä", "a.b", &"a".repeat(64)] {
            assert!(!is_slug(bad), "{bad:?}");
        }
        assert_eq!(slug_of("  Analytical Engines, Ltd. ").as_deref(), Some("analytical-engines-ltd"));
        for (name, slug) in [
            ("Müller GmbH", "muller-gmbh"),
            ("Mu\u{308}ller", "muller"),
            ("Größe", "grosse"),
            ("Škoda", "skoda"),
            ("Đorđe & Łukasz", "dorde-lukasz"),
            ("Ærø Œuvre", "aero-oeuvre"),
            ("İstanbul Ilıca", "istanbul-ilica"),
            ("L’Été", "l-ete"),
        ] {
            assert_eq!(slug_of(name).as_deref(), Some(slug), "{name}");
        }
        assert_eq!(slug_of("数学"), None);
        let long = slug_of(&"abc ".repeat(30)).expect("a slug");
        assert!(is_slug(&long), "{long}");
    }
}
