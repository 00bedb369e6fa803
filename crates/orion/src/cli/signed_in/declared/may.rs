//! What whoever calls may not do of a plan: asked of the platform before anything is sent. It is the platform that decides when it is done.

use super::found::Found;
use super::lasting::Lasting;
use super::plan::{Draft, Kind};
use super::read::{Place, Wanted};
use super::roles::Roles;
use super::step::{Known, Step};
use crate::cli::Failure;
use crate::cli::signed_in::calls::Calls;
use orion_contracts::OrganisationId;
use orion_contracts::users::{AuthzDecisionList, AuthzQuestion, CheckAuthz};
use std::collections::{BTreeMap, BTreeSet};

/// How many questions are asked at once.
const AT_ONCE: usize = 200;

/// A question, and for what it is asked.
struct Asked {
    question: AuthzQuestion,
    place: Option<Place>,
    subject: String,
    /// What is said where the answer is no.
    refusal: String,
}

/// Adds what stands in the way.
pub(super) async fn look(
    calls: &mut Calls,
    draft: &mut Draft,
    wanted: &Wanted,
    found: &Found,
    roles: &Roles,
) -> Result<(), Failure> {
    let mut asked = Vec::new();
    let lasting = Lasting::of(calls, found).await?;
    let steps: Vec<Step> = draft.steps.iter().chain(&draft.removals).cloned().collect();
    for step in &steps {
        ask(&mut asked, wanted, roles, step);
        if let Some((subject, message)) = above(found, roles, step) {
            draft.obstacle(place(wanted, step).as_ref(), subject, message);
        } else if let Some(message) = lasting.beyond(roles, step) {
            let (kind, name) = subject(step);
            draft.obstacle(place(wanted, step).as_ref(), format!("{} {name}", kind.words()), message);
        }
    }
    let mut seen = BTreeSet::new();
    asked.retain(|one| {
        let of = &one.question;
        seen.insert((one.subject.clone(), of.permission.clone(), of.organisation_id, of.team_id))
    });
    for some in asked.chunks(AT_ONCE) {
        let questions = some.iter().map(|one| one.question.clone()).collect();
        let answers: AuthzDecisionList =
            calls.post("/api/v1/authz/check", &CheckAuthz { user_id: None, questions }).await?;
        for (one, _) in some.iter().zip(answers.items).filter(|(_, answer)| !answer.allowed) {
            draft.obstacle(one.place.as_ref(), one.subject.clone(), one.refusal.clone());
        }
    }
    Ok(())
}

/// What a step is about, as changes name it.
fn subject(step: &Step) -> (Kind, String) {
    match step {
        Step::CreateRole { request } => (Kind::Role, request.name.clone()),
        Step::ChangeRole { role, .. } | Step::RemoveRole { role, .. } => (Kind::Role, role.clone()),
        Step::CreateOrganisation { slug, .. } => (Kind::Organisation, slug.clone()),
        Step::ChangeOrganisation { organisation, .. } | Step::RemoveOrganisation { organisation, .. } => {
            (Kind::Organisation, organisation.name.clone())
        }
        Step::CreateTeam { organisation, request } => (Kind::Team, format!("{organisation}/{}", request.name.trim())),
        Step::ChangeTeam { organisation, team, .. } | Step::RemoveTeam { organisation, team, .. } => {
            (Kind::Team, format!("{organisation}/{team}"))
        }
        Step::CreateServiceAccount { name, .. } => (Kind::ServiceAccount, name.clone()),
        Step::ChangeServiceAccount { account, .. }
        | Step::RemoveServiceAccount { account, .. }
        | Step::GiveRole { account, .. }
        | Step::TakeRole { account, .. }
        | Step::GivePermission { account, .. }
        | Step::ClearPermission { account, .. } => (Kind::ServiceAccount, account.name.clone()),
        Step::ReplaceRoutes { .. } => (Kind::Route, "document".to_owned()),
    }
}

/// Where it stands in a file that this is to be done: at the very field, where one asks for it.
fn place(wanted: &Wanted, step: &Step) -> Option<Place> {
    let account = |name: &str| wanted.accounts.as_ref()?.get(name);
    let organisation = |name: &str| wanted.organisations.as_ref()?.get(name);
    let inside = |is_inside: bool, field: &'static str, other: &'static str| if is_inside { other } else { field };
    match step {
        Step::CreateRole { request } => Some(wanted.roles.as_ref()?.get(&request.name)?.place.clone()),
        Step::ChangeRole { role, .. } => Some(wanted.roles.as_ref()?.get(role)?.place.clone()),
        Step::CreateOrganisation { slug, .. } => Some(organisation(slug)?.place.clone()),
        Step::ChangeOrganisation { organisation: known, .. } => Some(organisation(&known.name)?.place.clone()),
        Step::CreateTeam { organisation: known, .. }
        | Step::ChangeTeam { organisation: known, .. }
        | Step::RemoveTeam { organisation: known, .. } => Some(organisation(&known.name)?.field("teams")),
        Step::CreateServiceAccount { name, .. } => Some(account(name)?.place.clone()),
        Step::ChangeServiceAccount { account: known, .. } => Some(account(&known.name)?.place.clone()),
        Step::GiveRole { account: known, role, organisation, .. }
        | Step::TakeRole { account: known, role, organisation, .. } => {
            let field = inside(organisation.is_some(), "roles", "roles_inside");
            Some(account(&known.name)?.given(field, role, None))
        }
        Step::GivePermission { account: known, permission, organisation, .. }
        | Step::ClearPermission { account: known, permission, organisation } => {
            let field = inside(organisation.is_some(), "permissions", "permissions_inside");
            Some(account(&known.name)?.given(field, permission, None))
        }
        // What is removed stands in no file, and all of a document at no place.
        Step::RemoveRole { .. }
        | Step::RemoveOrganisation { .. }
        | Step::RemoveServiceAccount { .. }
        | Step::ReplaceRoutes { .. } => None,
    }
}

fn ask(asked: &mut Vec<Asked>, wanted: &Wanted, roles: &Roles, step: &Step) {
    let (kind, name) = subject(step);
    let mut add = |permission: &str, organisation_id: Option<OrganisationId>, refusal: String| {
        let question = AuthzQuestion {
            permission: permission.to_owned(),
            organisation_id,
            team_id: None,
            owner_id: None,
            attributes: BTreeMap::new(),
        };
        let (place, subject) = (place(wanted, step), format!("{} {name}", kind.words()));
        asked.push(Asked { question, place, subject, refusal });
    };
    let needs = |permission: &str| format!("you may not do this: it needs {permission}");
    let holds =
        |permission: &str| format!("you do not hold {permission}, and nobody gives or takes what they do not hold");
    // One that is made on the way is nothing that the session acts for: what its owner holds inside does not count yet.
    let mut on = |permission: &str, organisation: &Known<OrganisationId>| {
        add(permission, organisation.id, needs(permission));
    };
    match step {
        Step::ChangeOrganisation { organisation, .. } => on("organisations.write", organisation),
        Step::RemoveOrganisation { organisation, .. } => on("organisations.delete", organisation),
        Step::CreateTeam { organisation, .. }
        | Step::ChangeTeam { organisation, .. }
        | Step::RemoveTeam { organisation, .. } => on("teams.write", organisation),
        Step::GiveRole { role, organisation: Some(organisation), .. } => {
            on("members.write", organisation);
            for permission in roles.after.effective(role) {
                add(permission, organisation.id, holds(permission));
            }
        }
        Step::TakeRole { organisation: Some(organisation), team, .. } => {
            on("members.write", organisation);
            // Who leads the team may.
            if let Some(one) = asked.last_mut() {
                one.question.team_id = team.as_ref().and_then(|team| team.id);
            }
        }
        Step::CreateOrganisation { .. } => add("organisations.create", None, needs("organisations.create")),
        Step::CreateServiceAccount { organisation, .. } => {
            add("service-accounts.write", None, needs("service-accounts.write"));
            // It is a member from the beginning.
            if let Some(organisation) = organisation {
                add("members.write", organisation.id, needs("members.write"));
            }
        }
        Step::ChangeServiceAccount { .. } | Step::RemoveServiceAccount { .. } => {
            add("service-accounts.write", None, needs("service-accounts.write"))
        }
        Step::TakeRole { .. } | Step::ClearPermission { .. } => add("roles.assign", None, needs("roles.assign")),
        Step::GivePermission { permission, organisation, .. } => {
            add("roles.assign", None, needs("roles.assign"));
            add(permission, organisation.as_ref().and_then(|known| known.id), holds(permission));
        }
        Step::GiveRole { role, organisation: None, .. } => {
            add("roles.assign", None, needs("roles.assign"));
            for permission in roles.after.effective(role) {
                add(permission, None, holds(permission));
            }
        }
        Step::RemoveRole { .. } => add("roles.write", None, needs("roles.write")),
        Step::ReplaceRoutes { .. } => add("gateway.write", None, needs("gateway.write")),
        Step::CreateRole { .. } | Step::ChangeRole { .. } => {
            add("roles.write", None, needs("roles.write"));
            for permission in changed(roles, &name) {
                add(permission, None, holds(permission));
            }
        }
    }
}

/// What a role gives, by itself or inherited, on one side of the change alone.
fn changed<'a>(roles: &'a Roles, name: &str) -> BTreeSet<&'a str> {
    let own = |shape: &'a super::shape::Shape| shape.0.get(name).into_iter().flat_map(|node| &node.own);
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (own(&roles.before).map(String::as_str).collect(), own(&roles.after).map(String::as_str).collect());
    let own = before.symmetric_difference(&after).copied();
    let all: BTreeSet<_> = roles.before.effective(name);
    all.symmetric_difference(&roles.after.effective(name)).copied().chain(own).collect()
}

/// Whether a step is about a role above whoever calls.
fn above(found: &Found, roles: &Roles, step: &Step) -> Option<(String, String)> {
    let caller = found.caller.as_ref()?;
    let own = caller.roles.iter().filter_map(|role| Some(found.roles.get(role)?.level)).max()?;
    let level_of = |name: &str| {
        let levels = [&roles.before, &roles.after].into_iter().filter_map(|shape| Some(shape.0.get(name)?.level));
        levels.max().unwrap_or_default()
    };
    let (role, level) = match step {
        Step::CreateRole { request } => (&request.name, level_of(&request.name)),
        Step::ChangeRole { role, .. } => {
            // Who inherits from it is touched as well, where it gives something else.
            let below = roles.after.with_descendants(role);
            let below = below.into_iter().map(level_of).filter(|_| !changed(roles, role).is_empty()).max();
            (role, level_of(role).max(below.unwrap_or_default()))
        }
        Step::RemoveRole { role, .. } => (role, level_of(role)),
        Step::GiveRole { role, organisation: None, .. } | Step::TakeRole { role, organisation: None, .. } => {
            (role, level_of(role))
        }
        // Of a program it is not known here what it holds beside, and levels inside are others.
        Step::GiveRole { .. }
        | Step::TakeRole { .. }
        | Step::CreateOrganisation { .. }
        | Step::ChangeOrganisation { .. }
        | Step::RemoveOrganisation { .. }
        | Step::CreateTeam { .. }
        | Step::ChangeTeam { .. }
        | Step::RemoveTeam { .. }
        | Step::CreateServiceAccount { .. }
        | Step::ChangeServiceAccount { .. }
        | Step::RemoveServiceAccount { .. }
        | Step::GivePermission { .. }
        | Step::ClearPermission { .. }
        | Step::ReplaceRoutes { .. } => return None,
    };
    let (kind, name) = subject(step);
    let message = format!(
        "the role {role}, or one that inherits from it, has the level {level}, and yours is {own}: nobody acts on roles above their own"
    );
    (level > own).then(|| (format!("{} {name}", kind.words()), message))
}
