//! What becomes of service accounts, and of what they hold.

use super::file::WantedAccount;
use super::found::{Found, FoundAccount};
use super::given::{Given, GivenPermission, GivenRole};
use super::plan::{Action, Draft, Fields, Kind};
use super::read::{At, Wanted};
use super::roles::Roles;
use super::step::{Known, Step};
use crate::cli::signed_in::words::like;
use chrono::{DateTime, Datelike, Utc};
use orion_contracts::roles::{ORGANISATION_MEMBER, SUPER_ADMIN};
use orion_contracts::service_accounts::{CreateServiceAccount, UpdateServiceAccount};
use orion_contracts::users::{DirectPermission, HeldRole, MOST_CONDITIONS, PermissionEffect, PermissionScope};
use orion_contracts::{OrganisationId, UserId};
use orion_http::identity::grant_condition;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

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
    super::check_bounds(draft, account, subject(name), &request);
    if name.trim() != name {
        draft.obstacle(Some(&account.place), subject(name), "its name must not begin or end with a space");
    }
    let mut fields = Fields::default();
    fields.compare("description", &None, Some(&description));
    fields.compare("organisation", &None, Some(&organisation.as_ref().map(|known| &known.name)));
    steps.push(Step::CreateServiceAccount { name: name.to_owned(), description, organisation: organisation.clone() });
    let known = Known { name: name.to_owned(), id: None };
    let compared = Compared { name, at: account, known: known.clone(), organisation };
    holds(draft, &compared, roles, found, &account.value, (&[], &[]), &mut fields, steps);
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
        super::check_bounds(draft, account, subject(name), &request);
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
    holds(draft, &compared, roles, found, value, (&there.roles, &there.permissions), &mut fields, steps);
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

/// What of a kind is held, by name.
type Held<T> = BTreeMap<String, T>;

#[allow(clippy::too_many_arguments, reason = "all that bears on one comparison")]
fn holds(
    draft: &mut Draft,
    compared: &Compared<'_>,
    roles: &Roles,
    found: &Found,
    value: &WantedAccount,
    (held, permissions): (&[HeldRole], &[DirectPermission]),
    fields: &mut Fields,
    steps: &mut Vec<Step>,
) {
    let places = [
        (None, "roles", &value.roles, "permissions", &value.permissions),
        (
            compared.organisation.as_ref(),
            "roles_inside",
            &value.roles_inside,
            "permissions_inside",
            &value.permissions_inside,
        ),
    ];
    let (mut gives, mut takes) = (Vec::new(), Vec::new());
    for (organisation, of_roles, wanted_roles, of_permissions, wanted_permissions) in places {
        let is_inside = of_roles == "roles_inside";
        if is_inside && organisation.is_none() && (wanted_roles.is_some() || wanted_permissions.is_some()) {
            let field = if wanted_roles.is_some() { of_roles } else { of_permissions };
            let message = "it belongs to no organisation, so it holds nothing inside one";
            draft.obstacle(Some(&compared.at.field(field)), subject(compared.name), message);
            continue;
        }
        let here = |id: Option<OrganisationId>| match organisation {
            None => id.is_none() && !is_inside,
            Some(known) => id.is_some() && id == known.id,
        };
        if let Some(wanted) = wanted_roles {
            let wanted = by_name(draft, compared, of_roles, wanted, |given: &GivenRole| &given.role);
            let there: Held<GivenRole> = held
                .iter()
                .filter(|held| here(held.organisation_id) && held.team_id.is_none())
                .filter(|held| !(is_inside && held.role == ORGANISATION_MEMBER))
                .map(|held| (held.role.clone(), given_role(held)))
                .collect();
            // Every member is one, for good.
            if let Some(part) = wanted.get(ORGANISATION_MEMBER).filter(|_| is_inside).and_then(GivenRole::bound) {
                let place = compared.at.given(of_roles, ORGANISATION_MEMBER, Some(part));
                draft.obstacle(Some(&place), subject(compared.name), "every member is one, for good");
            }
            let wanted: Held<GivenRole> =
                wanted.into_iter().filter(|(role, _)| !(is_inside && role == ORGANISATION_MEMBER)).collect();
            check_roles(draft, compared, roles, &wanted, of_roles);
            differ(fields, of_roles, &there, &wanted);
            for given in wanted.values().filter(|given| there.get(&given.role) != Some(given)) {
                check_given(draft, compared, of_roles, found.now, given);
                let GivenRole { role, until, when } = given.clone();
                let (account, organisation) = (compared.known.clone(), organisation.cloned());
                gives.push(Step::GiveRole { account, role, organisation, until, when });
            }
            for role in there.keys().filter(|role| !wanted.contains_key(*role)) {
                let (account, role) = (compared.known.clone(), role.clone());
                takes.push(Step::TakeRole { account, role, organisation: organisation.cloned(), team: None });
            }
        }
        if let Some(wanted) = wanted_permissions {
            let wanted = by_name(draft, compared, of_permissions, wanted, |given: &GivenPermission| &given.permission);
            let there: Held<GivenPermission> = permissions
                .iter()
                .filter(|held| here(held.organisation_id))
                .map(|held| (held.permission.clone(), given(held)))
                .collect();
            for unknown in wanted.keys().filter(|name| !found.permissions.contains(*name)) {
                let message = format!(
                    "{unknown} is no permission; `orion permission list` shows them{}",
                    like(unknown, &found.permissions)
                );
                let place = compared.at.given(of_permissions, unknown, None);
                draft.obstacle(Some(&place), subject(compared.name), message);
            }
            differ(fields, of_permissions, &there, &wanted);
            for given in wanted.values().filter(|given| there.get(&given.permission) != Some(given)) {
                check_given(draft, compared, of_permissions, found.now, given);
                let GivenPermission { permission, effect, until, when } = given.clone();
                let (account, organisation) = (compared.known.clone(), organisation.cloned());
                gives.push(Step::GivePermission { account, permission, organisation, effect, until, when });
            }
            for permission in there.keys().filter(|name| !wanted.contains_key(*name)) {
                let (account, permission) = (compared.known.clone(), permission.clone());
                takes.push(Step::ClearPermission { account, permission, organisation: organisation.cloned() });
            }
        }
    }
    check_together(draft, compared, value, held, permissions);
    // Denials first: at no moment is there more than the file gives.
    gives.sort_by_key(|step| !matches!(step, Step::GivePermission { effect: PermissionEffect::Denial, .. }));
    // What is new is there before what is old goes: a program that goes on meanwhile misses nothing.
    steps.append(&mut gives);
    steps.append(&mut takes);
}

pub(super) fn given_role(held: &HeldRole) -> GivenRole {
    GivenRole { role: held.role.clone(), until: held.expires_at, when: held.condition.clone() }
}

pub(super) fn given(held: &DirectPermission) -> GivenPermission {
    GivenPermission {
        permission: held.permission.clone(),
        effect: held.effect,
        until: held.expires_at,
        when: held.condition.clone(),
    }
}

fn by_name<T: Clone>(
    draft: &mut Draft,
    compared: &Compared<'_>,
    field: &str,
    given: &[T],
    name: impl Fn(&T) -> &String,
) -> Held<T> {
    let mut all = Held::new();
    for one in given {
        if all.insert(name(one).clone(), one.clone()).is_some() {
            let message = format!("{field} names {} twice", name(one));
            draft.obstacle(Some(&compared.at.given(field, name(one), None)), subject(compared.name), message);
        }
    }
    all
}

fn check_roles(draft: &mut Draft, compared: &Compared<'_>, roles: &Roles, wanted: &Held<GivenRole>, field: &str) {
    let is_inside = field == "roles_inside";
    for (name, given) in wanted {
        let mut refuse = |part, message: String| {
            draft.obstacle(Some(&compared.at.given(field, name, part)), subject(compared.name), message);
        };
        if is_inside && given.when.is_some() {
            refuse(
                Some("when"),
                format!("the role {name} is held inside an organisation, where nothing has a condition"),
            );
        }
        if name == SUPER_ADMIN && given.when.is_some() {
            refuse(Some("when"), "super_admin takes no condition, for somebody must always hold it".to_owned());
        }
        let Some(node) = roles.after.0.get(name) else {
            let names: BTreeSet<String> = roles.after.0.keys().cloned().collect();
            refuse(None, format!("there is no role {name}{}", like(name, &names)));
            continue;
        };
        if node.scope == PermissionScope::Team {
            refuse(None, format!("the role {name} is held in teams, and no file says in which"));
            continue;
        }
        if node.scope == PermissionScope::User && given.when.is_some() {
            let message = format!("the role {name} holds for its holder's own things alone, and takes no condition");
            refuse(Some("when"), message);
        }
        if is_inside != (node.scope == PermissionScope::Organisation) {
            let other = if is_inside { "roles" } else { "roles_inside" };
            refuse(None, format!("the role {name} has the scope {}; it is given by {other}", node.scope.as_str()));
        }
    }
}

/// What the platform refuses of something that is given, whoever gives it.
fn check_given(draft: &mut Draft, compared: &Compared<'_>, field: &str, now: DateTime<Utc>, given: &impl Given) {
    let mut refuse = |part: &str, message: String| {
        let place = compared.at.given(field, given.name(), Some(part));
        draft.obstacle(Some(&place), subject(compared.name), message);
    };
    if let Some(until) = given.until().filter(|until| *until <= now || until.year() > 9999) {
        let told =
            if until <= now { "is over already: take it out, or name a later end" } else { "is after the year 9999" };
        refuse("until", format!("{} ends at {}, which {told}", given.name(), until.format(crate::cli::output::TIME)));
    }
    // Inside, where no role takes a condition, that is said already.
    if let Some(Err(error)) = given.when().map(grant_condition) {
        refuse("when", format!("the condition of {} cannot be used: {error}", given.name()));
    }
}

/// What the platform refuses of all that one holds together. What the file does not name stays.
fn check_together(
    draft: &mut Draft,
    compared: &Compared<'_>,
    value: &WantedAccount,
    held: &[HeldRole],
    permissions: &[DirectPermission],
) {
    let (roles_inside, inside) = (&value.roles_inside, &value.permissions_inside);
    let is_left = |is_inside: bool, everywhere: bool, inside: bool| if is_inside { !inside } else { !everywhere };
    let kept_roles = held
        .iter()
        .filter(|held| is_left(held.organisation_id.is_some(), value.roles.is_some(), roles_inside.is_some()))
        .map(given_role);
    let kept = permissions
        .iter()
        .filter(|held| is_left(held.organisation_id.is_some(), value.permissions.is_some(), inside.is_some()))
        .map(given);
    let roles: Vec<GivenRole> =
        [&value.roles, roles_inside].into_iter().flatten().flatten().cloned().chain(kept_roles).collect();
    let direct: Vec<GivenPermission> =
        [&value.permissions, inside].into_iter().flatten().flatten().cloned().chain(kept).collect();
    let conditions = roles.iter().filter(|given| given.when.is_some()).count()
        + direct.iter().filter(|given| given.when.is_some()).count();
    if conditions > MOST_CONDITIONS {
        let message =
            format!("{conditions} of what it holds and is denied have a condition, and {MOST_CONDITIONS} may");
        draft.obstacle(Some(&compared.at.place), subject(compared.name), message);
    }
    let denied = direct.iter().find(|given| given.effect == PermissionEffect::Denial);
    if let Some(denied) = denied.filter(|_| roles.iter().any(|given| given.role == SUPER_ADMIN)) {
        let message = format!("who holds {SUPER_ADMIN} is denied nothing, and {} would be", denied.permission);
        draft.obstacle(Some(&compared.at.given("roles", SUPER_ADMIN, None)), subject(compared.name), message);
    }
}

fn differ<T: ToString>(fields: &mut Fields, field: &str, before: &Held<T>, after: &Held<T>) {
    let texts = |held: &Held<T>| held.values().map(ToString::to_string).collect::<Vec<_>>();
    fields.compare(field, &texts(before), Some(&texts(after)));
}
