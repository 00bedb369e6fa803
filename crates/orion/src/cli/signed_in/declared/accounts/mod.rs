//! What becomes of service accounts, and of what they hold.

mod holds;

pub(super) use holds::{given, given_role};

use super::check_bounds;
use super::file::WantedAccount;
use super::found::{Found, FoundAccount};
use super::plan::{Action, Draft, Fields, Kind};
use super::read::{At, Wanted};
use super::roles::Roles;
use super::step::{Known, Step};
use crate::cli::signed_in::words::like;
use orion_contracts::service_accounts::{CreateServiceAccount, UpdateServiceAccount};
use orion_contracts::{OrganisationId, UserId};
use serde_json::json;
use std::collections::BTreeSet;

/// A service account that is compared.
struct Compared<'a> {
    name: &'a str,
    at: &'a At<WantedAccount>,
    known: Known<UserId>,
    organisation: Option<Known<OrganisationId>>,
}

/// Compares what is wanted with what is there.
pub(super) fn compare(draft: &mut Draft, wanted: &Wanted, found: &Found, roles: &Roles, prune: bool) {
    let Some(named) = &wanted.accounts else { return };
    let mut steps = Vec::new();
    for (name, account) in named {
        let there: Vec<_> = found.accounts.iter().filter(|there| there.account.name == *name).collect();
        match there[..] {
            [] => create(draft, wanted, found, roles, (name, account), &mut steps),
            [there] => change(draft, found, roles, (name, account), there, &mut steps),
            _ => {
                let ids: Vec<_> = there.iter().map(|there| there.account.id.to_string()).collect();
                let message = format!("several are called so, {}; rename all but one", ids.join(", "));
                draft.obstacle(Some(&account.place), subject(name), message);
            }
        }
    }
    draft.steps.append(&mut steps);
    if prune {
        for there in found.accounts.iter().filter(|there| !named.contains_key(&there.account.name)) {
            remove(draft, found, roles, there);
        }
    }
}

fn subject(name: &str) -> String {
    format!("service account {name}")
}

fn create(
    draft: &mut Draft,
    wanted: &Wanted,
    found: &Found,
    roles: &Roles,
    (name, account): (&str, &At<WantedAccount>),
    steps: &mut Vec<Step>,
) {
    let organisation = organisation(draft, wanted, found, name, account);
    let description = account.value.description.clone().flatten();
    let request =
        CreateServiceAccount { name: name.to_owned(), description: description.clone(), organisation_id: None };
    check_bounds(draft, account, subject(name), &request);
    if name.trim() != name {
        draft.obstacle(Some(&account.place), subject(name), "its name must not begin or end with a space");
    }
    let mut fields = Fields::default();
    fields.compare("description", &None, Some(&description));
    fields.compare("organisation", &None, Some(&organisation.as_ref().map(|known| &known.name)));
    steps.push(Step::CreateServiceAccount { name: name.to_owned(), description, organisation: organisation.clone() });
    let known = Known { name: name.to_owned(), id: None };
    let compared = Compared { name, at: account, known: known.clone(), organisation };
    holds::compare(draft, &compared, roles, found, &account.value, (&[], &[]), &mut fields, steps);
    // It is made active, and disabled once all else is so.
    if account.value.active == Some(false) {
        fields.add("active", json!(null), json!(false));
        let request = UpdateServiceAccount { is_active: Some(false), ..UpdateServiceAccount::default() };
        steps.push(Step::ChangeServiceAccount { account: known, version: None, request });
    }
    draft.note(Action::Create, Kind::ServiceAccount, name, Some(&account.place), fields.0);
}

fn change(
    draft: &mut Draft,
    found: &Found,
    roles: &Roles,
    (name, account): (&str, &At<WantedAccount>),
    there: &FoundAccount,
    steps: &mut Vec<Step>,
) {
    let value = &account.value;
    let id = there.account.id;
    let mut fields = Fields::default();
    let is_described = fields.compare("description", &there.account.description, value.description.as_ref());
    let is_switched = fields.compare("active", &there.account.is_active, value.active.as_ref());
    let slug = there.account.organisation_id.and_then(|id| found.slug(id)).map(str::to_owned);
    if value.organisation.as_ref().is_some_and(|organisation| *organisation != slug) {
        let of = slug.as_ref().map_or_else(|| "no organisation".to_owned(), |slug| format!("the organisation {slug}"));
        let message = format!("it belongs to {of}, which never changes; delete it, or make another one");
        draft.obstacle(Some(&account.field("organisation")), subject(name), message);
    }
    let is_going = |step: &Step| matches!(step, Step::RemoveOrganisation { organisation, .. } if organisation.id == there.account.organisation_id);
    if there.account.organisation_id.is_some() && draft.removals.iter().any(is_going) {
        let message = "its organisation is removed, and it would be removed with it; name both, or neither";
        draft.obstacle(Some(&account.place), subject(name), message);
    }
    let known = Known { name: name.to_owned(), id: Some(id) };
    let mut switch_on = None;
    if is_described || is_switched {
        let request = UpdateServiceAccount {
            name: None,
            description: value.description.clone().filter(|_| is_described),
            is_active: value.active.filter(|_| is_switched),
        };
        check_bounds(draft, account, subject(name), &request);
        let version = Some(there.account.version);
        let is_on = request.is_active == Some(true);
        let step = Step::ChangeServiceAccount { account: known.clone(), version, request };
        // It is active once it holds no more than the file gives, and disabled before it is given anything.
        if is_on { switch_on = Some(step) } else { steps.push(step) }
    }
    let organisation = there.account.organisation_id.map(|id| {
        let name = found.slug(id).map_or_else(|| id.to_string(), str::to_owned);
        Known { name, id: Some(id) }
    });
    let compared = Compared { name, at: account, known, organisation };
    holds::compare(draft, &compared, roles, found, value, (&there.roles, &there.permissions), &mut fields, steps);
    steps.extend(switch_on);
    draft.note(Action::Change, Kind::ServiceAccount, name, Some(&account.place), fields.0);
}

fn remove(draft: &mut Draft, found: &Found, roles: &Roles, there: &FoundAccount) {
    let account = &there.account;
    if found.caller.as_ref().is_some_and(|caller| caller.id == account.id) {
        draft.obstacle(
            None,
            subject(&account.name),
            "it is in no file and would be deleted, and it is who calls; name it",
        );
        return;
    }
    let mut fields = Fields::default();
    fields.compare("roles", &account.roles, Some(&Vec::new()));
    draft.note(Action::Remove, Kind::ServiceAccount, &account.name, None, fields.0);
    let known = Known { name: account.name.clone(), id: Some(account.id) };
    draft.removals.push(Step::RemoveServiceAccount { account: known.clone(), version: account.version });
    // What is deleted holds its roles until it is erased; a role that goes as well must be held by nobody.
    for held in there.roles.iter().filter(|held| roles.removed.contains(&held.role)) {
        let organisation = held.organisation_id.map(|id| inside(found, id));
        let team = held.team_id.map(|id| {
            let name = held.team_name.clone().unwrap_or_else(|| id.to_string());
            Known { name, id: Some(id) }
        });
        draft.removals.push(Step::TakeRole { account: known.clone(), role: held.role.clone(), organisation, team });
    }
}

fn inside(found: &Found, id: OrganisationId) -> Known<OrganisationId> {
    Known { name: found.slug(id).map_or_else(|| id.to_string(), str::to_owned), id: Some(id) }
}

/// The organisation that a new one shall belong to: one that is there, or is made before it.
fn organisation(
    draft: &mut Draft,
    wanted: &Wanted,
    found: &Found,
    name: &str,
    account: &At<WantedAccount>,
) -> Option<Known<OrganisationId>> {
    let slug = account.value.organisation.clone().flatten()?;
    let there = found.organisations.get(&slug).map(|there| there.id);
    let is_made = wanted.organisations.as_ref().is_some_and(|named| named.contains_key(&slug));
    let goes = wanted.organisations.is_some()
        && !is_made
        && draft
            .changes
            .iter()
            .any(|change| (change.action, change.kind, &change.name) == (Action::Remove, Kind::Organisation, &slug));
    if (there.is_none() && !is_made) || goes {
        let known: BTreeSet<String> = found.organisations.keys().cloned().collect();
        let message = format!("there is no organisation {slug} that you may see{}", like(&slug, &known));
        draft.obstacle(Some(&account.field("organisation")), subject(name), message);
    }
    Some(Known { name: slug, id: there })
}
