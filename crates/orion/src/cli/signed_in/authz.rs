//! `orion permission check|explain|who-can`: whether somebody may do something, why, and who may.

use super::calls::Calls;
use super::holder;
use super::lists::{all, seen};
use super::permission::About;
use super::team::team_of;
use super::which::{self, ORGANISATIONS, Which};
use super::who::{self, Who};
use super::words::{PERMISSIONS, meant};
use crate::cli::{Failure, Output, output};
use orion_contracts::teams::Team;
use orion_contracts::users::{
    AuthzDecision, AuthzDecisionList, AuthzFact, AuthzPath, AuthzPathState, AuthzQuestion, AuthzReason, AuthzStepUp,
    CheckAuthz, ExplainAuthz, Explanation, WhoCan,
};
use orion_contracts::{OrganisationId, TeamId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// An organisation, and a team of it, by their ids.
pub(super) async fn place(
    calls: &mut Calls,
    organisation: Option<&Which>,
    team: Option<&str>,
) -> Result<(Option<OrganisationId>, Option<TeamId>), Failure> {
    let id = which::id_of(calls, organisation).await?;
    let team = match (id, organisation, team) {
        (Some(id), Some(called), Some(named)) => Some(team_of(calls, (id, called), named).await?.id),
        _ => None,
    };
    Ok((id, team))
}

pub(super) async fn check(
    calls: &mut Calls,
    permissions: &[String],
    about: &About,
    output: Output,
) -> Result<(), Failure> {
    let owner_id = who::id_of(calls, about.owner.as_ref()).await?;
    let (organisation_id, team_id) = about.place(calls).await?;
    let question = |permission: &String| AuthzQuestion {
        permission: permission.clone(),
        organisation_id,
        team_id,
        owner_id,
        attributes: about.attributes(),
    };
    let user_id = holder::id_of(calls, about.user.as_ref()).await?;
    let request = CheckAuthz { user_id, questions: permissions.iter().map(question).collect() };
    let answers = calls.post("/api/v1/authz/check", &request).await;
    let answers: AuthzDecisionList = meant(calls, answers, permissions, PERMISSIONS).await?;
    output::rows(output, &answers.items, &["PERMISSION", "MAY", "WHY"], |answer| {
        vec![answer.permission.clone(), yes(answer.allowed).to_owned(), words(answer)]
    })
}

pub(super) async fn explain(calls: &mut Calls, permission: &str, about: &About, output: Output) -> Result<(), Failure> {
    let user_id = holder::id_of(calls, about.user.as_ref()).await?;
    let owner_id = who::id_of(calls, about.owner.as_ref()).await?;
    let (organisation_id, team_id) = about.place(calls).await?;
    let (permission, attributes) = (permission.to_owned(), about.attributes());
    let request =
        ExplainAuthz { user_id, permission: permission.clone(), organisation_id, team_id, owner_id, attributes };
    let explained = calls.post("/api/v1/authz/explain", &request).await;
    let explained: Explanation = meant(calls, explained, &[permission], PERMISSIONS).await?;
    let places = Places::of(calls, &explained).await?;
    output::value(output, &lines(&explained, &places), &explained)
}

pub(super) async fn who_can(
    calls: &mut Calls,
    permission: &str,
    (organisation, team): (Option<&Which>, Option<&str>),
    owner: Option<&Who>,
    output: Output,
) -> Result<(), Failure> {
    let owner = who::id_of(calls, owner).await?.map(|id| format!("&owner_id={id}")).unwrap_or_default();
    let (organisation, team) = place(calls, organisation, team).await?;
    let organisation = organisation.map(|id| format!("&organisation_id={id}")).unwrap_or_default();
    let team = team.map(|id| format!("&team_id={id}")).unwrap_or_default();
    // A page may be short, or empty, though more follow: of whom is looked at some may not.
    let path = format!("/api/v1/authz/who-can?permission={permission}{organisation}{team}{owner}");
    let who = all(calls, &path).await;
    let who: Vec<WhoCan> = meant(calls, who, &[permission.to_owned()], PERMISSIONS).await?;
    output::rows(output, &who, &["USER", "E-MAIL", "WHY"], |who| {
        vec![who.user_id.to_string(), who.email.as_str().to_owned(), words(&who.decision)]
    })
}

fn yes(allowed: bool) -> &'static str {
    if allowed { "yes" } else { "no" }
}

/// Why something is allowed or refused.
fn words(decision: &AuthzDecision) -> String {
    match (decision.reason, &decision.role, &decision.inherited_from) {
        (AuthzReason::Role, Some(role), Some(from)) => format!("by the role {role}, which inherits it from {from}"),
        (AuthzReason::Role, role, _) => format!("by the role {}", role.as_deref().unwrap_or("?")),
        (AuthzReason::Direct, ..) => "given by itself".to_owned(),
        (AuthzReason::Inactive, ..) => "the account is not active".to_owned(),
        (AuthzReason::BeyondCeiling, ..) => "the token is limited to less".to_owned(),
        (AuthzReason::Denied, ..) => "denied by itself, whatever gives it".to_owned(),
        (AuthzReason::Elsewhere, ..) => "held for another organisation alone".to_owned(),
        (AuthzReason::OtherTeam, ..) if decision.team_id.is_none() => {
            "held for a team alone, and none was asked about".to_owned()
        }
        (AuthzReason::OtherTeam, ..) => "held for another team alone".to_owned(),
        (AuthzReason::NotOwn, ..) => "held for one's own things alone".to_owned(),
        (AuthzReason::Unmet, ..) => "held under a condition that does not hold".to_owned(),
        (AuthzReason::BeyondActor, ..) => "whoever acts as the user may not do it themselves".to_owned(),
        (AuthzReason::NotHeld, ..) => "nothing gives it".to_owned(),
    }
}

/// What the places are called that an explanation tells of, as far as whoever calls may see them.
struct Places {
    organisations: BTreeMap<OrganisationId, String>,
    teams: BTreeMap<TeamId, String>,
}

impl Places {
    async fn of(calls: &mut Calls, explained: &Explanation) -> Result<Self, Failure> {
        let ids = explained.paths.iter().filter_map(|path| path.organisation_id);
        let organisations = which::slugs(calls, ids).await?;
        let mut teams = BTreeMap::new();
        let spots = explained.paths.iter().filter_map(|path| Some((path.organisation_id?, path.team_id?)));
        for (organisation, team) in spots.collect::<BTreeSet<_>>() {
            let there: Option<Team> = seen(calls, &format!("{ORGANISATIONS}/{organisation}/teams/{team}")).await?;
            teams.extend(there.map(|there| (team, there.name)));
        }
        Ok(Self { organisations, teams })
    }

    fn words(&self, path: &AuthzPath) -> String {
        let organisation = |id| which::called(&self.organisations, id);
        let team = |id| self.teams.get(&id).cloned().unwrap_or_else(|| id.to_string());
        match (path.organisation_id, path.team_id) {
            (Some(id), Some(of)) => format!(", for the team {} of {} alone", team(of), organisation(id)),
            (None, Some(of)) => format!(", for the team {} alone", team(of)),
            (Some(id), None) => format!(", for the organisation {} alone", organisation(id)),
            (None, None) if path.own_only => ", for their own things alone".to_owned(),
            (None, None) => String::new(),
        }
    }
}

fn lines(explained: &Explanation, places: &Places) -> String {
    let decision = &explained.decision;
    let mut lines =
        vec![format!("{:<14}{}", "May", yes(decision.allowed)), format!("{:<14}{}", "Why", words(decision))];
    lines.extend(teams_to_ask_about(explained).map(|named| format!("{:<14}{named}", "Ask about")));
    if let Some(step_up) = explained.step_up {
        lines.push(format!("{:<14}{}", "Step up", step_up_words(step_up, decision.allowed)));
    }
    for path in &explained.paths {
        lines.push(format!("{:<14}{}", state(path.state), path_words(path, places)));
        lines.extend(path.asked_of.iter().map(|fact| format!("{:<14}  {}", "", fact_words(fact))));
    }
    for (name, roles) in [("Given by", &explained.given_by), ("Assigned by", &explained.assigned_by)] {
        if !roles.is_empty() {
            lines.push(format!("{name:<14}{}", roles.join(", ")));
        }
    }
    if !explained.could_give.is_empty() {
        let people: Vec<_> = explained.could_give.iter().map(|giver| giver.email.as_str()).collect();
        lines.push(format!("{:<14}{}", "Ask", people.join(", ")));
    }
    lines.join("\n")
}

/// For which teams it is held, as they are named to this command, where none was.
fn teams_to_ask_about(explained: &Explanation) -> impl Iterator<Item = String> {
    let decision = &explained.decision;
    let is_unnamed = decision.reason == AuthzReason::OtherTeam && decision.team_id.is_none();
    let held = explained.paths.iter().filter(move |path| is_unnamed && path.state == AuthzPathState::Elsewhere);
    held.filter_map(|path| Some(format!("--organisation {} --team {}", path.organisation_id?, path.team_id?)))
}

fn step_up_words(step_up: AuthzStepUp, is_allowed: bool) -> &'static str {
    match (step_up, is_allowed) {
        (AuthzStepUp::Recent, true) => "to change something by it, prove once more who you are",
        (AuthzStepUp::SecondFactor, true) => "to change something by it, prove a second factor",
        (AuthzStepUp::Recent, false) => "allowed once they have proven anew who they are",
        (AuthzStepUp::SecondFactor, false) => "allowed once they have proven a second factor",
    }
}

fn fact_words(fact: &AuthzFact) -> String {
    match fact.known {
        true => format!("{} was {}", fact.name, json!(fact.value)),
        false => format!("{} is not known", fact.name),
    }
}

fn state(state: AuthzPathState) -> &'static str {
    match state {
        AuthzPathState::Holds => "Holds",
        AuthzPathState::Denies => "Denies",
        AuthzPathState::Expired => "Expired",
        AuthzPathState::Elsewhere => "Elsewhere",
        AuthzPathState::Unmet => "Does not hold",
    }
}

fn path_words(path: &AuthzPath, places: &Places) -> String {
    let by = match path.roles.is_empty() {
        true => "by itself".to_owned(),
        false => path.roles.join(" > "),
    };
    let place = places.words(path);
    let end = path.expires_at.map(|end| format!(", until {}", end.format(output::TIME))).unwrap_or_default();
    let when = path.condition.as_ref().map(|condition| format!(", only while `{condition}`")).unwrap_or_default();
    let why = path.why.as_ref().map(|why| format!(" (no answer: {why})")).unwrap_or_default();
    format!("{by}{place}{end}{when}{why}")
}
