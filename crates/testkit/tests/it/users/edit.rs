//! `PATCH /api/v1/users/{id}`: an administrator changes the profile of a user.

use orion_contracts::audit::AuditEntry;
use orion_contracts::users::User;
use orion_contracts::{Page, UserId};
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::{Value, json};

fn path(user: UserId) -> String {
    format!("/api/v1/users/{user}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_sent_is_changed_and_it_is_audited_with_both_values() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let first: User =
        root.patch(&path(bob.id), json!({ "first_name": "Bob", "timezone": "Europe/Berlin" })).await.expect(200).json();
    let second: User =
        root.patch(&path(bob.id), json!({ "first_name": null, "bio": "Builds" })).await.expect(200).json();
    assert_eq!((first.first_name.as_deref(), first.timezone.as_str()), (Some("Bob"), "Europe/Berlin"));
    assert_eq!((second.first_name, second.bio.as_deref()), (None, Some("Builds")));
    assert_eq!((second.timezone.as_str(), second.version), ("Europe/Berlin", first.version + 1));
    let own: User = bob.get("/api/v1/users/me").await.json();
    assert_eq!((own.bio.as_deref(), own.version), (Some("Builds"), second.version));
    orion.settle().await;
    let of_bob = format!("/api/v1/audit?resource=user&resource_id={}&principal={}", bob.id, root.id);
    let entries: Page<AuditEntry> = root.get(&of_bob).await.json();
    let name = |values: &Option<Value>| values.as_ref().map(|values| values["first_name"].clone());
    let told: Vec<_> = entries.items.iter().map(|entry| (name(&entry.old_values), name(&entry.new_values))).collect();
    assert_eq!(told, [(Some(json!("Bob")), Some(Value::Null)), (Some(Value::Null), Some(json!("Bob")))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_changes_the_profile_of_somebody_above_or_overwrites_a_change_unseen() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("admin").await, orion.user("bob").await);
    let name = json!({ "display_name": "Somebody" });
    assert_problem!(adam.patch(&path(root.id), &name).await, 403, "permission-denied");
    assert_problem!(bob.patch(&path(adam.id), &name).await, 403, "permission-denied");
    let seen = adam.get(&path(bob.id)).await.header("etag").expect("an ETag");
    let change = |name: &str| {
        Answer::of(
            adam.request("PATCH", &path(bob.id)).header("if-match", &seen).json(&json!({ "display_name": name })),
        )
    };
    change("First").await.expect(200);
    assert_problem!(change("Second").await, 412, "precondition-failed");
    assert_eq!(bob.get("/api/v1/users/me").await.json::<User>().display_name.as_deref(), Some("First"));
    let wrong = adam.patch(&path(bob.id), json!({ "timezone": "Europe/Atlantis" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["timezone"]);
    let unknown = adam.patch(&path(bob.id), json!({ "status": "deleted" })).await;
    assert_problem!(unknown, 422, "validation");
}
