//! What a key may do, and how it is shown to the platform.

use super::{KEYS, comes_to, key, path};
use orion_contracts::ServiceName;
use orion_contracts::api_keys::{ApiKey, NewApiKey, is_well_formed};
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use serde_json::{Value, json};

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
async fn a_right_for_a_time_becomes_none_for_good_by_a_key_of_a_program() {
    let orion = TestPlatform::start().await;
    let (root, adam) = (orion.administrator().await, orion.user("adam").await);
    let made: Value = root.post("/api/v1/service-accounts", json!({ "name": "CI" })).await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    root.put(&format!("/api/v1/users/{id}/roles/admin"), json!({})).await.expect(204);
    let now = orion.infra(ServiceName::Users).clock.now();
    let [in_an_hour, sooner, later] = [60, 30, 90].map(|minutes| now + chrono::TimeDelta::minutes(minutes));
    let role = format!("/api/v1/users/{}/roles/admin", adam.id);
    root.put(&role, json!({ "expires_at": in_an_hour })).await.expect(204);
    comes_to(&adam, "/api/v1/users", 200).await;
    let keys = format!("/api/v1/service-accounts/{id}/api-keys");
    let order = |until: Option<chrono::DateTime<chrono::Utc>>| {
        let mut order = json!({ "name": "Nightly", "scopes": ["users.read"] });
        if let Some(until) = until {
            order["expires_at"] = json!(until);
        }
        order
    };
    for refused in [adam.post(&keys, order(None)).await, adam.post(&keys, order(Some(later))).await] {
        assert_problem!(refused, 403, "permission-denied");
    }
    let made: NewApiKey = adam.post(&keys, order(Some(sooner))).await.expect(201).json();
    let rotate = |key: &ApiKey| format!("/api/v1/api-keys/{}/rotate", key.id);
    adam.post(&rotate(&made.key), json!({})).await.expect(200);
    // Neither by a new secret of one that goes on, nor by more scopes of it.
    let lasting: NewApiKey = root.post(&keys, order(None)).await.expect(201).json();
    assert_problem!(adam.post(&rotate(&lasting.key), json!({})).await, 403, "permission-denied");
    let wider = json!({ "scopes": ["users.read", "audit.read"] });
    let path = format!("/api/v1/api-keys/{}", lasting.key.id);
    assert_problem!(adam.patch(&path, wider).await, 403, "permission-denied");
    // Who holds it for good may.
    root.put(&role, json!({})).await.expect(204);
    adam.post(&keys, order(None)).await.expect(201);
    adam.post(&rotate(&lasting.key), json!({})).await.expect(200);
    // And of their own they make one as before: it has nothing that they lose.
    root.put(&role, json!({ "expires_at": in_an_hour })).await.expect(204);
    adam.post("/api/v1/api-keys", order(None)).await.expect(201);
}
