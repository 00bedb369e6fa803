//! Why this service refuses, and what the caller is told.

use chrono::{DateTime, SecondsFormat, Utc};
use orion_contracts::organisations::NO_SUCH_INVITATION;
use orion_contracts::problem::NO_SUCH_ROLE;
use orion_contracts::users::{MOST_COUNTED, UserStatus};
use orion_contracts::{FieldCode, FieldFault, Problem, pointers};
use orion_infra::DbError;
use sea_orm::DbErr;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsersError {
    #[error("no such user")]
    UserNotFound,
    #[error("no such role")]
    RoleNotFound,
    #[error("{field} {fault}")]
    Invalid { field: &'static str, fault: FieldFault },
    #[error("the id belongs to a user with another e-mail address")]
    IdTaken,
    #[error("somebody else has the username")]
    UsernameTaken,
    #[error("somebody has the e-mail address")]
    EmailTaken,
    #[error("the user has no picture")]
    NoAvatar,
    #[error("the user's address cannot change now")]
    NoEmailChange,
    #[error("asked too often; the next time counts in {0} s")]
    AskedTooOften(u64),
    #[error("the user was not invited")]
    NotInvited,
    #[error("the user has come already")]
    InvitationAccepted,
    #[error("the user's e-mail address is not verified")]
    NotVerified,
    #[error("the role is above the caller's own")]
    RoleAboveCaller,
    #[error("the caller holds a role of this level until {0} only")]
    RoleBeyondCaller(DateTime<Utc>),
    #[error("the caller holds the role for certain, and would put it under a condition themselves")]
    OwnRoleUnderCondition,
    #[error("the caller would give themselves a permission by itself")]
    OwnPermission,
    #[error("the user holds a role above the caller's own")]
    UserAboveCaller,
    #[error("the caller may not act any more")]
    CallerNotActive,
    #[error("the caller's own status")]
    OwnStatus,
    #[error("a user who is {} does not become {}", .from.as_str(), .to.as_str())]
    NoWayTo { from: UserStatus, to: UserStatus },
    #[error("a role of ORION's own")]
    SystemRole(&'static str),
    #[error("a role has this name")]
    RoleNameTaken,
    #[error("there are as many roles as there can be")]
    TooManyRoles,
    #[error("the roles would inherit from each other in a circle")]
    RoleCircle,
    #[error("{holders} hold the role, {promises} invitations promise it, and {children} inherit from it")]
    RoleInUse { holders: u32, promises: u32, children: usize },
    #[error("the caller does not hold {}, or not for as long", .0.join(", "))]
    BeyondCaller(Vec<String>),
    #[error("no such permission")]
    PermissionNotFound,
    #[error("whoever holds super_admin is denied nothing")]
    SuperAdminDenied,
    #[error("the last super_admin")]
    LastSuperAdmin,
    #[error("no such service account")]
    ServiceAccountNotFound,
    #[error("no such API key")]
    ApiKeyNotFound,
    #[error("the API key was revoked")]
    ApiKeyRevoked,
    #[error("the API key has ended")]
    ApiKeyEnded,
    #[error("the user has as many API keys as there can be")]
    TooManyApiKeys,
    #[error("no such team")]
    TeamNotFound,
    #[error("a team has this name")]
    TeamNameTaken,
    #[error("the organisation has as many teams as there can be")]
    TooManyTeams,
    #[error("no such organisation")]
    OrganisationNotFound,
    #[error("somebody else is called so in addresses")]
    SlugTaken,
    #[error("a program owns no organisation")]
    ProgramOwnsNothing,
    #[error("no such member")]
    MemberNotFound,
    #[error("a member already")]
    MemberAlready,
    #[error("who is {} is made no member", .0.as_str())]
    NoMember(UserStatus),
    #[error("the user is a member of as many organisations as there can be")]
    TooManyMemberships,
    #[error("as many invitations wait as there can be")]
    TooManyInvitations,
    #[error("as many invitations were sent in a day as may be")]
    InvitedTooOften { is_of_mailbox: bool, seconds: u64 },
    #[error("they were invited by somebody else, or came by a link, at the same moment")]
    InvitedMeanwhile,
    #[error("no such invitation to an organisation")]
    OrganisationInvitationNotFound,
    #[error("they were invited anew since they were shown the invitation")]
    InvitationChanged,
    #[error("whoever invited may not any more")]
    InvitationVoid,
    #[error("the last owner")]
    LastOwner,
    #[error("the last owner of {} organisations", .named.len() + .others)]
    LastOwnerOf { named: Vec<String>, others: usize },
    #[error("the user became an owner while they were to be deleted")]
    OwnsMeanwhile,
    #[error("as many roles are held for the team as can be")]
    TooManyTeamRoles,
    #[error("as many roles are held for teams by one person as can be")]
    TooManyTeamRolesOfOne,
    #[error("no such role inside organisations")]
    NoRoleInside,
    #[error("the role is held for a team, which is not named")]
    RoleOfTeam,
    #[error("the role is held inside organisations alone")]
    RoleInsideOnly,
    #[error("the role of every member")]
    MembersAreMembers,
    #[error("no such audit entry")]
    AuditEntryNotFound,
    #[error("the audit entry was tampered with")]
    AuditEntryBroken,
    #[error("the audit log was tampered with")]
    LogBroken,
    #[error("the audit log is empty")]
    LogEmpty,
    #[error(transparent)]
    Refused(#[from] Problem),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl UsersError {
    /// A field is wrong: of what kind that is, and the words, which come after its name.
    pub(crate) fn invalid(field: &'static str, code: FieldCode, message: &'static str) -> Self {
        Self::Invalid { field, fault: FieldFault::new(code, message) }
    }
}

impl From<DbErr> for UsersError {
    fn from(error: DbErr) -> Self {
        Self::Db(DbError(error))
    }
}

impl From<UsersError> for Problem {
    fn from(error: UsersError) -> Self {
        match error {
            UsersError::UserNotFound => Problem::no_such_user(),
            UsersError::RoleNotFound => Problem::not_found().detail(NO_SUCH_ROLE),
            UsersError::Invalid { field, fault } => Problem::validation().field(field, fault.code, fault.message),
            UsersError::IdTaken => Problem::conflict().detail("This id belongs to a user with another e-mail address."),
            UsersError::EmailTaken => Problem::conflict()
                .detail("Somebody has this e-mail address. Who has not verified it yet can be deleted, and then be invited.")
                .field("email", FieldCode::Taken, "is somebody's already"),
            UsersError::NoAvatar => Problem::not_found().detail("This user has no picture."),
            UsersError::NoEmailChange => Problem::conflict()
                .detail("Only who is active, and has verified the address of now, gets another one."),
            UsersError::AskedTooOften(seconds) => Problem::rate_limited()
                .detail("Another address was asked for too often, by this user or for this address. Try again later.")
                .retry_after(seconds),
            UsersError::NotInvited => Problem::not_found().detail("This user was not invited: they came by themselves."),
            UsersError::InvitationAccepted => {
                Problem::conflict().detail("This user does not wait for an invitation: they have come already.")
            }
            UsersError::UsernameTaken => Problem::conflict().detail("Somebody else has this username.").field(
                "username",
                FieldCode::Taken,
                "is somebody else's",
            ),
            UsersError::NotVerified => {
                Problem::conflict().detail("Until their e-mail address is verified, users hold the role guest only.")
            }
            UsersError::RoleAboveCaller => Problem::permission_denied().detail("This role is above your own."),
            UsersError::RoleBeyondCaller(end) => {
                let end = end.to_rfc3339_opts(SecondsFormat::Secs, true);
                Problem::permission_denied()
                    .detail(format!("You hold a role of this level until {end} and cannot give one for longer."))
                    .field("expires_at", FieldCode::OutOfRange, format!("must be {end} at the latest"))
            }
            UsersError::OwnRoleUnderCondition => Problem::permission_denied()
                .detail("Nobody puts a role under a condition that they hold themselves: somebody else does."),
            UsersError::OwnPermission => Problem::permission_denied()
                .detail("Nobody gives themselves a permission by itself: somebody else does, or a role."),
            UsersError::UserAboveCaller => Problem::user_above_caller(),
            UsersError::CallerNotActive => {
                Problem::permission_denied().detail("You may not do this any more: your account is not active.")
            }
            UsersError::OwnStatus => {
                Problem::permission_denied().detail("Nobody changes their own status. Another administrator can.")
            }
            UsersError::NoWayTo { from: UserStatus::PendingVerification, .. } => Problem::conflict()
                .detail("This user has not verified their address yet. Until then they can only be deleted."),
            UsersError::NoWayTo { from: UserStatus::Deleted, .. } => {
                Problem::conflict().detail(format!("This user is deleted. Restore them first, {}.", pointers::RESTORE))
            }
            UsersError::NoWayTo { from, to } => {
                Problem::conflict().detail(format!("A user who is {} does not become {}.", from.as_str(), to.as_str()))
            }
            UsersError::SystemRole(detail) => Problem::conflict().detail(detail),
            UsersError::RoleNameTaken => Problem::conflict().detail("There is a role of this name already."),
            UsersError::TooManyRoles => {
                Problem::conflict().detail("There are as many roles as there can be. Remove one that nobody needs.")
            }
            UsersError::RoleCircle => Problem::conflict()
                .detail("This role would inherit from itself: its parent, or one further up, inherits from it."),
            UsersError::RoleInUse { holders, promises, children } => {
                Problem::conflict().detail(role_in_use(holders, promises, children))
            }
            UsersError::BeyondCaller(permissions) => Problem::permission_denied().detail(format!(
                "You do not hold {} yourself, or not for as long, and so can neither give nor take it.",
                permissions.join(", ")
            )),
            UsersError::PermissionNotFound => {
                Problem::not_found().detail(format!("There is no such permission; {}.", pointers::PERMISSIONS))
            }
            UsersError::SuperAdminDenied => Problem::conflict()
                .detail("Whoever holds super_admin is denied nothing: take the role, or the denials, from them first."),
            UsersError::LastSuperAdmin => Problem::conflict()
                .detail("Somebody must hold super_admin without an expiry. Give it to another user first."),
            UsersError::ServiceAccountNotFound => Problem::not_found().detail("There is no such service account."),
            UsersError::ApiKeyNotFound => Problem::not_found().detail("There is no such API key."),
            UsersError::ApiKeyRevoked => Problem::conflict().detail("This API key was revoked. Make another one."),
            UsersError::ApiKeyEnded => {
                Problem::conflict().detail("This API key has ended, and so would a new secret of it. Make another key.")
            }
            UsersError::TooManyApiKeys => {
                Problem::conflict().detail("There are as many API keys as there can be. Revoke one that nobody needs.")
            }
            UsersError::TeamNotFound => Problem::not_found().detail("There is no such team."),
            UsersError::TeamNameTaken => Problem::conflict().detail("The organisation has a team of this name already.").field(
                "name",
                FieldCode::Taken,
                "is another team's",
            ),
            UsersError::TooManyTeams => {
                Problem::conflict().detail("There are as many teams as there can be. Remove one that nobody needs.")
            }
            UsersError::OrganisationNotFound => Problem::not_found().detail("There is no such organisation."),
            UsersError::SlugTaken => Problem::conflict().detail("Another organisation is called so in addresses.").field(
                "slug",
                FieldCode::Taken,
                "is another organisation's",
            ),
            UsersError::ProgramOwnsNothing => {
                Problem::permission_denied().detail("A service account owns no organisation: have a person make it.")
            }
            UsersError::MemberNotFound => Problem::not_found().detail("They are no member of this organisation."),
            UsersError::MemberAlready => Problem::conflict().detail("They are a member of this organisation already."),
            UsersError::NoMember(status) => {
                Problem::conflict().detail(format!("Somebody who is {} is made no member.", status.as_str()))
            }
            UsersError::TooManyMemberships => {
                Problem::conflict().detail("They are a member of as many organisations as there can be.")
            }
            UsersError::TooManyInvitations => Problem::conflict()
                .detail("As many invitations wait for an answer as there can be. Withdraw one that nobody needs."),
            UsersError::InvitedTooOften { is_of_mailbox, seconds } => Problem::rate_limited()
                .detail(match is_of_mailbox {
                    true => "This mailbox was invited as often as it may be in a day. What was sent is still good; try again later.",
                    false => "As many invitations were sent for this organisation as may be in a day. Try again later.",
                })
                .retry_after(seconds),
            UsersError::InvitedMeanwhile => {
                Problem::conflict()
                    .detail("This address was invited, or came by an invitation, at the same moment. Try again.")
            }
            UsersError::OrganisationInvitationNotFound => {
                Problem::not_found().detail(NO_SUCH_INVITATION)
            }
            UsersError::InvitationChanged => {
                Problem::conflict().detail("You were invited anew since you looked. Look at it again.")
            }
            UsersError::InvitationVoid => Problem::conflict()
                .detail("Whoever invited you may not invite to this organisation any more. Ask for another invitation."),
            UsersError::LastOwner => Problem::conflict()
                .detail("Somebody must own the organisation for good. Hand it over, or give the role to another member first."),
            UsersError::LastOwnerOf { named, others } => {
                let others = (others > 0).then(|| format!("{others} organisations that are not named here"));
                let all: Vec<_> = named.into_iter().chain(others).collect();
                Problem::conflict().detail(format!(
                    "They alone own {}. {}, or delete it, first.",
                    all.join(", "),
                    pointers::TRANSFER
                ))
            }
            UsersError::OwnsMeanwhile => Problem::conflict()
                .detail("They became the owner of an organisation at the same moment. Try again."),
            UsersError::TooManyTeamRoles => Problem::conflict()
                .detail("So many roles are held for this team already. Take one away first."),
            UsersError::TooManyTeamRolesOfOne => Problem::conflict()
                .detail("They hold so many roles for teams of this organisation already. Take one away first."),
            UsersError::NoRoleInside => Problem::not_found()
                .detail(format!("There is no such role inside organisations; {}.", pointers::ROLES_INSIDE)),
            UsersError::RoleOfTeam => Problem::validation().field(
                "team_id",
                FieldCode::Required,
                "must be the team for which this role is held",
            ),
            UsersError::RoleInsideOnly => Problem::conflict()
                .detail(format!("This role is held inside organisations or in their teams. {}.", pointers::MEMBERS)),
            UsersError::MembersAreMembers => Problem::conflict()
                .detail("Every member holds this role for good. Remove the member to take it from them."),
            UsersError::AuditEntryNotFound => Problem::not_found().detail("There is no such audit entry."),
            UsersError::AuditEntryBroken => Problem::conflict()
                .detail("This entry was tampered with. It stays as it is, for redacting it would hide that."),
            UsersError::LogBroken => {
                Problem::conflict().detail("The audit log was tampered with. Signing it would vouch for that.")
            }
            UsersError::LogEmpty => Problem::conflict().detail("The audit log is empty yet."),
            UsersError::Refused(problem) => problem,
            UsersError::Db(error) => error.into(),
        }
    }
}

/// Who and what stands in the way of removing a role; what there is none of is not spoken of.
fn role_in_use(holders: u32, promises: u32, children: usize) -> String {
    let people = match holders {
        0 => None,
        1 => Some("one person holds".to_owned()),
        MOST_COUNTED.. => Some(format!("{MOST_COUNTED} people or more hold")),
        _ => Some(format!("{holders} people hold")),
    };
    let invitations = match promises {
        0 => None,
        1 => Some("one invitation promises".to_owned()),
        MOST_COUNTED.. => Some(format!("{MOST_COUNTED} invitations or more promise")),
        _ => Some(format!("{promises} invitations promise")),
    };
    let roles = match children {
        0 => None,
        1 => Some("one role inherits from".to_owned()),
        _ => Some(format!("{children} roles inherit from")),
    };
    let mut parts: Vec<_> = [people, invitations, roles].into_iter().flatten().collect();
    for (place, part) in parts.iter_mut().enumerate() {
        part.push_str(if place == 0 { " this role" } else { " it" });
    }
    let last = parts.pop().unwrap_or_default();
    let mut words = match parts.is_empty() {
        true => last,
        false => format!("{}, and {last}", parts.join(", ")),
    };
    if let Some(letter) = words.get_mut(..1) {
        letter.make_ascii_uppercase();
    }
    let steps = [
        (holders > 0).then_some("take it from them"),
        (promises > 0).then_some("withdraw the invitations"),
        (children > 0).then_some("give what inherits from it another parent"),
    ];
    let steps: Vec<_> = steps.into_iter().flatten().collect();
    format!("{words}. First {}.", steps.join(", and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_of_removing_a_role_is_told_and_nothing_else() {
        let (take, withdraw) = ("take it from them", "withdraw the invitations");
        let (parent, all) = (
            "give what inherits from it another parent",
            "take it from them, and withdraw the invitations, and give what inherits from it another parent",
        );
        for (counted, words, advice) in [
            ((1, 0, 0), "One person holds this role", take),
            ((0, 0, 1), "One role inherits from this role", parent),
            (
                (2, 0, 3),
                "2 people hold this role, and 3 roles inherit from it",
                "take it from them, and give what inherits from it another parent",
            ),
            ((0, 2, 0), "2 invitations promise this role", withdraw),
            (
                (0, 1, 1),
                "One invitation promises this role, and one role inherits from it",
                "withdraw the invitations, and give what inherits from it another parent",
            ),
            (
                (MOST_COUNTED, MOST_COUNTED, 1),
                "10000 people or more hold this role, 10000 invitations or more promise it, and one role inherits from it",
                all,
            ),
        ] {
            let (holders, promises, children) = counted;
            assert_eq!(role_in_use(holders, promises, children), format!("{words}. First {advice}."));
        }
    }
}
