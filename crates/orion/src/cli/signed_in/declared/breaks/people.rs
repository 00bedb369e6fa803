//! What people lose, and how many people a role touches.

use super::{EXAMPLES, Looking, Losses, held, note_losses};
use crate::cli::Failure;
use crate::cli::signed_in::declared::found::{Found, FoundAccount};
use crate::cli::signed_in::declared::plan::{Action, Draft, Kind};
use crate::cli::signed_in::declared::roles::Roles;
use crate::cli::signed_in::declared::step::{Known, Step};
use crate::cli::signed_in::declared::words;
use crate::cli::signed_in::lists::seen;
use crate::cli::signed_in::which::ORGANISATIONS;
use orion_contracts::organisations::OrganisationInvitation;
use orion_contracts::users::{HeldRole, MOST_COUNTED, PermissionScope, User};
use orion_contracts::{Page, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Up to how many holders of a role are looked at one by one.
const MOST_PEOPLE: u32 = 1000;

/// Somebody who holds a role that gives less.
struct Holder {
    user: User,
    /// The roles of those that are held only while a condition holds, and those for their own things alone: a user names none of these.
    conditional: BTreeSet<String>,
    own: BTreeSet<String>,
}

impl Looking<'_> {
    /// How many people each role touches; one that somebody holds or is promised is not removed.
    pub(super) async fn touches(&mut self, draft: &mut Draft, found: &Found, roles: &Roles) -> Result<(), Failure> {
        for at in 0..draft.changes.len() {
            let change = &draft.changes[at];
            if change.kind != Kind::Role || change.action == Action::Create {
                continue;
            }
            let (name, is_removed) = (change.name.clone(), roles.removed.contains(&change.name));
            let detail = self.detail(&name).await?;
            draft.changes[at].touches = Some(detail.touches);
            let steps = draft.steps.iter().chain(&draft.removals);
            let freed: BTreeSet<UserId> = steps.filter_map(|step| taken_from(step, &name)).collect();
            let holders = detail.holders.saturating_sub(u32::try_from(freed.len()).unwrap_or(u32::MAX));
            if is_removed && holders > 0 {
                let who = self.holders(&name, holders, &freed, found).await?;
                let message = format!(
                    "it is in no file and would be removed, but held by {who}: take it from them first, or name it"
                );
                draft.obstacle(None, format!("role {name}"), message);
            }
            if !is_removed || detail.promises == 0 {
                continue;
            }
            let promises = detail.promises.saturating_sub(self.ending(draft, found, &name).await?);
            if promises > 0 {
                let by = match promises {
                    MOST_COUNTED.. => format!("{MOST_COUNTED} invitations or more"),
                    _ => words::counted(
                        promises,
                        "invitation that can still be accepted",
                        "invitations that can still be accepted",
                    ),
                };
                let message = format!(
                    "it is in no file and would be removed, but promised by {by}: withdraw what promises it first, or name it"
                );
                draft.obstacle(None, format!("role {name}"), message);
            }
        }
        Ok(())
    }

    /// How many of the invitations that promise a role end before it is removed, with the organisation that they are to.
    async fn ending(&mut self, draft: &Draft, found: &Found, role: &str) -> Result<u32, Failure> {
        let mut ending = 0;
        for step in &draft.removals {
            let Step::RemoveOrganisation { organisation: Known { id: Some(id), .. }, .. } = step else { continue };
            let note = "invitations to an organisation cannot be listed without members.write: those that end with it are counted as open";
            let listed = self.seen(&format!("{ORGANISATIONS}/{id}/invitations"), note).await?;
            let listed: Vec<OrganisationInvitation> = listed.unwrap_or_default();
            let is_open =
                |one: &&OrganisationInvitation| one.expires_at > found.now && one.roles.iter().any(|name| name == role);
            ending += u32::try_from(listed.iter().filter(is_open).count()).unwrap_or(u32::MAX);
        }
        Ok(ending)
    }

    /// Who holds a role, as far as whoever calls may see them: some by name, the others by their number.
    async fn holders(
        &mut self,
        role: &str,
        holders: u32,
        freed: &BTreeSet<UserId>,
        found: &Found,
    ) -> Result<String, Failure> {
        let page: Option<Page<User>> = seen(self.calls, &format!("/api/v1/users?role={role}&limit={EXAMPLES}")).await?;
        let people = page.into_iter().flat_map(|page| page.items).map(|user| user.email.to_string());
        let is_left = |there: &&FoundAccount| {
            there.roles.iter().any(|held| held.role == role) && !freed.contains(&there.account.id)
        };
        let programs = found.accounts.iter().filter(is_left).map(|there| there.account.name.clone());
        let most = EXAMPLES.min(usize::try_from(holders).unwrap_or(EXAMPLES));
        let named: Vec<_> = people.chain(programs).take(most).collect();
        let others = holders.saturating_sub(u32::try_from(named.len()).unwrap_or(u32::MAX));
        let others = match (others, named.is_empty()) {
            (0, _) => None,
            (others, true) => Some(words::counted(others, "person or program", "people or programs")),
            (others, false) => Some(words::counted(others, "other", "others")),
        };
        Ok(named.into_iter().chain(others).collect::<Vec<_>>().join(", "))
    }

    /// What people lose by the roles that they hold everywhere; of roles inside organisations, how many do at most.
    pub(super) async fn people(&mut self, found: &Found, roles: &Roles, losses: &mut Losses) -> Result<(), Failure> {
        let weaker = roles.losses();
        let mut people: BTreeMap<UserId, Holder> = BTreeMap::new();
        for (role, lost) in &weaker {
            let detail = self.detail(role).await?;
            let is_everywhere = matches!(detail.role.scope, PermissionScope::Global | PermissionScope::User);
            let note = "people cannot be listed without users.read: how many lose something is said by how many hold the roles";
            let listed: Option<Vec<User>> = match detail.holders {
                0 => Some(Vec::new()),
                holders if is_everywhere && holders < MOST_PEOPLE => {
                    self.seen(&format!("/api/v1/users?role={role}"), note).await?
                }
                _ => None,
            };
            if let Some(listed) = listed {
                for user in listed {
                    let is_certain = user.roles.iter().any(|held| held == role);
                    let id = user.id;
                    let new = || Holder { user, conditional: BTreeSet::new(), own: BTreeSet::new() };
                    let holder = people.entry(id).or_insert_with(new);
                    if detail.role.scope == PermissionScope::User {
                        holder.own.insert((*role).to_owned());
                    } else if !is_certain {
                        holder.conditional.insert((*role).to_owned());
                    }
                }
                continue;
            }
            // Programs whose own roles are known are named, but for what they hold for a team.
            let is_by = |held: &HeldRole| held.role == *role && held.team_id.is_none();
            let named = found.accounts.iter().filter(|there| there.roles.iter().any(is_by)).count();
            let others = detail.holders.saturating_sub(u32::try_from(named).unwrap_or(u32::MAX));
            for permission in lost.iter().filter(|_| others > 0) {
                let loss = losses.entry((*permission).to_owned()).or_default();
                loss.at_most = loss.at_most.saturating_add(others);
                loss.roles.insert((*role).to_owned());
            }
        }
        for Holder { user, conditional, own } in people.values() {
            let none = BTreeSet::new();
            let mut lost: BTreeSet<String> = BTreeSet::new();
            // What is left under a condition alone is not counted on, nor for all what is left for their own things alone.
            for (conditional, own) in [(&none, &none), (conditional, &none), (&none, own), (conditional, own)] {
                let all = || user.roles.iter().chain(conditional).chain(own);
                lost.extend(held(&roles.before, all()).difference(&held(&roles.after, all())).cloned());
            }
            let by = user
                .roles
                .iter()
                .chain(conditional)
                .chain(own)
                .filter_map(|role| Some((role, weaker.get(role.as_str())?)));
            note_losses(losses, &lost, by, |loss| {
                loss.people.insert(user.id, user.email.as_str().to_owned());
            });
            self.lose(user.id, user.email.as_str(), lost);
        }
        Ok(())
    }
}

/// Whoever a step takes a role from.
fn taken_from(step: &Step, role: &str) -> Option<UserId> {
    match step {
        Step::TakeRole { account, role: taken, .. } => account.id.filter(|_| taken == role),
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
        | Step::GiveRole { .. }
        | Step::GivePermission { .. }
        | Step::ClearPermission { .. }
        | Step::ReplaceRoutes { .. } => None,
    }
}
