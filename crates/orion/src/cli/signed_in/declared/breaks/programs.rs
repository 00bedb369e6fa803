//! What service accounts lose: by their roles, by what is taken from them or held under a condition from then on, and by what they are
//! denied; everywhere, for their own things alone, and inside their organisation.

use super::{Looking, Losses, MOST_OWNERS, held, note_losses};
use crate::cli::Failure;
use crate::cli::signed_in::declared::accounts;
use crate::cli::signed_in::declared::found::{Found, FoundAccount};
use crate::cli::signed_in::declared::given::GivenPermission;
use crate::cli::signed_in::declared::plan::Draft;
use crate::cli::signed_in::declared::roles::Roles;
use crate::cli::signed_in::declared::shape::Shape;
use crate::cli::signed_in::declared::step::{Known, Step};
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::users::{DirectPermission, HeldRole, HeldRoleList, PermissionEffect, PermissionScope};
use orion_contracts::{OrganisationId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Where something is held. What is held for a team is not told here.
#[derive(Clone, Copy)]
enum Place {
    Everywhere,
    /// For its own things, for which it has what it holds everywhere as well.
    Own,
    Inside(OrganisationId),
}

impl Place {
    fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Everywhere | Self::Own => None,
            Self::Inside(id) => Some(id),
        }
    }

    /// Whether a role that is held is held here.
    fn has(self, held: &HeldRole) -> bool {
        match self {
            Self::Own if held.own_only => true,
            Self::Everywhere | Self::Own | Self::Inside(_) => held.is_for_all(self.organisation()),
        }
    }
}

/// What one holds in one place.
#[derive(Clone)]
struct Holds {
    certain: BTreeSet<String>,
    /// Roles that are held only while a condition holds.
    conditional: BTreeSet<String>,
    direct: BTreeMap<String, GivenPermission>,
}

impl Looking<'_> {
    pub(super) async fn programs(
        &mut self,
        draft: &Draft,
        found: &Found,
        roles: &Roles,
        losses: &mut Losses,
    ) -> Result<(), Failure> {
        let weaker = roles.losses();
        if weaker.is_empty() && !draft.steps.iter().any(takes_something) {
            return Ok(());
        }
        let mut asked = 0;
        for account in self.listed().await? {
            let of = |step: &Step| matches!(step, Step::RemoveServiceAccount { account: known, .. } if known.id == Some(account.id));
            if draft.removals.iter().any(of) {
                continue;
            }
            let there = found.accounts.iter().find(|there| there.account.id == account.id);
            let others = match there {
                None if !weaker.is_empty() => self.narrower_roles(&account, found, &mut asked).await?,
                _ => Vec::new(),
            };
            let inside = account.organisation_id.map(Place::Inside);
            let (mut lost_everywhere, mut kept_everywhere) = (BTreeSet::new(), BTreeSet::new());
            for place in [Place::Everywhere, Place::Own].into_iter().chain(inside) {
                let before = holds(&account, there, place, &others);
                let mut after = before.clone();
                for step in &draft.steps {
                    after_step(step, roles, account.id, place, &mut after);
                }
                let mut lost = lost(roles, &before, &after);
                let name = match place {
                    Place::Everywhere => {
                        lost_everywhere = lost.clone();
                        kept_everywhere = given(&roles.after, &after, false);
                        account.name.clone()
                    }
                    Place::Own => {
                        lost.retain(|permission| !lost_everywhere.contains(permission));
                        format!("{} (for its own things)", account.name)
                    }
                    Place::Inside(id) => {
                        lost.retain(|permission| !kept_everywhere.contains(permission));
                        let inside = found.slug(id).map_or_else(|| id.to_string(), str::to_owned);
                        format!("{} (inside {inside})", account.name)
                    }
                };
                let all = before.certain.iter().chain(&before.conditional);
                let by = all.filter_map(|role| Some((role, weaker.get(role.as_str())?)));
                note_losses(losses, &lost, by, |loss| {
                    loss.accounts.insert(name.clone());
                });
                self.lose(account.id, &account.name, lost);
            }
        }
        Ok(())
    }

    /// Roles under a condition, or for its own things alone, of one that no file names: they are not told with it.
    async fn narrower_roles(
        &mut self,
        account: &ServiceAccount,
        found: &Found,
        asked: &mut usize,
    ) -> Result<Vec<HeldRole>, Failure> {
        *asked += 1;
        if *asked > MOST_OWNERS {
            let of = format!("of {MOST_OWNERS} service accounts");
            self.note(format!("roles under a condition, or for one's own things alone, are looked at {of}"));
            return Ok(Vec::new());
        }
        let held: HeldRoleList = self.calls.get(&format!("/api/v1/users/{}/roles", account.id)).await?;
        let is_over = |held: &HeldRole| held.expires_at.is_some_and(|end| end <= found.now);
        let is_narrower = |held: &HeldRole| held.condition.is_some() || held.own_only;
        Ok(held.items.into_iter().filter(|held| is_narrower(held) && !is_over(held)).collect())
    }
}

/// Whether somebody may have less afterwards.
fn takes_something(step: &Step) -> bool {
    match step {
        Step::TakeRole { .. } | Step::GivePermission { .. } | Step::ClearPermission { .. } => true,
        // What was held for certain is from now on held under a condition.
        Step::GiveRole { when, .. } => when.is_some(),
        Step::CreateRole { .. }
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
        | Step::ReplaceRoutes { .. } => false,
    }
}

/// What one holds in a place: of one that no file names, its roles alone, and those inside an organisation not at all.
fn holds(account: &ServiceAccount, there: Option<&FoundAccount>, place: Place, others: &[HeldRole]) -> Holds {
    let all = there.map_or(others, |there| there.roles.as_slice());
    let roles = |is_certain: bool| {
        let here = |held: &&HeldRole| place.has(held) && held.condition.is_none() == is_certain;
        all.iter().filter(here).map(|held| held.role.clone()).collect::<BTreeSet<_>>()
    };
    let mut certain = roles(true);
    if there.is_none() && place.organisation().is_none() {
        certain.extend(account.roles.iter().cloned());
    }
    let permissions: &[DirectPermission] = there.map_or(&[][..], |there| there.permissions.as_slice());
    let direct = permissions.iter().filter(|held| held.organisation_id == place.organisation()).map(accounts::given);
    Holds {
        certain,
        conditional: roles(false),
        direct: direct.map(|given| (given.permission.clone(), given)).collect(),
    }
}

/// What is lost: of what was certain what is so no more, and of what may hold what never does any more.
fn lost(roles: &Roles, before: &Holds, after: &Holds) -> BTreeSet<String> {
    let mut lost: BTreeSet<String> = BTreeSet::new();
    for maybe in [false, true] {
        let (before, after) = (given(&roles.before, before, maybe), given(&roles.after, after, maybe));
        lost.extend(before.difference(&after).cloned());
    }
    lost
}

/// What is given for certain, or also what may be: then conditions of grants hold, and those of denials do not.
fn given(shape: &Shape, holds: &Holds, maybe: bool) -> BTreeSet<String> {
    let conditional = holds.conditional.iter().filter(|_| maybe);
    let mut all = held(shape, holds.certain.iter().chain(conditional));
    for given in holds.direct.values() {
        match given.effect {
            PermissionEffect::Grant if maybe || given.when.is_none() => {
                all.insert(given.permission.clone());
            }
            PermissionEffect::Denial if !maybe || given.when.is_none() => {
                all.remove(&given.permission);
            }
            PermissionEffect::Grant | PermissionEffect::Denial => {}
        }
    }
    all
}

/// What a step makes of what a service account holds in a place.
fn after_step(step: &Step, roles: &Roles, id: UserId, place: Place, holds: &mut Holds) {
    let is_here = |account: &Known<UserId>, organisation: &Option<Known<OrganisationId>>| {
        account.id == Some(id) && organisation.as_ref().and_then(|known| known.id) == place.organisation()
    };
    // A role for its own things is none that is held everywhere.
    let is_too_narrow = |role: &str| {
        let scope = roles.after.0.get(role).map(|node| node.scope);
        matches!(place, Place::Everywhere) && scope == Some(PermissionScope::User)
    };
    match step {
        Step::GiveRole { account, role, organisation, when, .. }
            if is_here(account, organisation) && !is_too_narrow(role) =>
        {
            let (to, from) = match when {
                None => (&mut holds.certain, &mut holds.conditional),
                Some(_) => (&mut holds.conditional, &mut holds.certain),
            };
            from.remove(role);
            to.insert(role.clone());
        }
        Step::TakeRole { account, role, organisation, team: None } if is_here(account, organisation) => {
            holds.certain.remove(role);
            holds.conditional.remove(role);
        }
        Step::GivePermission { account, permission, organisation, effect, until, when }
            if is_here(account, organisation) =>
        {
            let (permission, effect, until, when) = (permission.clone(), *effect, *until, when.clone());
            holds.direct.insert(permission.clone(), GivenPermission { permission, effect, until, when });
        }
        Step::ClearPermission { account, permission, organisation } if is_here(account, organisation) => {
            holds.direct.remove(permission);
        }
        // Elsewhere, or of another one.
        Step::GiveRole { .. }
        | Step::TakeRole { .. }
        | Step::GivePermission { .. }
        | Step::ClearPermission { .. }
        // What roles give is compared by itself, and what is made holds nothing before.
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
        | Step::ReplaceRoutes { .. } => {}
    }
}
