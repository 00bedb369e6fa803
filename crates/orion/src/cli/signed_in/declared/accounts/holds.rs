//! What service accounts hold, and what of that changes.

use super::super::file::WantedAccount;
use super::super::found::Found;
use super::super::given::{Given, GivenPermission, GivenRole};
use super::super::plan::{Draft, Fields};
use super::super::roles::Roles;
use super::super::step::Step;
use super::{Compared, subject};
use crate::cli::signed_in::words::like;
use chrono::{DateTime, Datelike, Utc};
use orion_contracts::OrganisationId;
use orion_contracts::roles::{ORGANISATION_MEMBER, SUPER_ADMIN};
use orion_contracts::users::{DirectPermission, HeldRole, MOST_CONDITIONS, PermissionEffect, PermissionScope};
use orion_http::identity::grant_condition;
use std::collections::{BTreeMap, BTreeSet};

/// What of a kind is held, by name.
type Held<T> = BTreeMap<String, T>;

#[allow(clippy::too_many_arguments, reason = "all that bears on one comparison")]
pub(super) fn compare(
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

pub(in super::super) fn given_role(held: &HeldRole) -> GivenRole {
    GivenRole { role: held.role.clone(), until: held.expires_at, when: held.condition.clone() }
}

pub(in super::super) fn given(held: &DirectPermission) -> GivenPermission {
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
