//! How long whoever calls holds what they give: nobody gives it for longer, nor puts into a role what they do not hold for good.

use super::found::Found;
use super::given::GivenPermission;
use super::roles::Roles;
use super::step::Step;
use crate::cli::Failure;
use crate::cli::output::TIME;
use crate::cli::signed_in::calls::Calls;
use crate::cli::signed_in::lists::seen;
use chrono::{DateTime, Utc};
use orion_contracts::users::{DirectPermissionList, HeldRole, HeldRoleList, PermissionEffect};

/// An end; none is for good.
type End = Option<DateTime<Utc>>;

/// What whoever calls holds everywhere and for certain, with its ends.
#[derive(Default)]
pub(super) struct Lasting {
    roles: Vec<HeldRole>,
    direct: Vec<GivenPermission>,
}

impl Lasting {
    /// Of somebody of whom nothing may be seen nothing is known.
    pub(super) async fn of(calls: &mut Calls, found: &Found) -> Result<Self, Failure> {
        let Some(caller) = &found.caller else { return Ok(Self::default()) };
        let path = format!("/api/v1/users/{}", caller.id);
        let roles: Option<HeldRoleList> = seen(calls, &format!("{path}/roles")).await?;
        let direct: Option<DirectPermissionList> = seen(calls, &format!("{path}/permissions")).await?;
        let is_over = |end: End| end.is_some_and(|end| end <= found.now);
        let roles = roles
            .map(|list| list.items)
            .unwrap_or_default()
            .into_iter()
            .filter(|held| held.condition.is_none() && held.is_for_all(None) && !is_over(held.expires_at));
        let direct = direct.map(|list| list.items).unwrap_or_default().into_iter().filter(|held| {
            let is_certain = held.condition.is_none() && held.effect == PermissionEffect::Grant;
            is_certain && held.organisation_id.is_none() && !is_over(held.expires_at)
        });
        Ok(Self { roles: roles.collect(), direct: direct.map(|held| super::accounts::given(&held)).collect() })
    }

    /// Why a step would give something for longer than it is held, if it would.
    pub(super) fn beyond(&self, roles: &Roles, step: &Step) -> Option<String> {
        match step {
            Step::GiveRole { role, organisation: None, until, .. } => {
                let level = roles.after.0.get(role)?.level;
                let by_level = || self.level(roles, level).filter(|end| is_before(*end, *until));
                let of = |permission: &str| self.permission(roles, permission).filter(|end| is_before(*end, *until));
                let by_permission = || roles.after.effective(role).into_iter().find_map(of);
                told(by_level().or_else(by_permission)?)
            }
            Step::GivePermission { permission, organisation: None, until, .. } => {
                told(self.permission(roles, permission).filter(|end| is_before(*end, *until))?)
            }
            Step::GiveRole { .. }
            | Step::GivePermission { .. }
            | Step::CreateRole { .. }
            | Step::ChangeRole { .. }
            | Step::RemoveRole { .. }
            | Step::CreateOrganisation { .. }
            | Step::ChangeOrganisation { .. }
            | Step::RemoveOrganisation { .. }
            | Step::CreateTeam { .. }
            | Step::ChangeTeam { .. }
            | Step::RemoveTeam { .. }
            | Step::CreateServiceAccount { .. }
            | Step::ChangeServiceAccount { .. }
            | Step::RemoveServiceAccount { .. }
            | Step::TakeRole { .. }
            | Step::ClearPermission { .. }
            | Step::ReplaceRoutes { .. } => None,
        }
    }

    /// Until when a role of at least a level is held, if one is.
    fn level(&self, roles: &Roles, level: i64) -> Option<End> {
        let is_enough = |held: &&HeldRole| roles.before.0.get(&held.role).is_some_and(|node| node.level >= level);
        latest(self.roles.iter().filter(is_enough).map(|held| held.expires_at))
    }

    /// Until when a permission is held, if it is.
    fn permission(&self, roles: &Roles, permission: &str) -> Option<End> {
        let gives = |held: &&HeldRole| roles.before.effective(&held.role).contains(permission);
        let by_roles = self.roles.iter().filter(gives).map(|held| held.expires_at);
        let by_itself = self.direct.iter().filter(|given| given.permission == permission).map(|given| given.until);
        latest(by_roles.chain(by_itself))
    }
}

/// The latest of them, of which one for good is the last.
fn latest(ends: impl Iterator<Item = End>) -> Option<End> {
    ends.reduce(|one, other| Some(one?.max(other?)))
}

/// Whether something ends before it may be given until then.
fn is_before(end: End, until: End) -> bool {
    end.is_some_and(|end| until.is_none_or(|until| until > end))
}

fn told(end: End) -> Option<String> {
    let end = end?.format(TIME);
    Some(format!("you hold it until {end}, and nobody gives for longer what they do not hold: name an end by then"))
}

#[cfg(test)]
mod tests {
    use super::{is_before, latest};

    #[test]
    fn what_is_held_for_good_by_one_way_may_be_given_for_good() {
        let at = |day: i64| Some(chrono::DateTime::from_timestamp(day * 86_400, 0).expect("a time"));
        assert_eq!(latest([at(1), None, at(2)].into_iter()), Some(None));
        assert_eq!(latest([at(1), at(2)].into_iter()), Some(at(2)));
        assert_eq!(latest(std::iter::empty()), None);
        assert!(is_before(at(2), None) && is_before(at(2), at(3)));
        assert!(!is_before(at(2), at(2)) && !is_before(None, None) && !is_before(None, at(1)));
    }
}
