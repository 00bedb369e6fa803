//! `/api/v1/notifications`: one's own inbox.

use orion_contracts::Page;
use orion_contracts::audit::AuditEntry;
use orion_contracts::notifications::InboxItem;
use orion_testkit::{TestPlatform, TestUser, assert_problem};
use serde_json::json;

const INBOX: &str = "/api/v1/notifications";

async fn welcome(user: &TestUser) -> InboxItem {
    user.get(INBOX).await.json::<Page<InboxItem>>().items.into_iter().next().expect("the welcome in the inbox")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_person_finds_the_welcome_and_marks_it_as_read() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let item = welcome(&bob).await;
    assert_eq!((item.kind.as_str(), item.read_at), ("account.welcome", None));
    assert_eq!(item.subject.as_deref(), Some("Welcome to ORION"));

    let read = format!("{INBOX}/{}/read", item.id);
    bob.post(&read, json!({})).await.expect(204);
    let first = welcome(&bob).await.read_at.expect("read");
    orion.advance(std::time::Duration::from_secs(2)).await;
    bob.post(&read, json!({})).await.expect(204);
    assert_eq!(welcome(&bob).await.read_at, Some(first), "the first time counts");

    let path = "/api/v1/audit?limit=200";
    orion.settle().await;
    let entries = orion.administrator().await.get(path).await.json::<Page<AuditEntry>>().items;
    let is_about = |entry: &AuditEntry| entry.object.resource_id == Some(item.id.to_string());
    let by: Vec<_> = entries.iter().filter(|entry| is_about(entry)).map(|entry| entry.principal.user_id()).collect();
    assert_eq!(by, [Some(bob.id)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_or_marks_what_belongs_to_another() {
    let orion = TestPlatform::start().await;
    let (alice, bob) = (orion.user("alice").await, orion.user("bob").await);
    orion.settle().await;
    let (for_alice, for_bob) = (welcome(&alice).await, welcome(&bob).await);
    assert_ne!(for_alice.id, for_bob.id);
    assert_problem!(bob.post(&format!("{INBOX}/{}/read", for_alice.id), json!({})).await, 404, "not-found");
    assert_eq!(welcome(&alice).await.read_at, None);
    assert_problem!(bob.get(&format!("{INBOX}?user_id={}", alice.id)).await, 422, "validation");
    assert_problem!(orion.anonymous().get(INBOX).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_cursors_limits_and_ids_are_refused() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    assert_problem!(bob.get(&format!("{INBOX}?cursor=x")).await, 400, "invalid-cursor");
    assert_problem!(bob.get(&format!("{INBOX}?limit=0")).await, 422, "validation");
    assert_problem!(bob.get(&format!("{INBOX}?limit=201")).await, 422, "validation");
    assert_problem!(bob.post(&format!("{INBOX}/7/read"), json!({})).await, 400, "bad-request");
}
