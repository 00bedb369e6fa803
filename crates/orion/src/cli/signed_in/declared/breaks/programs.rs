//! What service accounts lose: by their roles, by what is taken from them or held under a condition from then on, and by what they are
//! denied; everywhere, and inside their organisation.

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
use orion_contracts::users::{HeldRole, HeldRoleList, PermissionEffect};
use orion_contracts::{OrganisationId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// What one holds in one place.
#[derive(Default, Clone)]
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
                None if !weaker.is_empty() => self.conditional_roles(&account, &mut asked).await?,
                _ => BTreeSet::new(),
            };
            let places = [None, account.organisation_id];
            let places = if account.organisation_id.is_some() { &places[..] } else { &places[..1] };
            let mut kept_everywhere = BTreeSet::new();
            for place in places {
                let before = holds(&account, there, *place, &others);
                let mut after = before.clone();
                for step in &draft.steps {
                    after_step(step, account.id, *place, &mut after);
                }
                let mut lost = lost(roles, &before, &after);
                let name = match place {
                    None => account.name.clone(),
                    Some(id) => {
                        lost.retain(|permission| !kept_everywhere.contains(permission));
                        let inside = found.slug(*id).map_or_else(|| id.to_string(), str::to_owned);
                        format!("{} (inside {inside})", account.name)
                    }
                };
                if place.is_none() {
                    kept_everywhere = given(&roles.after, &after, false);
                }
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

    /// Roles under a condition of one that no file names, which is not told with it.
    async fn conditional_roles(
        &mut self,
        account: &ServiceAccount,
        asked: &mut usize,
    ) -> Result<BTreeSet<String>, Failure> {
        *asked += 1;
        if *asked > MOST_OWNERS {
            self.note(format!("roles under a condition are looked at of {MOST_OWNERS} service accounts"));
            return Ok(BTreeSet::new());
        }
        let held: HeldRoleList = self.calls.get(&format!("/api/v1/users/{}/roles", account.id)).await?;
        let conditional =
            held.items.into_iter().filter(|held| held.condition.is_some() && held.organisation_id.is_none());
        Ok(conditional.map(|held| held.role).collect())
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
        | Step::RemoveServiceAccount { .. } => false,
    }
}

/// What one holds in a place: of one that no file names, its roles alone.
fn holds(
    account: &ServiceAccount,
    there: Option<&FoundAccount>,
    place: Option<OrganisationId>,
    others: &BTreeSet<String>,
) -> Holds {
    let Some(there) = there else {
        return match place {
            None => Holds {
                certain: account.roles.iter().cloned().collect(),
                conditional: others.clone(),
                direct: BTreeMap::new(),
            },
            Some(_) => Holds::default(),
        };
    };
    let roles = |is_certain: bool| {
        let here = |held: &&HeldRole| held.is_for_all(place) && held.condition.is_none() == is_certain;
        there.roles.iter().filter(here).map(|held| held.role.clone()).collect()
    };
    let direct = there.permissions.iter().filter(|held| held.organisation_id == place).map(accounts::given);
    Holds {
        certain: roles(true),
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
fn after_step(step: &Step, id: UserId, place: Option<OrganisationId>, holds: &mut Holds) {
    let is_here = |account: &Known<UserId>, organisation: &Option<Known<OrganisationId>>| {
        account.id == Some(id) && organisation.as_ref().and_then(|known| known.id) == place
    };
    match step {
        Step::GiveRole { account, role, organisation, when, .. } if is_here(account, organisation) => {
            let (to, from) = match when {
                None => (&mut holds.certain, &mut holds.conditional),
                Some(_) => (&mut holds.conditional, &mut holds.certain),
            };
            from.remove(role);
            to.insert(role.clone());
        }
        Step::TakeRole { account, role, organisation } if is_here(account, organisation) => {
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
        _ => {}
    }
}
