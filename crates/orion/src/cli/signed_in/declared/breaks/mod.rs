//! What a plan would break: who loses which permission, whose keys with them, and what ends. Counted exactly where people can be looked at,
//! else by how many hold the roles.

use super::found::{ACCOUNTS, Found};
use super::given::GivenPermission;
use super::plan::{Action, Draft, Kind};
use super::roles::Roles;
use super::shape::Shape;
use super::step::Step;
use crate::cli::Failure;
use crate::cli::signed_in::calls::{Calls, status_of};
use crate::cli::signed_in::role::all;
use crate::cli::signed_in::which::ORGANISATIONS;
use orion_contracts::api_keys::ApiKey;
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::users::{PermissionEffect, PermissionScope, RoleDetail, User};
use orion_contracts::{Page, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Up to how many holders of a role are looked at one by one.
const MOST_PEOPLE: u32 = 1000;
/// Of how many of those who lose something the keys are looked at.
const MOST_OWNERS: usize = 100;
/// How many people are named.
const EXAMPLES: usize = 3;

/// Something that holds now and would not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Break {
    /// A permission is lost.
    PermissionLost {
        permission: String,
        /// The roles that gave it.
        roles: Vec<String>,
        /// How many people lose it.
        people: u32,
        /// Whether that is how many do; else at most so many, for some may hold it by another role.
        is_exact: bool,
        /// Some of them.
        examples: Vec<String>,
        service_accounts: Vec<String>,
        /// Whether whoever calls is one of them.
        caller: bool,
    },
    /// A key whose owner loses something does less.
    KeyWeakened { key: String, prefix: String, owner: String, permissions: Vec<String> },
    /// A service account goes, or is disabled, and its keys with it.
    KeysEnd { service_account: String, keys: Vec<String> },
    /// An organisation goes: its members hold nothing inside any more.
    OrganisationEnds {
        organisation: String,
        members: u32,
        is_exact: bool,
        /// Those that belong to it, which end with it and with all their keys.
        #[serde(default)]
        service_accounts: Vec<String>,
    },
}

/// What is lost of a permission.
#[derive(Default)]
struct Loss {
    roles: BTreeSet<String>,
    people: BTreeMap<UserId, String>,
    at_most: u32,
    accounts: BTreeSet<String>,
}

/// Somebody who loses something.
struct Owner {
    name: String,
    lost: BTreeSet<String>,
}

/// Looks at all of it; what stands in the way of a removal, too.
pub(super) async fn look(
    calls: &mut Calls,
    draft: &mut Draft,
    found: &Found,
    roles: &Roles,
) -> Result<(Vec<Break>, Vec<String>), Failure> {
    let mut looking = Looking { calls, details: BTreeMap::new(), notes: Vec::new(), owners: BTreeMap::new() };
    looking.touches(draft, roles).await?;
    let mut losses: BTreeMap<String, Loss> = BTreeMap::new();
    looking.people(roles, &mut losses).await?;
    looking.accounts(draft, found, roles, &mut losses).await?;
    let caller = found.caller.as_ref().map(|caller| caller.id);
    let mut breaks: Vec<Break> = losses.into_iter().map(|(permission, loss)| loss.told(permission, caller)).collect();
    looking.keys(&mut breaks).await?;
    looking.ends(draft, found, &mut breaks).await?;
    Ok((breaks, looking.notes))
}

impl Loss {
    fn told(self, permission: String, caller: Option<UserId>) -> Break {
        Break::PermissionLost {
            permission,
            roles: self.roles.into_iter().collect(),
            people: u32::try_from(self.people.len()).unwrap_or(u32::MAX).saturating_add(self.at_most),
            is_exact: self.at_most == 0,
            caller: caller.is_some_and(|caller| self.people.contains_key(&caller)),
            examples: self.people.into_values().take(EXAMPLES).collect(),
            service_accounts: self.accounts.into_iter().collect(),
        }
    }
}

struct Looking<'a> {
    calls: &'a mut Calls,
    details: BTreeMap<String, RoleDetail>,
    notes: Vec<String>,
    owners: BTreeMap<UserId, Owner>,
}

impl Looking<'_> {
    /// A list that whoever calls may not see is none, with a note.
    async fn seen<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        note: &str,
    ) -> Result<Option<Vec<T>>, Failure> {
        match all(self.calls, path).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if status_of(&failure) == Some(403) => {
                if !self.notes.iter().any(|known| known == note) {
                    self.notes.push(note.to_owned());
                }
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn detail(&mut self, role: &str) -> Result<RoleDetail, Failure> {
        if let Some(known) = self.details.get(role) {
            return Ok(known.clone());
        }
        let detail: RoleDetail = self.calls.get(&format!("/api/v1/roles/{role}")).await?;
        self.details.insert(role.to_owned(), detail.clone());
        Ok(detail)
    }

    /// How many people each role touches; one that somebody holds is not removed.
    async fn touches(&mut self, draft: &mut Draft, roles: &Roles) -> Result<(), Failure> {
        for at in 0..draft.changes.len() {
            let change = &draft.changes[at];
            if change.kind != Kind::Role || change.action == Action::Create {
                continue;
            }
            let (name, is_removed) = (change.name.clone(), roles.removed.contains(&change.name));
            let detail = self.detail(&name).await?;
            draft.changes[at].touches = Some(detail.touches);
            let steps = draft.steps.iter().chain(&draft.removals);
            let freed: BTreeSet<_> = steps.filter_map(|step| taken_from(step, &name)).collect();
            let holders = detail.holders.saturating_sub(u32::try_from(freed.len()).unwrap_or(u32::MAX));
            if is_removed && holders > 0 {
                let who = if holders == 1 { "1 holds it".to_owned() } else { format!("{holders} hold it") };
                let message =
                    format!("it is in no file and would be removed, and {who}: take it from them first, or name it");
                draft.obstacle(None, format!("role {name}"), message);
            }
        }
        Ok(())
    }

    /// What people lose by the roles that they hold everywhere; of roles inside organisations, how many do at most.
    async fn people(&mut self, roles: &Roles, losses: &mut BTreeMap<String, Loss>) -> Result<(), Failure> {
        let weaker = roles.losses();
        let mut people: BTreeMap<UserId, User> = BTreeMap::new();
        for (role, lost) in &weaker {
            let detail = self.detail(role).await?;
            let is_everywhere = detail.role.scope == PermissionScope::Global;
            let note = "people cannot be listed without users.read: how many lose something is said by how many hold the roles";
            let listed: Option<Vec<User>> = match detail.holders {
                0 => Some(Vec::new()),
                holders if is_everywhere && holders < MOST_PEOPLE => {
                    self.seen(&format!("/api/v1/users?role={role}"), note).await?
                }
                _ => None,
            };
            match listed {
                Some(listed) => people.extend(listed.into_iter().map(|user| (user.id, user))),
                None => {
                    for permission in lost {
                        let loss = losses.entry((*permission).to_owned()).or_default();
                        loss.at_most = loss.at_most.saturating_add(detail.holders);
                        loss.roles.insert((*role).to_owned());
                    }
                }
            }
        }
        for user in people.values() {
            let lost = held(&roles.before, &user.roles).difference(&held(&roles.after, &user.roles)).cloned().collect();
            let by = user.roles.iter().filter_map(|role| Some((role, weaker.get(role.as_str())?)));
            note_losses(losses, &lost, by, |loss| {
                loss.people.insert(user.id, user.email.as_str().to_owned());
            });
            self.lose(user.id, user.email.as_str(), lost);
        }
        Ok(())
    }

    /// What service accounts lose by their roles, by what is taken from them, and by what they are denied.
    async fn accounts(
        &mut self,
        draft: &Draft,
        found: &Found,
        roles: &Roles,
        losses: &mut BTreeMap<String, Loss>,
    ) -> Result<(), Failure> {
        let weaker = roles.losses();
        let steps: Vec<&Step> = draft.steps.iter().collect();
        let is_touched = steps.iter().any(|step| {
            matches!(step, Step::TakeRole { .. } | Step::GivePermission { .. } | Step::ClearPermission { .. })
        });
        if weaker.is_empty() && !is_touched {
            return Ok(());
        }
        let note = "service accounts cannot be listed without service-accounts.read: what they lose is not said";
        let Some(accounts) = self.seen::<ServiceAccount>(ACCOUNTS, note).await? else { return Ok(()) };
        for account in accounts {
            let of = |step: &Step| matches!(step, Step::RemoveServiceAccount { account: known, .. } if known.id == Some(account.id));
            if draft.removals.iter().any(of) {
                continue;
            }
            let direct = found.accounts.iter().find(|there| there.account.id == account.id);
            let direct = direct.into_iter().flat_map(|there| &there.permissions);
            let direct = direct.filter(|held| held.organisation_id.is_none()).map(super::accounts::given);
            let mut given: BTreeMap<String, GivenPermission> =
                direct.map(|given| (given.permission.clone(), given)).collect();
            let before = with_direct(held(&roles.before, &account.roles), &given);
            let mut names: BTreeSet<String> = account.roles.iter().cloned().collect();
            for step in &steps {
                after_step(step, account.id, &mut names, &mut given);
            }
            let names: Vec<String> = names.into_iter().collect();
            let after = with_direct(held(&roles.after, &names), &given);
            let lost: BTreeSet<String> = before.difference(&after).cloned().collect();
            let by = account.roles.iter().filter_map(|role| Some((role, weaker.get(role.as_str())?)));
            note_losses(losses, &lost, by, |loss| {
                loss.accounts.insert(account.name.clone());
            });
            self.lose(account.id, &account.name, lost);
        }
        Ok(())
    }

    fn lose(&mut self, id: UserId, name: &str, lost: BTreeSet<String>) {
        if !lost.is_empty() {
            self.owners.insert(id, Owner { name: name.to_owned(), lost });
        }
    }

    /// The keys of those who lose something, and what the keys were limited to of that.
    async fn keys(&mut self, breaks: &mut Vec<Break>) -> Result<(), Failure> {
        let owners = std::mem::take(&mut self.owners);
        if owners.len() > MOST_OWNERS {
            self.notes
                .push(format!("API keys are looked at of {MOST_OWNERS} of the {} who lose something", owners.len()));
        }
        for (id, owner) in owners.into_iter().take(MOST_OWNERS) {
            for key in self.keys_of(id).await? {
                let permissions: Vec<_> =
                    key.scopes.iter().filter(|scope| owner.lost.contains(*scope)).cloned().collect();
                if !permissions.is_empty() {
                    let (key, prefix, owner) = (key.name, key.prefix, owner.name.clone());
                    breaks.push(Break::KeyWeakened { key, prefix, owner, permissions });
                }
            }
        }
        Ok(())
    }

    async fn keys_of(&mut self, id: UserId) -> Result<Vec<ApiKey>, Failure> {
        let note = "API keys of others cannot be listed without api-keys.read: which do less is not said";
        let keys: Option<Vec<ApiKey>> = self.seen(&format!("/api/v1/api-keys?user_id={id}"), note).await?;
        Ok(keys.unwrap_or_default().into_iter().filter(|key| key.revoked_at.is_none()).collect())
    }

    /// What ends with what is removed.
    async fn ends(&mut self, draft: &Draft, found: &Found, breaks: &mut Vec<Break>) -> Result<(), Failure> {
        for step in draft.steps.iter().chain(&draft.removals) {
            match step {
                Step::RemoveServiceAccount { account, .. } | Step::ChangeServiceAccount { account, .. } => {
                    let is_disabled =
                        matches!(step, Step::ChangeServiceAccount { request, .. } if request.is_active == Some(false));
                    let is_removed = matches!(step, Step::RemoveServiceAccount { .. });
                    let Some(id) = account.id.filter(|_| is_disabled || is_removed) else { continue };
                    let keys: Vec<_> = self.keys_of(id).await?.into_iter().map(|key| key.name).collect();
                    if !keys.is_empty() {
                        breaks.push(Break::KeysEnd { service_account: account.name.clone(), keys });
                    }
                }
                Step::RemoveOrganisation { organisation, .. } => {
                    let Some(there) = found.organisations.get(&organisation.name) else { continue };
                    let path = format!("{ORGANISATIONS}/{}/members?limit={MAX_LIMIT}", there.id);
                    let page: Page<OrganisationMember> = self.calls.get(&path).await?;
                    let members = u32::try_from(page.items.len()).unwrap_or(MAX_LIMIT);
                    let is_exact = page.next_cursor.is_none();
                    let programs = page.items.into_iter().filter(|member| member.is_service_account);
                    let service_accounts =
                        programs.map(|one| one.display_name.unwrap_or_else(|| one.user_id.to_string())).collect();
                    let organisation = organisation.name.clone();
                    breaks.push(Break::OrganisationEnds { organisation, members, is_exact, service_accounts });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whoever a step takes a role from.
fn taken_from(step: &Step, role: &str) -> Option<String> {
    match step {
        Step::TakeRole { account, role: taken, .. } if taken == role => Some(account.name.clone()),
        _ => None,
    }
}

/// What roles give together.
fn held(shape: &Shape, roles: &[String]) -> BTreeSet<String> {
    roles.iter().flat_map(|role| shape.effective(role)).map(str::to_owned).collect()
}

/// And what is given or denied beside them. What holds under a condition is not reckoned with, unless it is denied.
fn with_direct(mut held: BTreeSet<String>, direct: &BTreeMap<String, GivenPermission>) -> BTreeSet<String> {
    for given in direct.values() {
        match given.effect {
            PermissionEffect::Grant if given.when.is_none() => {
                held.insert(given.permission.clone());
            }
            PermissionEffect::Grant => {}
            PermissionEffect::Denial => {
                held.remove(&given.permission);
            }
        }
    }
    held
}

/// What a step makes of what a service account holds everywhere.
fn after_step(step: &Step, id: UserId, roles: &mut BTreeSet<String>, direct: &mut BTreeMap<String, GivenPermission>) {
    match step {
        Step::GiveRole { account, role, organisation: None, when: None, .. } if account.id == Some(id) => {
            roles.insert(role.clone());
        }
        // What is held under a condition is not counted on.
        Step::GiveRole { account, role, organisation: None, .. } if account.id == Some(id) => {
            roles.remove(role);
        }
        Step::TakeRole { account, role, organisation: None } if account.id == Some(id) => {
            roles.remove(role);
        }
        Step::GivePermission { account, permission, organisation: None, effect, until, when }
            if account.id == Some(id) =>
        {
            let (effect, until, when) = (*effect, *until, when.clone());
            direct.insert(permission.clone(), GivenPermission { permission: permission.clone(), effect, until, when });
        }
        Step::ClearPermission { account, permission, organisation: None } if account.id == Some(id) => {
            direct.remove(permission);
        }
        _ => {}
    }
}

/// Notes for each permission that is lost who loses it, and the roles that gave it.
fn note_losses<'a>(
    losses: &mut BTreeMap<String, Loss>,
    lost: &BTreeSet<String>,
    by: impl Iterator<Item = (&'a String, &'a BTreeSet<&'a str>)> + Clone,
    note: impl Fn(&mut Loss),
) {
    for permission in lost {
        let loss = losses.entry(permission.clone()).or_default();
        note(loss);
        loss.roles
            .extend(by.clone().filter(|(_, gave)| gave.contains(permission.as_str())).map(|(role, _)| role.clone()));
    }
}
