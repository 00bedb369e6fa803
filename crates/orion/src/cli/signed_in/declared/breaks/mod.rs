//! What a plan would break: who loses which permission, whose keys with them, and what ends. Counted exactly where people can be looked at,
//! else by how many hold the roles.

mod ends;
mod people;
mod programs;

use super::found::Found;
use super::plan::Draft;
use super::roles::Roles;
use super::shape::Shape;
use crate::cli::Failure;
use crate::cli::signed_in::calls::Calls;
use crate::cli::signed_in::lists::all;
use crate::cli::signed_in::refusals::status_of;
use crate::cli::signed_in::which::SERVICE_ACCOUNTS;
use orion_contracts::UserId;
use orion_contracts::api_keys::ApiKey;
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::users::RoleDetail;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Of how many of those who lose something, or end, more is asked, one by one.
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
    /// A service account goes, by itself or with its organisation, or is disabled, and its keys with it.
    KeysEnd { service_account: String, keys: Vec<String>, prefixes: Vec<String> },
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

impl Break {
    /// Whether a plan that was kept tells of it. How many people it meets may have changed since; whom else it meets may not.
    pub(super) fn is_told_by(&self, kept: &[Self]) -> bool {
        kept.iter().any(|known| match (self, known) {
            (
                Self::PermissionLost { permission, service_accounts, caller, people, .. },
                Self::PermissionLost {
                    permission: known, service_accounts: programs, caller: was, people: before, ..
                },
            ) => {
                let meets_people = *people > 0 && *before == 0;
                let is_known = permission == known && (!caller || *was) && !meets_people;
                is_known && service_accounts.iter().all(|name| programs.contains(name))
            }
            (
                Self::KeyWeakened { prefix, permissions, .. },
                Self::KeyWeakened { prefix: known, permissions: before, .. },
            ) => prefix == known && permissions.iter().all(|name| before.contains(name)),
            (
                Self::KeysEnd { service_account, prefixes, .. },
                Self::KeysEnd { service_account: known, prefixes: before, .. },
            ) => service_account == known && prefixes.iter().all(|prefix| before.contains(prefix)),
            (
                Self::OrganisationEnds { organisation, service_accounts, .. },
                Self::OrganisationEnds { organisation: known, service_accounts: before, .. },
            ) => organisation == known && service_accounts.iter().all(|name| before.contains(name)),
            (
                Self::PermissionLost { .. }
                | Self::KeyWeakened { .. }
                | Self::KeysEnd { .. }
                | Self::OrganisationEnds { .. },
                _,
            ) => false,
        })
    }
}

/// What is lost of a permission.
#[derive(Default)]
struct Loss {
    roles: BTreeSet<String>,
    people: BTreeMap<UserId, String>,
    at_most: u32,
    accounts: BTreeSet<String>,
}

/// Losses by permission.
type Losses = BTreeMap<String, Loss>;

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
    let mut looking =
        Looking { calls, details: BTreeMap::new(), notes: Vec::new(), owners: BTreeMap::new(), programs: None };
    looking.touches(draft, found, roles).await?;
    let mut losses = Losses::new();
    looking.people(found, roles, &mut losses).await?;
    looking.programs(draft, found, roles, &mut losses).await?;
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
    /// All service accounts, once they were listed.
    programs: Option<Vec<ServiceAccount>>,
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
                self.note(note.to_owned());
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Notes what was not looked at.
    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
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

    /// All service accounts, as far as the caller may see them.
    async fn listed(&mut self) -> Result<Vec<ServiceAccount>, Failure> {
        if self.programs.is_none() {
            let note = "service accounts cannot be listed without service-accounts.read: what they lose is not said";
            self.programs = Some(self.seen(SERVICE_ACCOUNTS, note).await?.unwrap_or_default());
        }
        Ok(self.programs.clone().unwrap_or_default())
    }

    fn lose(&mut self, id: UserId, name: &str, lost: BTreeSet<String>) {
        if !lost.is_empty() {
            let owner = self.owners.entry(id).or_insert_with(|| Owner { name: name.to_owned(), lost: BTreeSet::new() });
            owner.lost.extend(lost);
        }
    }

    async fn keys_of(&mut self, id: UserId) -> Result<Vec<ApiKey>, Failure> {
        let note = "API keys of others cannot be listed without api-keys.read: which do less is not said";
        let keys: Option<Vec<ApiKey>> = self.seen(&format!("/api/v1/api-keys?user_id={id}"), note).await?;
        Ok(keys.unwrap_or_default().into_iter().filter(|key| key.revoked_at.is_none()).collect())
    }
}

/// What roles give together.
fn held<'a>(shape: &Shape, roles: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    roles.into_iter().flat_map(|role| shape.effective(role)).map(str::to_owned).collect()
}

/// Notes for each permission that is lost who loses it, and the roles that gave it.
fn note_losses<'a>(
    losses: &mut Losses,
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

#[cfg(test)]
mod tests {
    use super::Break;

    #[test]
    fn keys_are_told_by_what_only_they_begin_with() {
        let ends = |keys: &[(&str, &str)]| Break::KeysEnd {
            service_account: "Warehouse".to_owned(),
            keys: keys.iter().map(|(name, _)| (*name).to_owned()).collect(),
            prefixes: keys.iter().map(|(_, prefix)| (*prefix).to_owned()).collect(),
        };
        let kept = [ends(&[("Books", "orion_a"), ("Nightly", "orion_b")])];
        assert!(ends(&[("Books", "orion_a")]).is_told_by(&kept));
        assert!(ends(&[("Renamed", "orion_b")]).is_told_by(&kept));
        assert!(!ends(&[("Books", "orion_c")]).is_told_by(&kept), "another one of the same name");
    }
}
