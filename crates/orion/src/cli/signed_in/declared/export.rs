//! A file of what is there: with it a platform that stands is taken over.

use super::file::{FORM, File, Named, WantedAccount, WantedOrganisation, WantedRole, WantedRoute, WantedTeam};
use super::found::{Found, FoundAccount};
use super::gateway::FoundRoutes;
use orion_contracts::roles::ORGANISATION_MEMBER;
use orion_contracts::users::Role;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;

/// All but ORION's own roles. Service accounts of which several have one name are left out, and named.
pub(super) fn file(found: &Found) -> (File, Vec<String>) {
    let roles =
        found.roles.values().filter(|role| !role.is_system).map(|role| (role.name.clone(), here(self::role(role))));
    let organisations = found.organisations.iter().map(|(slug, one)| {
        let teams = found.teams.get(slug).into_iter().flatten();
        let team = |description: &Option<String>| WantedTeam { description: some(description) };
        let teams: BTreeMap<_, _> = teams.map(|one| (one.name.clone(), here(team(&one.description)))).collect();
        let wanted = WantedOrganisation {
            name: Some(one.name.clone()),
            description: some(&one.description),
            teams: Some(teams).filter(|teams| !teams.is_empty()),
        };
        (slug.clone(), here(wanted))
    });
    let mut named: BTreeMap<&str, Vec<&FoundAccount>> = BTreeMap::new();
    for one in &found.accounts {
        named.entry(&one.account.name).or_default().push(one);
    }
    let (mut accounts, mut left_out) = (BTreeMap::new(), Vec::new());
    for (name, those) in named {
        match those[..] {
            [one] => drop(accounts.insert(name.to_owned(), here(account(found, one)))),
            _ => left_out.push(format!(
                "{} service accounts are called {name}, and are left out: rename all but one",
                those.len()
            )),
        }
    }
    let file = File {
        version: Spanned::new(FORM, Location::UNKNOWN, Location::UNKNOWN),
        roles: Some(roles.collect()),
        organisations: Some(organisations.collect()),
        service_accounts: Some(accounts),
        routes: found.routes_kept.as_ref().map(routes),
    };
    (file, left_out)
}

/// The routes that are kept, without what is said by where they stand and what has no value.
fn routes(kept: &FoundRoutes) -> Named<WantedRoute> {
    let fields = |route: &Value| {
        let fields = route.as_object().into_iter().flatten();
        fields
            .filter(|(key, value)| *key != "name" && !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    kept.routes.iter().map(|(name, route)| (name.clone(), here(fields(route)))).collect()
}

fn here<T>(value: T) -> Spanned<Option<T>> {
    Spanned::new(Some(value), Location::UNKNOWN, Location::UNKNOWN)
}

/// A field that is empty stands in no file.
fn some(text: &Option<String>) -> Option<Option<String>> {
    text.clone().map(Some)
}

fn role(role: &Role) -> WantedRole {
    WantedRole {
        display_name: Some(role.display_name.clone()),
        description: some(&role.description),
        level: Some(role.level),
        scope: Some(role.scope),
        parent: some(&role.parent),
        permissions: Some(role.own_permissions.iter().cloned().collect()),
    }
}

fn account(found: &Found, one: &FoundAccount) -> WantedAccount {
    let organisation = one.account.organisation_id;
    let roles = |is_inside: bool| {
        let place = organisation.filter(|_| is_inside);
        let held = one.roles.iter().filter(move |held| {
            held.organisation_id == place && held.team_id.is_none() && held.role != ORGANISATION_MEMBER
        });
        Some(held.map(super::accounts::given_role).collect::<Vec<_>>())
    };
    let permissions = |is_inside: bool| {
        let place = organisation.filter(|_| is_inside);
        let held = one.permissions.iter().filter(move |held| held.organisation_id == place);
        Some(held.map(super::accounts::given).collect::<Vec<_>>()).filter(|held| !held.is_empty())
    };
    let inside = organisation.is_some();
    WantedAccount {
        description: some(&one.account.description),
        organisation: organisation.map(|id| found.slug(id).map(str::to_owned)),
        active: Some(one.account.is_active),
        roles: roles(false),
        roles_inside: roles(true).filter(|held| inside && !held.is_empty()),
        permissions: permissions(false),
        permissions_inside: permissions(true).filter(|_| inside),
    }
}
