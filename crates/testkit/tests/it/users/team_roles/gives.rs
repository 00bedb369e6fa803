//! What they give, and who gives them.

use super::{inside, of, path, renaming_comes_to, role, team};
use crate::users::api_keys::made;
use crate::users::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_contracts::users::{AuthzPathState, AuthzReason, Explanation, HeldRoleList, User, WhoCan};
use orion_contracts::{Page, TeamId};
use orion_testkit::{TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use uuid::Uuid;

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
