//! How keys are revoked, rotated and run out, and by whom.

use super::{KEYS, comes_to, key, made, path};
use orion_contracts::api_keys::{ApiKey, NewApiKey};
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::{Author, Page, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, TestPlatform, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_ended_is_told_apart_from_one_that_is_none() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let me = "/api/v1/users/me";
    let users = orion.service_url(ServiceName::Users);
    let (revoked, program) = key(&bob, &["profile.read"]).await;
    program.get(me).await.expect(200);
    program.at(users.clone()).get(me).await.expect(200);
    bob.delete(&path(&revoked)).await.expect(204);
    bob.delete(&path(&revoked)).await.expect(204);
    comes_to(&program, me, 401).await;
    assert_problem!(program.get(me).await, 401, "api-key-revoked");
    assert_problem!(program.at(users.clone()).get(me).await, 401, "api-key-revoked");
    assert_problem!(bob.patch(&path(&revoked), json!({ "name": "Again" })).await, 409, "conflict");
    let secret = program.token.clone().unwrap();
    let last = if secret.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &secret[..secret.len() - 1]);
    let unknown = orion_contracts::api_keys::make(|| 7);
    for none in [mistyped.as_str(), unknown.expose(), "orion_", "orion_x"] {
        for at in [orion.gateway_url(), users.clone()] {
            let refused = assert_problem!(bob.with_token(none).at(at).get(me).await, 401, "invalid-api-key");
            assert_eq!(refused.header("www-authenticate").as_deref(), Some("Bearer error=\"invalid_token\""));
        }
    }
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    let (_, program) = made(&bob, json!({ "name": "Short", "scopes": ["profile.read"], "expires_at": soon })).await;
    program.get(me).await.expect(200);
    orion.advance(Duration::from_secs(121)).await;
    comes_to(&program, me, 401).await;
    assert_problem!(program.get(me).await, 401, "api-key-expired");
    assert_problem!(program.at(users).get(me).await, 401, "api-key-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_their_owners_and_administrators_see_and_revoke_them() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let adam = orion.user("adam").with_role("admin").await;
    let (made, program) = key(&bob, &["profile.read"]).await;
    let (of_root, _) = key(root, &["profile.read"]).await;
    comes_to(&adam, "/api/v1/users", 200).await;
    let eve = orion.user("eve").await;
    assert_problem!(eve.get(&path(&made)).await, 404, "not-found");
    assert_problem!(eve.delete(&path(&made)).await, 404, "not-found");
    assert_problem!(eve.get(&format!("{KEYS}?user_id={}", bob.id)).await, 403, "permission-denied");
    assert_problem!(eve.get(&format!("{KEYS}?everybody=true")).await, 403, "permission-denied");
    let of_eve: Page<ApiKey> = eve.get(KEYS).await.json();
    assert!(of_eve.items.is_empty());
    // Administrators see them, and change none.
    let of_bob: Page<ApiKey> = adam.get(&format!("{KEYS}?user_id={}", bob.id)).await.json();
    assert_eq!(of_bob.items, std::slice::from_ref(&made));
    let first: Page<ApiKey> = adam.get(&format!("{KEYS}?everybody=true&limit=1")).await.json();
    let cursor = first.next_cursor.unwrap();
    let second: Page<ApiKey> = adam.get(&format!("{KEYS}?everybody=true&limit=1&cursor={cursor}")).await.json();
    assert_eq!([first.items[0].id, second.items[0].id], [of_root.id, made.id], "the newest first");
    assert_problem!(adam.get(&format!("{KEYS}?cursor=x")).await, 400, "invalid-cursor");
    assert_problem!(adam.patch(&path(&made), json!({ "name": "Mine" })).await, 404, "not-found");
    // Nobody acts on somebody above them.
    assert_problem!(adam.delete(&path(&of_root)).await, 403, "permission-denied");
    let stale = adam.request("DELETE", &path(&made)).header("if-match", "\"7\"");
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    adam.delete(&path(&made)).await.expect(204);
    comes_to(&program, "/api/v1/users/me", 401).await;
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let of_key = |entry: &&AuditEntry| entry.object.resource_id == Some(made.id.to_string());
    let told: Vec<_> = page.items.iter().filter(of_key).map(|entry| entry.action.clone()).collect();
    assert_eq!(told, [AuditAction::Delete, AuditAction::Create]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revokes_itself_and_others_of_its_owner_only_where_it_may_change_keys() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let ((first, reads), (second, writes), (third, _)) = (
        key(&bob, &["profile.read"]).await,
        key(&bob, &["profile.read", "api-keys.write"]).await,
        key(&bob, &["profile.read"]).await,
    );
    for other in [&second, &third] {
        assert_problem!(reads.delete(&path(other)).await, 403, "permission-denied");
    }
    writes.delete(&path(&third)).await.expect(204);
    reads.delete(&path(&first)).await.expect(204);
    comes_to(&reads, "/api/v1/users/me", 401).await;
    writes.get("/api/v1/users/me").await.expect(200);
    // Whoever acts as the owner ends none of their programs.
    let order = json!({ "user_id": bob.id, "reason": "Ticket 4711" });
    let given = root.post("/api/v1/auth/impersonations", order).await.expect(201).value();
    let acting = orion.anonymous().with_token(given["access_token"].as_str().unwrap());
    acting.get(KEYS).await.expect(200);
    assert_problem!(acting.delete(&path(&second)).await, 403, "permission-denied");
    bob.delete(&path(&second)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_have_ended_leave_room_for_others_and_are_removed_after_three_months() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let end = orion.infra(ServiceName::Users).clock.now() + chrono::TimeDelta::minutes(2);
    for number in 0..100 {
        let request = json!({ "name": format!("{number}"), "scopes": ["profile.read"], "expires_at": end });
        bob.post(KEYS, request).await.expect(201);
    }
    let one_more = || bob.post(KEYS, json!({ "name": "One more", "scopes": ["profile.read"] }));
    assert_eq!(one_more().await.status, 409);
    orion.advance(Duration::from_secs(150)).await;
    one_more().await.expect(201);
    let infra = orion.infra(ServiceName::Users);
    let rows = async || {
        let select = statement(infra.db.read(), "SELECT COUNT(*) AS n FROM api_keys", []);
        infra.db.read().query_one_raw(select).await.unwrap().unwrap().try_get::<i64>("", "n").unwrap()
    };
    assert_eq!(rows().await, 101);
    let long_ago = end - chrono::TimeDelta::days(100);
    let aged = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let update = "UPDATE api_keys SET expires_at = $1 WHERE expires_at IS NOT NULL";
        change.execute_raw(statement(change, update, [long_ago.into()])).await?;
        Ok::<_, DbError>(())
    });
    aged.await.unwrap();
    orion.advance(Duration::from_secs(86_400)).await;
    eventually("only the one that lasts", async || (rows().await == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_key_goes_on_with_both_secrets_for_a_while() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let me = "/api/v1/users/me";
    let (made, old) = key(&bob, &["profile.read"]).await;
    old.get(me).await.expect(200);
    let rotate = |seconds: u32| {
        let (bob, path) = (bob.clone(), format!("{}/rotate", path(&made)));
        async move {
            let rotated: NewApiKey = bob.post(&path, json!({ "overlap_seconds": seconds })).await.expect(200).json();
            let client = bob.with_token(rotated.secret.expose());
            (rotated.key, client)
        }
    };
    let (rotated, new) = rotate(120).await;
    assert_eq!((rotated.id, rotated.version), (made.id, 2));
    assert!(rotated.previous_until.is_some() && rotated.prefix != made.prefix);
    new.get(me).await.expect(200);
    old.get(me).await.expect(200);
    orion.advance(Duration::from_secs(121)).await;
    comes_to(&old, me, 401).await;
    assert_problem!(old.get(me).await, 401, "api-key-expired");
    new.get(me).await.expect(200);
    // At once.
    let (rotated, newest) = rotate(0).await;
    assert_eq!(rotated.previous_until, None);
    newest.get(me).await.expect(200);
    comes_to(&new, me, 401).await;
    assert_problem!(new.get(me).await, 401, "invalid-api-key");
    let too_long = bob.post(&format!("{}/rotate", path(&made)), json!({ "overlap_seconds": 2_592_001 })).await;
    assert_problem!(too_long, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_before_goes_on_no_longer_than_its_key() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let end = orion.infra(ServiceName::Users).clock.now() + chrono::TimeDelta::hours(1);
    let order = json!({ "name": "Export", "scopes": ["profile.read"], "expires_at": end });
    let (made, _) = made(&bob, order).await;
    let rotate = format!("{}/rotate", path(&made));
    let rotated: NewApiKey = bob.post(&rotate, json!({ "overlap_seconds": 86_400 })).await.expect(200).json();
    assert!(rotated.key.expires_at.is_some());
    assert_eq!(rotated.key.previous_until, rotated.key.expires_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_has_ended_gets_no_new_secret() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let end = orion.infra(ServiceName::Users).clock.now() + chrono::TimeDelta::minutes(2);
    let order = json!({ "name": "Export", "scopes": ["profile.read"], "expires_at": end });
    let (made, _) = made(&bob, order).await;
    orion.advance(Duration::from_secs(121)).await;
    let refused = assert_problem!(bob.post(&format!("{}/rotate", path(&made)), json!({})).await, 409, "conflict");
    let detail = refused.value()["detail"].to_string();
    assert!(detail.contains("has ended") && detail.contains("Make another key"), "{detail}");
}
