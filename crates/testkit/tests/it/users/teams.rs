//! `/api/v1/organisations/{id}/teams`: teams, and who is in them.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::Page;
use orion_contracts::teams::{Team, TeamMember};
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_are_made_of_members_by_who_may_and_are_seen_by_all_of_them() {
    let orion = TestPlatform::start().await;
    let (ada, bob, eve) = (orion.user("ada").await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let (admin, member) = (acting_for(&ada, id).await, acting_for(&bob, id).await);
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    assert_problem!(member.post(&teams, json!({ "name": "Mill" })).await, 403, "permission-denied");
    let mill: Team = admin.post(&teams, json!({ "name": " Mill ", "description": "Grinds." })).await.expect(201).json();
    assert_eq!((mill.name.as_str(), mill.version), ("Mill", 1));
    let taken = admin.post(&teams, json!({ "name": "MILL" })).await;
    assert_eq!(assert_problem!(taken, 409, "conflict").problem_fields(), ["name"]);
    admin.post(&teams, json!({ "name": "Anvil" })).await.expect(201);
    let first: Page<Team> = member.get(&format!("{teams}?limit=1")).await.expect(200).json();
    let next = format!("{teams}?limit=1&cursor={}", first.next_cursor.unwrap());
    let second: Page<Team> = member.get(&next).await.expect(200).json();
    assert_eq!((first.items[0].name.as_str(), second.items[0].name.as_str()), ("Anvil", "Mill"));

    let path = format!("{teams}/{}", mill.id);
    let place = |user: &orion_testkit::TestUser| format!("{path}/members/{}", user.id);
    admin.put(&place(&bob), json!({})).await.expect(204);
    admin.put(&place(&bob), json!({})).await.expect(204);
    assert_problem!(admin.put(&place(&eve), json!({})).await, 404, "not-found");
    assert_problem!(member.delete(&place(&bob)).await, 403, "permission-denied");
    let inside = async || member.get(&format!("{path}/members")).await.expect(200).json::<Page<TeamMember>>().items;
    assert_eq!(inside().await.iter().map(|one| one.user_id).collect::<Vec<_>>(), [bob.id]);
    // Who leaves the organisation leaves its teams, and is in none when they come back.
    let root = orion.administrator().await;
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id)).await.expect(204);
    root.put(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id), json!({})).await.expect(204);
    let left: Page<TeamMember> = admin.get(&format!("{path}/members")).await.expect(200).json();
    assert!(left.items.is_empty(), "{left:?}");

    let changed: Team = admin.patch(&path, json!({ "description": null })).await.expect(200).json();
    assert_eq!((changed.description, changed.version), (None, 2));
    for method in ["PATCH", "DELETE"] {
        let stale = admin.request(method, &path).header("if-match", "\"1\"").json(&json!({ "name": "Other" }));
        assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    }
    admin.delete(&path).await.expect(204);
    assert_problem!(admin.get(&path).await, 404, "not-found");
    let other = organisation_of(&orion, "Looms", &[]).await;
    assert_problem!(admin.get(&format!("{ORGANISATIONS}/{other}/teams")).await, 404, "not-found");
}
