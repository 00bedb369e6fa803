//! What becomes of organisations and their teams.

use super::file::{WantedOrganisation, WantedTeam};
use super::found::Found;
use super::plan::{Action, Draft, Fields, Kind};
use super::read::{At, Wanted};
use super::step::{Known, Step};
use orion_contracts::OrganisationId;
use orion_contracts::organisations::{CreateOrganisation, Organisation, UpdateOrganisation, is_slug};
use orion_contracts::spelling::folded;
use orion_contracts::teams::{CreateTeam, Team, UpdateTeam};
use std::collections::BTreeMap;

/// Compares what is wanted with what is there.
pub(super) fn compare(draft: &mut Draft, wanted: &Wanted, found: &Found, prune: bool) {
    let Some(named) = &wanted.organisations else { return };
    let (mut teams, mut leaving) = (Vec::new(), Vec::new());
    for (slug, organisation) in named {
        let there = found.organisations.get(slug);
        match there {
            Some(there) => change(draft, slug, organisation, there),
            None => create(draft, slug, organisation),
        }
        let known = Known { name: slug.clone(), id: there.map(|there| there.id) };
        if let Some(wanted) = &organisation.value.teams {
            let there = found.teams.get(slug).map_or(&[][..], Vec::as_slice);
            let wanted = wanted.iter().map(|(name, team)| (name.clone(), organisation.team(name, team)));
            compare_teams(draft, &known, wanted.collect(), there, prune, &mut teams, &mut leaving);
        }
    }
    draft.steps.append(&mut teams);
    if prune {
        for (slug, there) in found.organisations.iter().filter(|(slug, _)| !named.contains_key(*slug)) {
            let mut fields = Fields::default();
            fields.compare("name", &Some(&there.name), Some(&None));
            draft.note(Action::Remove, Kind::Organisation, slug, None, fields.0);
            let organisation = Known { name: slug.clone(), id: Some(there.id) };
            draft.removals.push(Step::RemoveOrganisation { organisation, version: there.version });
        }
    }
    draft.removals.append(&mut leaving);
}

fn subject(slug: &str) -> String {
    format!("organisation {slug}")
}

fn create(draft: &mut Draft, slug: &str, organisation: &At<WantedOrganisation>) {
    let (place, wanted) = (&organisation.place, &organisation.value);
    if !is_slug(slug) || slug.parse::<OrganisationId>().is_ok() {
        let message = "an organisation is called by lower-case letters, digits and - inside, 63 at most, and by no id";
        draft.obstacle(Some(place), subject(slug), message);
        return;
    }
    let request = CreateOrganisation {
        name: wanted.name.clone().unwrap_or_else(|| slug.to_owned()),
        slug: Some(slug.to_owned()),
        description: wanted.description.clone().flatten(),
    };
    super::check_bounds(draft, organisation, subject(slug), &request);
    let mut fields = Fields::default();
    fields.compare("name", &None, Some(&Some(&request.name)));
    fields.compare("description", &None, Some(&request.description));
    draft.note(Action::Create, Kind::Organisation, slug, Some(place), fields.0);
    draft.steps.push(Step::CreateOrganisation { slug: slug.to_owned(), request });
}

fn change(draft: &mut Draft, slug: &str, organisation: &At<WantedOrganisation>, there: &Organisation) {
    let (place, wanted) = (&organisation.place, &organisation.value);
    let mut fields = Fields::default();
    let name = wanted.name.as_ref().map(|name| name.trim().to_owned());
    let is_renamed = fields.compare("name", &there.name, name.as_ref());
    let is_described = fields.compare("description", &there.description, wanted.description.as_ref());
    let is_changed = !fields.0.is_empty();
    draft.note(Action::Change, Kind::Organisation, slug, Some(place), fields.0);
    if is_changed {
        let request = UpdateOrganisation {
            name: name.filter(|_| is_renamed),
            slug: None,
            description: wanted.description.clone().filter(|_| is_described),
        };
        super::check_bounds(draft, organisation, subject(slug), &request);
        let organisation = Known { name: slug.to_owned(), id: Some(there.id) };
        draft.steps.push(Step::ChangeOrganisation { organisation, version: there.version, request });
    }
}

/// Teams of one organisation, by their names however they are spelt.
fn compare_teams(
    draft: &mut Draft,
    organisation: &Known<OrganisationId>,
    wanted: BTreeMap<String, At<WantedTeam>>,
    there: &[Team],
    prune: bool,
    steps: &mut Vec<Step>,
    leaving: &mut Vec<Step>,
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let shown = |name: &str| format!("{}/{name}", organisation.name);
    for (name, team) in &wanted {
        let label = shown(name.trim());
        if let Some(first) = seen.insert(key(name), name) {
            draft.obstacle(
                Some(&team.place),
                format!("team {label}"),
                format!("{first} is the same name, in another spelling"),
            );
            continue;
        }
        let found = there.iter().find(|found| key(&found.name) == key(name));
        let mut fields = Fields::default();
        let Some(found) = found else {
            let request = CreateTeam { name: name.clone(), description: team.value.description.clone().flatten() };
            super::check_bounds(draft, team, format!("team {label}"), &request);
            fields.compare("description", &None, Some(&request.description));
            draft.note(Action::Create, Kind::Team, &label, Some(&team.place), fields.0);
            steps.push(Step::CreateTeam { organisation: organisation.clone(), request });
            continue;
        };
        let trimmed = name.trim().to_owned();
        let is_renamed = fields.compare("name", &found.name, Some(&trimmed));
        let is_described = fields.compare("description", &found.description, team.value.description.as_ref());
        let is_changed = !fields.0.is_empty();
        draft.note(Action::Change, Kind::Team, &label, Some(&team.place), fields.0);
        if is_changed {
            let request = UpdateTeam {
                name: Some(trimmed).filter(|_| is_renamed),
                description: team.value.description.clone().filter(|_| is_described),
            };
            super::check_bounds(draft, team, format!("team {label}"), &request);
            let (organisation, team) = (organisation.clone(), known(found));
            steps.push(Step::ChangeTeam { organisation, team, version: found.version, request });
        }
    }
    if prune {
        for found in there.iter().filter(|found| !seen.contains_key(&key(&found.name))) {
            draft.note(Action::Remove, Kind::Team, &shown(&found.name), None, Vec::new());
            let (organisation, team) = (organisation.clone(), known(found));
            leaving.push(Step::RemoveTeam { organisation, team, version: found.version });
        }
    }
}

fn known(team: &Team) -> Known<orion_contracts::TeamId> {
    Known { name: team.name.clone(), id: Some(team.id) }
}

/// What the platform tells the teams of an organisation apart by.
fn key(name: &str) -> String {
    folded(name)
}
