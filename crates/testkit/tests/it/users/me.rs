//! `/api/v1/users/me`

use orion_contracts::Page;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::User;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::json;

const ME: &str = "/api/v1/users/me";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_read_and_changed_and_null_clears() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let before = bob.get(ME).await;
    let user: User = before.json();
    assert_eq!((user.timezone.as_str(), user.locale.as_str(), user.roles), ("UTC", "en", vec!["user".to_owned()]));
    assert_eq!(before.header("etag"), Some(format!("\"{}\"", user.version)));

    let change = json!({ "first_name": " Bob ", "bio": "Builds.", "timezone": "Europe/Berlin", "locale": "PT-br" });
    let changed: User = bob.patch(ME, change).await.json();
    assert_eq!((changed.first_name.as_deref(), changed.bio.as_deref()), (Some("Bob"), Some("Builds.")));
    assert_eq!((changed.timezone.as_str(), changed.locale.as_str()), ("Europe/Berlin", "pt-BR"));
    assert_eq!(changed.version, user.version + 1);

    let cleared: User = bob.patch(ME, json!({ "bio": null })).await.json();
    assert_eq!((cleared.bio, cleared.first_name.as_deref()), (None, Some("Bob")), "absent fields stay");
    let same: User = bob.patch(ME, json!({ "first_name": "Bob" })).await.json();
    assert_eq!(same.version, cleared.version, "nothing changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_version_that_is_no_longer_there_is_refused() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let seen = bob.get(ME).await.header("etag").expect("an ETag");
    let change = |bio: &str| {
        let request = bob.request("PATCH", ME).header("if-match", &seen).json(&json!({ "bio": bio }));
        Answer::of(request)
    };
    change("first").await.expect(200);
    assert_problem!(change("second").await, 412, "precondition-failed");
    assert_eq!(bob.get(ME).await.json::<User>().bio.as_deref(), Some("first"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gives_the_same_answer_and_not_a_second_change() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let change = |bio: &str| {
        let request = bob.request("PATCH", ME).header("idempotency-key", "k1").json(&json!({ "bio": bio }));
        Answer::of(request)
    };
    let first: User = change("one").await.json();
    bob.patch(ME, json!({ "bio": "two" })).await.expect(200);
    let again: User = change("one").await.json();
    assert_eq!((again.version, again.bio.as_deref()), (first.version, Some("one")));
    assert_eq!(bob.get(ME).await.json::<User>().bio.as_deref(), Some("two"));
    assert_problem!(change("three").await, 422, "idempotency-key-reused");
    let two = bob.request("PATCH", ME).header("idempotency-key", "k2").header("idempotency-key", "k3");
    assert_problem!(Answer::of(two.json(&json!({ "bio": "two keys" }))).await, 400, "bad-request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_reads_their_profile_but_does_not_change_it() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("guest").unverified().await;
    let user: User = guest.get(ME).await.json();
    assert!(!user.is_verified && user.roles == ["guest"]);
    assert_problem!(guest.patch(ME, json!({ "bio": "x" })).await, 403, "permission-denied");
    assert_problem!(orion.anonymous().get(ME).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_told_by_field() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for (change, field, code) in [
        (json!({ "timezone": "Berlin" }), "timezone", "invalid"),
        (json!({ "locale": "german" }), "locale", "invalid"),
        (json!({ "first_name": "  " }), "first_name", "required"),
        (json!({ "display_name": "a\u{0}b" }), "display_name", "invalid"),
        (json!({ "bio": "a\u{0}b" }), "bio", "invalid"),
        (json!({ "last_name": "x".repeat(101) }), "last_name", "too_long"),
        (json!({ "email": "other@example.com" }), "email", "unknown"),
        (json!({ "status": "active" }), "status", "unknown"),
        (json!({ "bio": 1 }), "bio", "wrong_type"),
    ] {
        let answer = assert_problem!(bob.patch(ME, &change).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field], "{change}");
        assert_eq!(answer.value()["errors"][0]["code"], code, "{change}");
    }
    assert_eq!(bob.get(ME).await.json::<User>().version, 2, "created, verified, and not changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_in_the_audit_log_with_the_values_before_and_after() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    bob.patch(ME, json!({ "bio": "new" })).await.expect(200);
    let root = orion.administrator().await;
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let is_it = |entry: &AuditEntry| entry.action == AuditAction::Update && entry.principal.user_id() == Some(bob.id);
    let entry = page.items.into_iter().find(is_it).expect("the audit entry");
    assert_eq!(
        (entry.principal.session_id(), entry.object.resource_id),
        (Some(bob.session_id), Some(bob.id.to_string()))
    );
    assert_eq!(entry.old_values.expect("old values")["bio"], json!(null));
    assert_eq!(entry.new_values.expect("new values")["bio"], json!("new"));
    assert!(entry.request_id.is_some());
}
