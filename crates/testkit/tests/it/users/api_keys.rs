//! `/api/v1/api-keys`: what programs call with that nobody signs in for.

use chrono::SubsecRound;
use orion_contracts::api_keys::{ApiKey, ApiKeyUse, ApiKeyUses, NewApiKey, is_well_formed};
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::internal::NoteApiKeyUses;
use orion_contracts::{Author, Page, Principal, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Backend, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const KEYS: &str = "/api/v1/api-keys";

/// A key of somebody's own, and a client that calls with it.
pub(crate) async fn key(owner: &TestUser, scopes: &[&str]) -> (ApiKey, Client) {
    made(owner, json!({ "name": "Nightly export", "scopes": scopes })).await
}

pub(crate) async fn made(owner: &TestUser, request: Value) -> (ApiKey, Client) {
    let made: NewApiKey = owner.post(KEYS, request).await.expect(201).json();
    (made.key, owner.with_token(made.secret.expose()))
}

fn path(key: &ApiKey) -> String {
    format!("{KEYS}/{}", key.id)
}

/// Until a key is answered so: changes are told to processes after they are made.
async fn comes_to(who: &Client, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_shown_once_and_does_what_its_owner_may_under_its_scopes() {
    let orion = TestPlatform::start().await;
    let adam = orion.user("adam").with_role("admin").await;
    comes_to(&adam, "/api/v1/users", 200).await;
    let (made, program) = key(&adam, &["users.read", "profile.read"]).await;
    let secret = program.token.clone().unwrap();
    assert!(is_well_formed(&secret) && secret.starts_with(&made.prefix), "{}", made.prefix);
    assert_eq!((made.user_id, made.usage_count, made.revoked_at), (adam.id, 0, None));
    for service in [orion.gateway_url(), orion.service_url(ServiceName::Users)] {
        let program = program.at(service);
        program.get("/api/v1/users").await.expect(200);
        assert_eq!(program.get("/api/v1/users/me").await.expect(200).value()["id"], adam.id.to_string());
        let refused = assert_problem!(program.get("/api/v1/roles").await, 403, "permission-denied");
        assert!(refused.value()["detail"].as_str().unwrap().contains("limited to less"), "{refused:?}");
    }
    // Other services take it as well.
    let (_, program) = key(&adam, &["inbox.read", "jobs.read"]).await;
    program.at(orion.service_url(ServiceName::Notifications)).get("/api/v1/notifications").await.expect(200);
    program.get("/api/v1/jobs").await.expect(200);
    // Nobody reads the secret again, nor from the audit log.
    let listed = adam.get(KEYS).await.expect(200).text;
    orion.settle().await;
    let root = orion.administrator().await;
    let log = root.get("/api/v1/audit?limit=200").await.expect(200).text;
    assert!(listed.contains(&made.id.to_string()) && log.contains(&made.id.to_string()));
    assert!(!listed.contains(&secret) && !log.contains(&secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_key_that_may_more_than_they() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for scopes in [json!(["users.read"]), json!(["profile.read", "settings.write"])] {
        assert_problem!(bob.post(KEYS, json!({ "name": "More", "scopes": scopes })).await, 403, "permission-denied");
    }
    let ended = chrono::Utc::now() - chrono::Duration::minutes(1);
    for wrong in [
        json!({ "name": "None", "scopes": [] }),
        json!({ "name": "Unknown", "scopes": ["of.tomorrow"] }),
        json!({ "name": " ", "scopes": ["profile.read"] }),
        json!({ "name": "Ended", "scopes": ["profile.read"], "expires_at": ended }),
        json!({ "name": "Far", "scopes": ["profile.read"], "expires_at": "+10000-01-01T00:00:00Z" }),
        json!({ "name": "No rate", "scopes": ["profile.read"], "rate_limit": 0 }),
    ] {
        assert_problem!(bob.post(KEYS, wrong).await, 422, "validation");
    }
    // Fewer is always right; more is not.
    let (made, _) = key(&bob, &["profile.read", "inbox.read"]).await;
    let fewer: ApiKey = bob.patch(&path(&made), json!({ "scopes": ["inbox.read"] })).await.expect(200).json();
    assert_eq!((fewer.scopes, fewer.version), (vec!["inbox.read".to_owned()], 2));
    assert_problem!(bob.patch(&path(&made), json!({ "scopes": ["users.read"] })).await, 403, "permission-denied");
    bob.patch(&path(&made), json!({ "name": "Weekly", "scopes": ["profile.read", "profile.write"] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_loses_the_key_loses_and_a_suspended_owner_has_no_key() {
    let orion = TestPlatform::start().await;
    let (root, adam) = (orion.administrator().await, orion.user("adam").with_role("admin").await);
    comes_to(&adam, "/api/v1/users", 200).await;
    let (_, program) = key(&adam, &["users.read", "profile.read"]).await;
    program.get("/api/v1/users").await.expect(200);
    root.delete(&format!("/api/v1/users/{}/roles/admin", adam.id)).await.expect(204);
    comes_to(&program, "/api/v1/users", 403).await;
    program.get("/api/v1/users/me").await.expect(200);
    let status = format!("/api/v1/users/{}/status", adam.id);
    root.put(&status, json!({ "status": "suspended", "reason": "Left" })).await.expect(200);
    comes_to(&program, "/api/v1/users/me", 401).await;
    assert_problem!(program.get("/api/v1/users/me").await, 401, "api-key-suspended");
    root.put(&status, json!({ "status": "active", "reason": "Came back" })).await.expect(200);
    comes_to(&program, "/api/v1/users/me", 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_takes_no_part_in_what_needs_a_person() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let all: Vec<&str> = orion_contracts::permissions::ALL.iter().map(|permission| permission.name).collect();
    let (made, program) = key(root, &all).await;
    let bob = orion.user("bob").await;
    let roles = format!("/api/v1/users/{}/roles/moderator", bob.id);
    let password = json!({ "current_password": PASSWORD, "new_password": "another horse battery staple" });
    for refused in [
        program.post(KEYS, json!({ "name": "Child", "scopes": ["users.read"] })).await,
        program.patch(&path(&made), json!({ "name": "Wider" })).await,
        program.post(&format!("{}/rotate", path(&made)), json!({})).await,
        program.put(&roles, json!({})).await,
        program.get("/api/v1/auth/me").await,
        program.get("/api/v1/auth/sessions").await,
        program.post("/api/v1/auth/password", password).await,
        program.get("/api/v1/auth/two-factor").await,
        program.post("/api/v1/auth/two-factor/totp", json!({})).await,
        program.get("/api/v1/auth/passkeys").await,
        program.post("/api/v1/auth/passkeys/options", json!({})).await,
        program.get("/api/v1/auth/devices").await,
        program.post("/api/v1/auth/keys/rotate", json!({})).await,
        program.put("/api/v1/settings", json!({})).await,
    ] {
        let is_refusal = [403, 404, 405].contains(&refused.status);
        assert!(is_refusal, "{refused:?}");
    }
    assert_problem!(program.put(&roles, json!({})).await, 403, "permission-denied");
    assert_problem!(program.get("/api/v1/auth/sessions").await, 403, "permission-denied");
    assert_problem!(program.get("/api/v1/auth/two-factor").await, 403, "permission-denied");
    assert_problem!(program.get("/api/v1/auth/passkeys").await, 403, "permission-denied");
    // It ends itself, as whoever finds it leaked would like it to.
    program.delete(&path(&made)).await.expect(204);
    comes_to(&program, "/api/v1/users", 401).await;
}

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
async fn a_key_is_taken_once_in_either_header_and_never_beside_another_credential() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let (_, program) = key(&bob, &["profile.read"]).await;
    let secret = program.token.clone().unwrap();
    for base in [orion.gateway_url(), orion.service_url(ServiceName::Users)] {
        let client = orion.anonymous().at(base);
        let ask = |lines: &[(&'static str, String)]| {
            let request = client.request("GET", "/api/v1/users/me");
            Answer::of(lines.iter().fold(request, |request, (name, value)| request.header(*name, value)))
        };
        ask(&[("X-API-Key", secret.clone())]).await.expect(200);
        ask(&[("authorization", format!("bearer {secret}"))]).await.expect(200);
        let bearer = || ("authorization", format!("Bearer {secret}"));
        let x = || ("x-api-key", secret.clone());
        for two in [
            vec![bearer(), x()],
            vec![bearer(), bearer()],
            vec![x(), x()],
            vec![x(), ("authorization", format!("Bearer {}", bob.access_token))],
            vec![x(), ("x-api-key", "theirs".to_owned())],
        ] {
            assert_problem!(ask(&two).await, 400, "bad-request");
        }
        assert_problem!(ask(&[("x_api_key", secret.clone())]).await, 401, "unauthenticated");
        assert_problem!(ask(&[("api-key", secret.clone())]).await, 401, "unauthenticated");
        assert_problem!(ask(&[("x-api-key", "theirs".to_owned())]).await, 401, "unauthenticated");
    }
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
