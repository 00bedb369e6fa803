//! What is told and written down of keys.

use super::{KEYS, key, path};
use chrono::SubsecRound;
use orion_contracts::api_keys::{ApiKey, ApiKeyUse, ApiKeyUses};
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::internal::NoteApiKeyUses;
use orion_contracts::{Page, Principal, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Backend, TestPlatform, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_key_changes_the_log_says_of_the_key() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let (made, program) = key(&bob, &["profile.read", "profile.write"]).await;
    program.patch("/api/v1/users/me", json!({ "display_name": "Bob" })).await.expect(200);
    orion.settle().await;
    let page: Page<AuditEntry> = orion.administrator().await.get("/api/v1/audit?limit=200").await.json();
    let by_key = Principal::ApiKey { id: made.id.0, user_id: bob.id };
    let entries: Vec<_> = page.items.iter().filter(|entry| entry.principal == by_key).collect();
    assert_eq!(entries.len(), 1, "{:?}", page.items.first());
    assert_eq!(entries[0].action, AuditAction::Update);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_are_written_down_after_a_while_and_never_with_a_request() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let (made, program) = key(&bob, &["profile.read"]).await;
    for _ in 0..3 {
        program.get("/api/v1/users/me").await.expect(200);
    }
    let before: ApiKey = bob.get(&path(&made)).await.json();
    assert_eq!((before.usage_count, before.last_used_at), (0, None));
    orion.advance(Duration::from_secs(61)).await;
    let after = eventually("the uses", || async {
        let key: ApiKey = bob.get(&path(&made)).await.json();
        (key.usage_count > 0).then_some(key)
    })
    .await;
    assert_eq!((after.usage_count, after.version), (3, 1));
    assert!(after.last_used_at.is_some_and(|at| at >= made.created_at));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_of_the_same_keys_that_several_processes_tell_at_once_are_all_counted_without_a_deadlock() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let mut keys = Vec::new();
    // More than are counted in one transaction.
    for _ in 0..60 {
        keys.push(key(&bob, &["profile.read"]).await.0);
    }
    let infra = orion.infra(ServiceName::Gateway);
    let latest = infra.clock.now().trunc_subsecs(0);
    let told = (0..8).map(|teller: usize| {
        let last = latest - chrono::Duration::seconds(i64::try_from(teller).unwrap());
        let mut items: Vec<_> = keys.iter().map(|key| ApiKeyUse { id: key.id, count: 2, last }).collect();
        // Each in an order of its own: what an older process tells is in none.
        items.rotate_left(7 * teller);
        if teller.is_multiple_of(2) {
            items.reverse();
        }
        async move { infra.peers.call(&NoteApiKeyUses {}, &ApiKeyUses { items }).await }
    });
    let revoked = path(&keys[0]);
    let (told, revoked) = tokio::join!(futures_util::future::join_all(told), bob.delete(&revoked));
    revoked.expect(204);
    told.into_iter().for_each(|outcome| _ = outcome.unwrap());
    let listed: Page<ApiKey> = bob.get(&format!("{KEYS}?limit=100")).await.expect(200).json();
    assert_eq!(listed.items.len(), keys.len());
    for key in listed.items {
        assert_eq!((key.usage_count, key.last_used_at), (16, Some(latest)));
    }
    if Backend::current() == Backend::Embedded {
        return;
    }
    // PostgreSQL tells of them once a second.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let db = orion.infra(ServiceName::Users).db.read();
    let select = statement(db, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", []);
    let deadlocks: i64 = db.query_one_raw(select).await.unwrap().unwrap().try_get("", "deadlocks").unwrap();
    assert_eq!(deadlocks, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_told_by_mail_that_a_key_was_made() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let (_, program) = key(&bob, &["profile.read"]).await;
    let mail = eventually("the mail", || async {
        let mails = orion.mailbox.to(&bob.email).await;
        mails.into_iter().find(|mail| mail.contains("An API key was made"))
    })
    .await;
    assert!(!mail.contains(&program.token.clone().unwrap()));
}
