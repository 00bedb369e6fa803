//! Roles of the scope `team`: what they give of a team, by whom they are given, and how they end.

use super::api_keys::made;
use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_contracts::audit::AuditEntry;
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::teams::{MOST_TEAM_ROLES_OF_ONE, Team};
use orion_contracts::users::{AuthzPathState, AuthzReason, Explanation, HeldRoleList, RoleDetail, User, WhoCan};
use orion_contracts::{OrganisationId, Page, ServiceName, TeamId, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

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

/// Changes what stands in the tables past the service.
async fn execute<const N: usize>(orion: &TestPlatform, sql: &str, values: [Bound; N]) {
    let db = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    db.execute_raw(statement(&db, sql, values)).await.unwrap();
    db.commit().await.unwrap();
}

/// What the log keeps of what stood there before the last change that is described so.
async fn lost(orion: &TestPlatform, id: OrganisationId, description: &str) -> Value {
    orion.settle().await;
    let root = orion.administrator().await;
    let log: Page<AuditEntry> = root.get(&format!("/api/v1/audit?organisation={id}")).await.expect(200).json();
    let entry = log.items.into_iter().find(|entry| entry.description == description);
    entry.and_then(|entry| entry.old_values).unwrap_or_else(|| panic!("{description}"))
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_roles_that_went_with_a_team_or_a_membership() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &cyd]).await;
    let (mill, anvil) = (team(&orion, id, "Mill", &[&bob, &cyd]).await, team(&orion, id, "Anvil", &[&bob]).await);
    role(&orion, "lead", 20, &["teams.write"]).await;
    role(&orion, "hand", 10, &["teams.write"]).await;
    for (user, role, team) in [(&bob, "lead", mill), (&bob, "hand", mill), (&cyd, "hand", mill), (&bob, "lead", anvil)]
    {
        root.put(&path(id, user.id, role), of(team)).await.expect(204);
    }
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    root.put(&path(id, cyd.id, "lead"), json!({ "team_id": mill, "expires_at": soon })).await.expect(204);
    let taken_out = "Took a member out of a team";
    root.delete(&format!("{ORGANISATIONS}/{id}/teams/{mill}/members/{}", bob.id)).await.expect(204);
    let was = json!({ "user_id": bob.id, "member": true, "roles": ["hand", "lead"] });
    assert_eq!(lost(&orion, id, taken_out).await, was);

    // What has ended by then did not go with it.
    orion.advance(Duration::from_secs(121)).await;
    let path_of_team = format!("{ORGANISATIONS}/{id}/teams/{mill}");
    let seen = root.get(&path_of_team).await.expect(200).json::<Team>().version;
    let removing = root.request("DELETE", &path_of_team).header("if-match", format!("\"{seen}\""));
    assert_eq!(Answer::of(removing).await.status, 204);
    let was = lost(&orion, id, "Removed a team").await;
    assert_eq!((&was["name"], &was["id"]), (&json!("Mill"), &json!(mill)));
    assert_eq!(was["roles"], json!([{ "user_id": cyd.id, "role": "hand", "expires_at": null }]));

    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id)).await.expect(204);
    let was = lost(&orion, id, "Removed the user from the organisation").await;
    assert_eq!(was["roles"], json!(["organisation_member"]));
    let of_teams = json!([{ "role": "lead", "team_id": anvil, "team_name": "Anvil", "expires_at": null }]);
    assert_eq!(was["team_roles"], of_teams);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lead_gives_protects_nobody_from_who_stands_above_the_lead() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let (low, high) = (orion.user("low").await, orion.user("high").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &cyd, &low, &high]).await;
    let mill = team(&orion, id, "Mill", &[&bob, &cyd]).await;
    role(&orion, "lead", 20, &["members.write", "teams.write"]).await;
    role(&orion, "hand", 20, &["teams.write"]).await;
    role(&orion, "chief", 21, &["teams.write"]).await;
    for (name, level) in [("warden", 19), ("keeper", 21)] {
        let role = json!({ "name": name, "display_name": name, "scope": "org", "level": level,
            "permissions": ["members.write", "organisations.read"] });
        root.post("/api/v1/roles", role).await.expect(201);
    }
    root.put(&path(id, bob.id, "lead"), of(mill)).await.expect(204);
    give_inside(&orion, id, &low, "warden").await;
    give_inside(&orion, id, &high, "keeper").await;
    let (lead, low, high) = (acting_for(&bob, id).await, acting_for(&low, id).await, acting_for(&high, id).await);
    renaming_comes_to(&lead, id, mill, 200).await;
    // Nobody is lifted above the lead, neither an other one nor the lead themselves, and for no longer than the lead stands there.
    for user in [bob.id, cyd.id] {
        assert_problem!(lead.put(&path(id, user, "chief"), of(mill)).await, 403, "permission-denied");
    }
    lead.put(&path(id, cyd.id, "hand"), of(mill)).await.expect(204);
    // It protects from whom the lead is protected from, and from nobody else.
    for user in [bob.id, cyd.id] {
        assert_problem!(low.delete(&format!("{ORGANISATIONS}/{id}/members/{user}")).await, 403, "permission-denied");
        high.delete(&format!("{ORGANISATIONS}/{id}/members/{user}")).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_roles_of_teams_as_can_be_are_held_by_one_and_those_that_ended_do_not_count() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let mut teams = Vec::new();
    for number in 0..=10 {
        teams.push(team(&orion, id, &format!("Team {number}"), &[&bob]).await);
    }
    assert_eq!(MOST_TEAM_ROLES_OF_ONE, 100, "as many as are made here");
    for number in 0..10 {
        let name = format!("hand{number}");
        role(&orion, &name, 10, &["teams.write"]).await;
        for team in &teams[..10] {
            let held = "INSERT INTO user_narrow_roles (id, user_id, role_id, team_id, assigned_at) SELECT $1, $2, roles.id, \
                        team_id, added_at FROM roles, team_members WHERE roles.name = $3 AND team_id = $4";
            let (id, name) = (Uuid::now_v7(), name.clone());
            execute(&orion, held, [id.into(), bob.id.0.into(), name.into(), team.0.into()]).await;
        }
    }
    let give = async |role: &str, team: TeamId| root.put(&path(id, bob.id, role), of(team)).await;
    let one_more = give("hand0", teams[10]).await;
    let refused = assert_problem!(one_more, 409, "conflict");
    assert!(refused.value()["detail"].as_str().unwrap().contains("so many roles for teams"), "{refused:?}");
    // One has ended.
    let ended = "UPDATE user_narrow_roles SET expires_at = assigned_at WHERE team_id = $1 AND role_id IN (SELECT id FROM \
                 roles WHERE name = 'hand0')";
    execute(&orion, ended, [teams[0].0.into()]).await;
    give("hand0", teams[10]).await.expect(204);
    // Given anew it counts again.
    assert_problem!(give("hand0", teams[0]).await, 409, "conflict");
    // And those of a team that they are not in any more, as of a version that leaves them behind.
    execute(&orion, "DELETE FROM team_members WHERE team_id = $1", [teams[1].0.into()]).await;
    give("hand0", teams[0]).await.expect(204);
    assert_eq!(inside(root, id, bob.id).await.len(), 1 + 91);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_counts_from_when_its_holder_is_in_the_team_and_nobody_else_is_counted_as_a_holder() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &cyd]).await;
    let mill = team(&orion, id, "Mill", &[&bob, &cyd]).await;
    role(&orion, "lead", 20, &["teams.write"]).await;
    for user in [&bob, &cyd] {
        root.put(&path(id, user.id, "lead"), of(mill)).await.expect(204);
    }
    let holders = async || root.get("/api/v1/roles/lead").await.expect(200).json::<RoleDetail>().holders;
    let lead = acting_for(&bob, id).await;
    renaming_comes_to(&lead, id, mill, 200).await;
    assert_eq!(holders().await, 2);
    // As of somebody whom a version that knows no such roles took out and put in again.
    let later = chrono::Utc::now() + chrono::Duration::days(1);
    execute(&orion, "UPDATE team_members SET added_at = $1 WHERE user_id = $2", [later.into(), bob.id.0.into()]).await;
    let path_of_team = format!("{ORGANISATIONS}/{id}/teams/{mill}");
    assert_problem!(lead.patch(&path_of_team, json!({ "description": "Old." })).await, 403, "permission-denied");
    assert_eq!(inside(root, id, bob.id).await, [("organisation_member".to_owned(), None)]);
    assert_eq!(holders().await, 1);
    // Given anew it holds, and it is one row.
    root.put(&path(id, bob.id, "lead"), of(mill)).await.expect(204);
    renaming_comes_to(&lead, id, mill, 200).await;
    assert_eq!(holders().await, 2);
    // What has ended has no holder, and is in the way of nothing.
    execute(&orion, "UPDATE user_narrow_roles SET expires_at = assigned_at WHERE user_id = $1", [cyd.id.0.into()])
        .await;
    assert_eq!(holders().await, 1);
    execute(&orion, "DELETE FROM team_members WHERE user_id = $1", [bob.id.0.into()]).await;
    assert_eq!(holders().await, 0);
    root.delete("/api/v1/roles/lead").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_named_by_no_token_and_no_key_goes_beyond_it() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let mill = team(&orion, id, "Mill", &[&bob]).await;
    role(&orion, "lead", 20, &["teams.write", "members.write"]).await;
    root.put(&path(id, bob.id, "lead"), of(mill)).await.expect(204);
    renaming_comes_to(&acting_for(&bob, id).await, id, mill, 200).await;
    // A token that was made after it holds.
    let acting = acting_for(&bob, id).await;
    let token = acting.token.clone().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["org"], json!(id));
    assert!(!claims.to_string().contains("lead") && claims.to_string().contains("\"user\""), "{claims}");
    let own: User = root.get(&format!("/api/v1/users/{}", bob.id)).await.expect(200).json();
    assert_eq!(own.roles, ["user"]);
    // A key is limited to what is held for all of what it is for.
    for place in [json!(null), json!(id)] {
        let asked = json!({ "name": "Nightly", "scopes": ["teams.write"], "organisation_id": place });
        assert_problem!(bob.post("/api/v1/api-keys", asked).await, 403, "permission-denied");
    }
    // One that may more, and whose owner is left with the team, does what they may: in it alone.
    give_inside(&orion, id, &bob, "organisation_admin").await;
    let scopes = json!({ "name": "Nightly", "scopes": ["teams.write"], "organisation_id": id });
    let (_, program) = made(&bob, scopes).await;
    renaming_comes_to(&program, id, mill, 200).await;
    root.delete(&path(id, bob.id, "organisation_admin")).await.expect(204);
    // Of the organisation the key sees nothing, and so it hears of none.
    let forge = format!("{ORGANISATIONS}/{id}/teams");
    eventually("what is left", || async {
        let made = program.post(&forge, json!({ "name": Uuid::now_v7().to_string() })).await;
        (made.status == 404).then_some(())
    })
    .await;
    renaming_comes_to(&program, id, mill, 200).await;
}
