//! Roles of the scope `team`: what they give of a team, by whom they are given, and how they end.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::teams::Team;
use orion_contracts::users::{AuthzPathState, AuthzReason, Explanation, HeldRoleList, WhoCan};
use orion_contracts::{OrganisationId, Page, ServiceName, TeamId, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

/// Makes a role of the scope `team`.
async fn role(orion: &TestPlatform, name: &str, level: i64, permissions: &[&str]) {
    let role =
        json!({ "name": name, "display_name": name, "scope": "team", "level": level, "permissions": permissions });
    orion.administrator().await.post("/api/v1/roles", role).await.expect(201);
}

/// A team of an organisation with members.
async fn team(orion: &TestPlatform, id: OrganisationId, name: &str, members: &[&TestUser]) -> TeamId {
    let root = orion.administrator().await;
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    let team: Team = root.post(&teams, json!({ "name": name })).await.expect(201).json();
    for member in members {
        root.put(&format!("{teams}/{}/members/{}", team.id, member.id), json!({})).await.expect(204);
    }
    team.id
}

fn path(id: OrganisationId, user: UserId, role: &str) -> String {
    format!("{ORGANISATIONS}/{id}/members/{user}/roles/{role}")
}

fn of(team: TeamId) -> Value {
    json!({ "team_id": team })
}

/// What each of somebody's roles inside is held for.
async fn inside(who: &Client, id: OrganisationId, user: UserId) -> Vec<(String, Option<String>)> {
    let member: OrganisationMember = who.get(&format!("{ORGANISATIONS}/{id}/members/{user}")).await.expect(200).json();
    member.roles.into_iter().map(|held| (held.role, held.team_name)).collect()
}

/// Renames a team until that is answered so.
async fn renaming_comes_to(who: &Client, id: OrganisationId, team: TeamId, status: u16) {
    let path = format!("{ORGANISATIONS}/{id}/teams/{team}");
    eventually("what holds now", || async {
        let renamed = who.patch(&path, json!({ "description": "Anew." })).await;
        (renamed.status == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leads_a_team_manages_it_and_no_other() {
    let orion = TestPlatform::start().await;
    let (ada, bob, cyd, eve) =
        (orion.user("ada").await, orion.user("bob").await, orion.user("cyd").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob, &cyd, &eve]).await;
    let other = organisation_of(&orion, "Looms", &[&bob]).await;
    let (mill, anvil) = (team(&orion, id, "Mill", &[&bob, &cyd]).await, team(&orion, id, "Anvil", &[&bob]).await);
    let elsewhere = team(&orion, other, "Mill", &[&bob]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    role(&orion, "lead", 20, &["members.write", "teams.write"]).await;
    role(&orion, "auditor", 10, &["audit.read", "users.read"]).await;
    let admin = acting_for(&ada, id).await;
    // For a team, which is named, of the organisation, and the member is in it; no other role takes one.
    for (role, body, status) in [
        ("lead", json!({}), 422),
        ("lead", of(elsewhere), 422),
        ("organisation_admin", of(mill), 422),
        ("user", of(mill), 404),
    ] {
        let refused = admin.put(&path(id, bob.id, role), body).await;
        match status {
            422 => assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["team_id"], "{role}"),
            _ => drop(assert_problem!(refused, 404, "not-found")),
        }
    }
    let refused = admin.put(&path(id, eve.id, "lead"), of(mill)).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["team_id"]);
    // Nobody gives what they do not hold for the organisation or the team.
    assert_problem!(admin.put(&path(id, bob.id, "auditor"), of(mill)).await, 403, "permission-denied");
    admin.put(&path(id, bob.id, "lead"), of(mill)).await.expect(204);
    let told = |roles: &[(&str, Option<&str>)]| -> Vec<(String, Option<String>)> {
        roles.iter().map(|(role, team)| ((*role).to_owned(), team.map(str::to_owned))).collect()
    };
    let member = ("organisation_member", None);
    assert_eq!(inside(&admin, id, bob.id).await, told(&[member, ("lead", Some("Mill"))]));
    let root = orion.administrator().await;
    let held: HeldRoleList = root.get(&format!("/api/v1/users/{}/roles", bob.id)).await.expect(200).json();
    let lead = held.items.iter().find(|held| held.role == "lead").expect("listed");
    assert_eq!((lead.organisation_id, lead.team_id, lead.team_name.as_deref()), (Some(id), Some(mill), Some("Mill")));

    let lead = acting_for(&bob, id).await;
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    renaming_comes_to(&lead, id, mill, 200).await;
    let place = |team: TeamId, user: &TestUser| format!("{teams}/{team}/members/{}", user.id);
    lead.put(&place(mill, &eve), json!({})).await.expect(204);
    lead.put(&path(id, eve.id, "lead"), of(mill)).await.expect(204);
    lead.delete(&format!("{}?team_id={mill}", path(id, eve.id, "lead"))).await.expect(204);
    lead.delete(&place(mill, &eve)).await.expect(204);
    let stranger = orion.user("sue").await;
    for refused in [
        lead.patch(&format!("{teams}/{anvil}"), json!({ "description": "Anew." })).await,
        lead.put(&place(anvil, &eve), json!({})).await,
        lead.post(&teams, json!({ "name": "Forge" })).await,
        lead.put(&path(id, bob.id, "lead"), of(anvil)).await,
        lead.put(&path(id, cyd.id, "auditor"), of(mill)).await,
        lead.put(&path(id, bob.id, "organisation_admin"), json!({})).await,
        lead.delete(&format!("{ORGANISATIONS}/{id}/members/{}", cyd.id)).await,
        // Ada stands above them in the organisation.
        {
            admin.put(&place(mill, &ada), json!({})).await.expect(204);
            lead.put(&path(id, ada.id, "lead"), of(mill)).await
        },
        // Nobody but who runs the platform makes members without asking.
        lead.put(&format!("{ORGANISATIONS}/{id}/members/{}", stranger.id), json!({})).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    // For an organisation for which they do not act they may nothing.
    for who in [&acting_for(&bob, other).await, &*bob] {
        assert_problem!(
            who.patch(&format!("{teams}/{mill}"), json!({ "name": "Mine" })).await,
            403,
            "permission-denied"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_for_a_team_ends_with_being_in_it() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &cyd]).await;
    let mill = team(&orion, id, "Mill", &[&bob, &cyd]).await;
    role(&orion, "lead", 20, &["teams.write"]).await;
    role(&orion, "hand", 10, &["teams.write"]).await;
    let place = |user: &TestUser| format!("{ORGANISATIONS}/{id}/teams/{mill}/members/{}", user.id);
    let give = async |user: &TestUser, role: &str| root.put(&path(id, user.id, role), of(mill)).await.expect(204);
    give(&bob, "lead").await;
    give(&cyd, "hand").await;
    let (lead, hand) = (acting_for(&bob, id).await, acting_for(&cyd, id).await);
    renaming_comes_to(&lead, id, mill, 200).await;
    renaming_comes_to(&hand, id, mill, 200).await;
    // Nobody takes away, with the team or its membership, what stands above what they hold for it.
    assert_problem!(hand.delete(&place(&bob)).await, 403, "permission-denied");
    let path_of_team = format!("{ORGANISATIONS}/{id}/teams/{mill}");
    let version = |team: Answer| format!("\"{}\"", team.expect(200).json::<Team>().version);
    let seen = version(root.get(&path_of_team).await);
    let removing = hand.request("DELETE", &path_of_team).header("if-match", seen);
    assert_problem!(Answer::of(removing).await, 403, "permission-denied");

    // Who is taken out of it holds nothing for it any more, and nothing again when they come back.
    lead.delete(&place(&cyd)).await.expect(204);
    renaming_comes_to(&hand, id, mill, 403).await;
    root.put(&place(&cyd), json!({})).await.expect(204);
    assert_eq!(inside(root, id, cyd.id).await, [("organisation_member".to_owned(), None)]);
    assert_problem!(hand.patch(&path_of_team, json!({ "description": "Mine." })).await, 403, "permission-denied");
    // What stands there without being in the team, as of a version that knows no such roles, counts for nothing.
    give(&cyd, "hand").await;
    renaming_comes_to(&hand, id, mill, 200).await;
    let old = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    let out = statement(&old, "DELETE FROM team_members WHERE user_id = $1", [cyd.id.0.into()]);
    old.execute_raw(out).await.unwrap();
    old.commit().await.unwrap();
    // Also before any process has heard of it.
    assert_problem!(hand.patch(&path_of_team, json!({ "description": "Unheard." })).await, 403, "permission-denied");
    assert_eq!(inside(root, id, cyd.id).await, [("organisation_member".to_owned(), None)]);
    let asked = json!({ "user_id": cyd.id, "permission": "teams.write", "organisation_id": id, "team_id": mill });
    let told: Explanation = root.post("/api/v1/authz/explain", asked).await.expect(200).json();
    assert_eq!((told.decision.reason, told.paths.len()), (AuthzReason::NotHeld, 0));

    // Who leaves the organisation, and comes back into both.
    bob.delete(&format!("/api/v1/users/me/organisations/{id}")).await.expect(204);
    root.put(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id), json!({})).await.expect(204);
    root.put(&place(&bob), json!({})).await.expect(204);
    assert_eq!(inside(root, id, bob.id).await, [("organisation_member".to_owned(), None)]);
    // With the team it is gone for all. Tokens from before they had left are refused, to the second.
    give(&bob, "lead").await;
    orion.settle().await;
    orion.advance(Duration::from_secs(2)).await;
    let lead = acting_for(&bob, id).await;
    renaming_comes_to(&lead, id, mill, 200).await;
    let seen = version(root.get(&path_of_team).await);
    let removing = root.request("DELETE", &path_of_team).header("if-match", seen);
    assert_eq!(Answer::of(removing).await.status, 204);
    let held: HeldRoleList = root.get(&format!("/api/v1/users/{}/roles", bob.id)).await.expect(200).json();
    assert!(held.items.iter().all(|held| held.role != "lead"), "{held:?}");
    root.delete("/api/v1/roles/lead").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_about_a_team_is_explained_and_its_holders_are_found() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &cyd]).await;
    let (mill, anvil) = (team(&orion, id, "Mill", &[&bob]).await, team(&orion, id, "Anvil", &[&cyd]).await);
    role(&orion, "lead", 20, &["teams.write"]).await;
    root.put(&path(id, bob.id, "lead"), of(mill)).await.expect(204);
    let explain = async |team: Option<TeamId>| {
        let asked = json!({ "user_id": bob.id, "permission": "teams.write", "organisation_id": id, "team_id": team });
        root.post("/api/v1/authz/explain", asked).await.expect(200).json::<Explanation>()
    };
    let told = explain(Some(mill)).await;
    assert_eq!((told.decision.allowed, told.decision.role.as_deref()), (true, Some("lead")));
    assert_eq!((told.decision.team_id, told.paths[0].team_id), (Some(mill), Some(mill)));
    for team in [None, Some(anvil)] {
        let told = explain(team).await;
        assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::OtherTeam));
        assert_eq!((told.paths[0].state, told.paths[0].team_id), (AuthzPathState::Elsewhere, Some(mill)));
    }
    let lost = json!({ "questions": [{ "permission": "teams.write", "team_id": mill }] });
    let refused = root.post("/api/v1/authz/check", lost).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["organisation_id"]);
    let who = async |team: TeamId| {
        let query = format!("permission=teams.write&organisation_id={id}&team_id={team}&limit=200");
        let who: Page<WhoCan> = root.get(&format!("/api/v1/authz/who-can?{query}")).await.expect(200).json();
        who.items.into_iter().find(|who| who.user_id == bob.id).and_then(|who| who.decision.role)
    };
    assert_eq!((who(mill).await.as_deref(), who(anvil).await), (Some("lead"), None));
    // A condition may ask for the team: here everywhere but in one.
    let order = json!({ "effect": "denial", "condition": format!("object.team_id == '{mill}'") });
    root.put(&format!("/api/v1/users/{}/permissions/teams.write", bob.id), order).await.expect(204);
    assert_eq!(explain(Some(mill)).await.decision.reason, AuthzReason::Denied);
    assert_eq!(explain(Some(anvil)).await.decision.reason, AuthzReason::OtherTeam);
}
