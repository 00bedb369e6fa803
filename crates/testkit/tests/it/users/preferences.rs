//! `/api/v1/users/me/preferences` and `/api/v1/users/{id}/preferences`

use orion_contracts::preferences::UserPreferences;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::json;

const OWN: &str = "/api/v1/users/me/preferences";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preferences_begin_empty_and_only_what_was_sent_is_changed() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let answer = bob.get(OWN).await.expect(200);
    assert_eq!(answer.header("etag").as_deref(), Some("\"0\""));
    let blank: UserPreferences = answer.json();
    assert!(blank.user_id == bob.id && blank.display.is_empty() && blank.updated_at.is_none());

    let change =
        json!({ "display": { "theme": "dark", "table": { "rows": 50, "dense": true } }, "privacy": { "show": 1 } });
    let first: UserPreferences = bob.patch(OWN, change).await.expect(200).json();
    assert_eq!((first.version, first.updated_at.is_some()), (1, true));
    let change =
        json!({ "display": { "table": { "dense": null } }, "privacy": null, "custom": { "a\u{0}": "b\u{0}" } });
    let second: UserPreferences = bob.patch(OWN, change).await.expect(200).json();
    assert_eq!(json!(second.display), json!({ "theme": "dark", "table": { "rows": 50 } }));
    assert!(second.privacy.is_empty() && second.custom["a\u{0}"] == "b\u{0}" && second.version == 2);
    let same: UserPreferences = bob.patch(OWN, json!({ "display": { "theme": "dark" } })).await.expect(200).json();
    assert_eq!(same, second, "nothing changed");
    assert_eq!(bob.get(OWN).await.json::<UserPreferences>(), second);
    let eve = orion.user("eve").await;
    assert_eq!(eve.get(OWN).await.json::<UserPreferences>().version, 0, "they are one's own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_changes_at_once_neither_is_lost_and_an_old_version_is_refused() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let (one, two) = (json!({ "custom": { "one": 1 } }), json!({ "custom": { "two": 2 } }));
    let (first, second) = tokio::join!(bob.patch(OWN, &one), bob.patch(OWN, &two));
    first.expect(200);
    second.expect(200);
    let now: UserPreferences = bob.get(OWN).await.json();
    assert_eq!((now.version, json!(now.custom)), (2, json!({ "one": 1, "two": 2 })));
    let seen = |tag: &str| {
        let request = bob.request("PATCH", OWN).header("if-match", tag).json(&json!({ "custom": null }));
        Answer::of(request)
    };
    assert_problem!(seen("\"1\"").await, 412, "precondition-failed");
    seen("\"2\"").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_by_section() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for (change, field) in [
        (json!({ "display": { "theme": "pink" } }), "display"),
        (json!({ "display": { "theme": { "of": "dark" } } }), "display"),
        (json!({ "custom": { "note": "x".repeat(9000) } }), "custom"),
        (json!({ "privacy": [] }), "privacy"),
        (json!({ "security": "none" }), "security"),
        (json!({ "user_id": bob.id }), "user_id"),
        (json!({ "version": 9 }), "version"),
    ] {
        let refused = bob.patch(OWN, &change).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [field], "{change}");
    }
    assert_eq!(bob.get(OWN).await.json::<UserPreferences>().version, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_change_those_of_people_who_are_not_above_them() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let adam = orion.user("adam").with_role("admin").await;
    let of = |id| format!("/api/v1/users/{id}/preferences");
    let dark = json!({ "display": { "theme": "dark" } });
    let changed: UserPreferences = adam.patch(&of(bob.id), &dark).await.expect(200).json();
    assert_eq!((changed.user_id, &changed), (bob.id, &bob.get(OWN).await.json::<UserPreferences>()));
    assert_eq!(adam.get(&of(bob.id)).await.json::<UserPreferences>(), changed);
    assert_problem!(adam.patch(&of(root.id), &dark).await, 403, "permission-denied");
    assert_problem!(bob.patch(&of(adam.id), &dark).await, 403, "permission-denied");
    assert_problem!(bob.get(&of(adam.id)).await, 403, "permission-denied");
    let nobody = of(super::new_id(&orion));
    assert_problem!(root.get(&nobody).await, 404, "not-found");
    assert_problem!(root.patch(&nobody, &dark).await, 404, "not-found");
    let guest = orion.user("guest").unverified().await;
    guest.get(OWN).await.expect(200);
    assert_problem!(guest.patch(OWN, &dark).await, 403, "permission-denied");
    assert_problem!(orion.anonymous().get(OWN).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_go_with_the_user_who_is_erased() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").unverified().await);
    let path = format!("/api/v1/users/{}", bob.id);
    root.patch(&format!("{path}/preferences"), json!({ "custom": { "a": 1 } })).await.expect(200);
    let gone = json!({ "status": "deleted", "reason": "Asked for it." });
    root.put(&format!("{path}/status"), gone).await.expect(200);
    assert_problem!(root.get(&format!("{path}/preferences")).await, 404, "not-found");
}
