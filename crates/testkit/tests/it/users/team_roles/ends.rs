//! How they end, and which of them count.

use super::{execute, inside, lost, of, path, renaming_comes_to, role, team};
use crate::users::organisations::{ORGANISATIONS, acting_for, organisation_of};
use orion_contracts::teams::{MOST_TEAM_ROLES_OF_ONE, Team};
use orion_contracts::users::{AuthzReason, Explanation, HeldRoleList, RoleDetail};
use orion_contracts::{ServiceName, TeamId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

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
