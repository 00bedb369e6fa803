//! What becomes of an API key is told to its owner: whoever has its secret acts as them.

use orion_contracts::api_keys::NewApiKey;
use orion_contracts::auth::SecurityEvent;
use orion_contracts::events::{ApiKeyUpdated, Event, EventBatch};
use orion_contracts::internal::TakeEvents;
use orion_contracts::{EventId, Page, ServiceName};
use orion_testkit::{TestPlatform, TestUser};
use serde_json::json;
use serde_json::value::to_raw_value;

const KEYS: &str = "/api/v1/api-keys";

async fn key(owner: &TestUser) -> NewApiKey {
    let order = json!({ "name": "Nightly export", "scopes": ["profile.read"] });
    owner.post(KEYS, order).await.expect(201).json()
}

/// The kinds of what was noticed about somebody, oldest first.
async fn noticed(user: &TestUser) -> Vec<String> {
    let page: Page<SecurityEvent> = user.get("/api/v1/auth/security-events").await.expect(200).json();
    page.items.into_iter().rev().map(|event| event.kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_told_of_a_new_secret_and_of_more_scopes_and_of_nothing_less() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let made = key(&bob).await;
    let path = format!("{KEYS}/{}", made.key.id);
    orion.settle().await;
    let rotated: NewApiKey = bob.post(&format!("{path}/rotate"), json!({})).await.expect(200).json();
    orion.settle().await;
    bob.patch(&path, json!({ "name": "Weekly export" })).await.expect(200);
    bob.patch(&path, json!({ "scopes": ["profile.read", "profile.write"] })).await.expect(200);
    bob.patch(&path, json!({ "scopes": ["profile.write"] })).await.expect(200);
    orion.settle().await;
    assert_eq!(noticed(&bob).await, ["api_key.created", "api_key.rotated", "api_key.widened"]);
    let mails = orion.mailbox.to(&bob.email).await;
    for headline in ["An API key was made", "An API key was given a new secret", "An API key was allowed more"] {
        let found: Vec<_> = mails.iter().filter(|mail| mail.contains(&format!("ORION: {headline}"))).collect();
        assert_eq!(found.len(), 1, "{headline}: {mails:?}");
        assert!(!found[0].contains(rotated.secret.expose()), "{headline}");
    }
    // Another scope instead is more as well.
    bob.patch(&path, json!({ "scopes": ["inbox.read"] })).await.expect(200);
    orion.settle().await;
    assert_eq!(noticed(&bob).await.last().map(String::as_str), Some("api_key.widened"));
    assert_eq!(noticed(&bob).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_told_twice_is_noticed_once_and_one_of_an_older_version_goes_by() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let key = key(&bob).await.key;
    orion.settle().await;
    let users = orion.infra(ServiceName::Users);
    let event = |is_wider: bool| {
        let id: EventId = users.random.id(&users.clock);
        let told = ApiKeyUpdated { key: (&key).into(), is_wider };
        Event::of(id, ServiceName::Users, (key.id.0, 2), users.clock.now(), &told).unwrap()
    };
    let wider = to_raw_value(&event(true)).unwrap();
    let mut older = event(false);
    older.data.as_object_mut().unwrap().remove("is_wider").expect("what older versions do not tell");
    let older = to_raw_value(&older).unwrap();
    for events in [vec![&*wider, &wider], vec![&wider], vec![&older]] {
        let answer = users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &EventBatch { events }).await.unwrap();
        assert!(answer.refused.is_empty(), "{answer:?}");
    }
    orion.settle().await;
    assert_eq!(noticed(&bob).await, ["api_key.created", "api_key.widened"]);
}
