//! `/api/v1/auth/security-events` and `/api/v1/auth/login-attempts`

use super::flows::begin;
use super::passkeys::{add, prove, sign_in};
use super::two_factor::{enrol, now};
use orion_contracts::admin::EventPage;
use orion_contracts::audit::AuditEntry;
use orion_contracts::auth::{LoginAttempt, SecurityEvent};
use orion_contracts::events::{Event, SecurityNoted};
use orion_contracts::{Page, ServiceName};
use orion_testkit::{Answer, AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const EVENTS: &str = "/api/v1/auth/security-events";
const ATTEMPTS: &str = "/api/v1/auth/login-attempts";
const ALL_EVENTS: &str = "/api/v1/auth/admin/security-events";
const ALL_ATTEMPTS: &str = "/api/v1/auth/admin/login-attempts";

async fn events(caller: &Client, path: &str) -> Vec<SecurityEvent> {
    caller.get(path).await.expect(200).json::<Page<SecurityEvent>>().items
}

async fn attempts(caller: &Client, path: &str) -> Vec<LoginAttempt> {
    caller.get(path).await.expect(200).json::<Page<LoginAttempt>>().items
}

/// Signs in at auth itself, which takes an address from whoever calls it as the gateway does.
async fn sign_in_from(orion: &TestPlatform, user: &TestUser, place: &str, device: Option<&str>) -> Answer {
    let order = json!({ "email": user.email, "password": PASSWORD, "device_token": device });
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    Answer::of(auth.request("POST", "/api/v1/auth/login").header("x-forwarded-for", place).json(&order)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_what_happened_to_their_own_account_newest_first() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    enrol(&orion, &ada).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "quite another battery staple" });
    ada.post("/api/v1/auth/password", change).await.expect(204);
    let seen = events(&ada, EVENTS).await;
    let kinds: Vec<_> = seen.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds[..2], ["password.changed", "factor.added"]);
    assert!(seen.iter().all(|event| event.user_id == Some(ada.id) && event.ip_address.is_some()));
    assert!(events(&bob, EVENTS).await.is_empty());

    let first: Page<SecurityEvent> = ada.get(&format!("{EVENTS}?limit=1")).await.expect(200).json();
    let next = format!("{EVENTS}?limit=1&cursor={}", first.next_cursor.unwrap());
    assert_eq!(events(&ada, &next).await[0].id, seen[1].id);
    assert_problem!(orion.anonymous().get(EVENTS).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_every_try_at_their_own_account_with_its_method_and_why_it_failed() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    orion.anonymous().post("/api/v1/auth/login", wrong).await.expect(401);
    let seen = attempts(&ada, ATTEMPTS).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (format!("{:?}", seen[0].status).to_lowercase().as_str(), seen[0].method.as_str()),
        ("failed", "password")
    );
    assert!(seen[0].reason.as_deref().is_some_and(|reason| reason.contains("wrong credentials")));
    assert_eq!((format!("{:?}", seen[1].status).to_lowercase().as_str(), seen[1].reason.clone()), ("success", None));
    assert_eq!(attempts(&bob, ATTEMPTS).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_from_a_device_that_is_new_is_noted_and_no_other() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let noted = async || {
        let seen = events(&ada, EVENTS).await;
        seen.into_iter().filter(|event| event.kind == "login.new_device").count()
    };
    assert_eq!(noted().await, 0, "the first sign-in of an account is from a new device always");
    let answer = sign_in_from(&orion, &ada, "198.51.100.7", None).await.expect(200);
    assert_eq!(noted().await, 1);
    sign_in_from(&orion, &ada, "198.51.100.7", None).await.expect(200);
    assert_eq!(noted().await, 1, "one like it was noted a moment ago");
    let known = answer.value()["device_token"].as_str().unwrap().to_owned();
    sign_in_from(&orion, &ada, "203.0.113.9", Some(&known)).await.expect(200);
    assert_eq!(noted().await, 1, "the device is known");
    // A token of somebody else's own device hides nothing.
    let mallory = orion.user("mallory").await;
    let token = sign_in_from(&orion, &mallory, "198.51.100.7", None).await.expect(200);
    let token = token.value()["device_token"].as_str().unwrap().to_owned();
    sign_in_from(&orion, &ada, "192.0.2.200", Some(&token)).await.expect(200);
    assert_eq!(noted().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_how_an_account_is_protected_is_noted() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    ada.post("/api/v1/auth/two-factor/backup-codes", json!({})).await.expect(200);
    ada.delete("/api/v1/auth/two-factor/totp").await.expect(204);
    enrol(&orion, &ada).await;
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", ada.id);
    orion.administrator().await.post(&reset, json!({ "reason": "Lost" })).await.expect(204);
    orion.anonymous().post("/api/v1/auth/password/reset", json!({ "email": ada.email })).await.expect(202);
    let link = eventually("the mail", async || orion.mailbox.reset_tokens(&ada.email).await.pop()).await;
    let chosen = json!({ "token": link, "new_password": "quite another battery staple" });
    orion.anonymous().post("/api/v1/auth/password/reset/confirm", chosen).await.expect(204);
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, "quite another battery staple").await;
    let device = ada.get("/api/v1/auth/devices").await.expect(200).value()["items"][1]["id"].clone();
    let block = format!("/api/v1/auth/devices/{}/block", device.as_str().unwrap());
    ada.put(&block, json!(null)).await.expect(204);
    let kinds: Vec<_> = events(&ada, EVENTS).await.into_iter().map(|event| event.kind).collect();
    let expected = [
        "device.blocked",
        "login.new_device",
        "password.reset",
        "factor.removed",
        "factor.added",
        "factor.removed",
        "factor.backup_codes_renewed",
        "factor.added",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_those_of_all_by_user_kind_severity_status_and_time() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    enrol(&orion, &ada).await;
    enrol(&orion, &bob).await;
    for path in [ALL_EVENTS, ALL_ATTEMPTS] {
        assert_problem!(ada.get(path).await, 403, "permission-denied");
    }
    let admin = orion.administrator().await;
    let of = async |query: &str| events(admin, &format!("{ALL_EVENTS}?{query}")).await;
    assert!(of(&format!("user_id={}", ada.id)).await.iter().all(|event| event.user_id == Some(ada.id)));
    assert_eq!(of("kind=factor.added").await.len(), 2);
    assert!(of("severity=high").await.is_empty());
    for (time, is_found) in [
        ("until=2000-01-01T00:00:00Z", false),
        ("since=2199-01-01T00:00:00Z", false),
        ("since=2000-01-01T00:00:00Z&until=2199-01-01T00:00:00Z", true),
    ] {
        assert_eq!(!of(time).await.is_empty(), is_found, "{time}");
        assert_eq!(!attempts(admin, &format!("{ALL_ATTEMPTS}?{time}")).await.is_empty(), is_found, "{time}");
    }
    let wrong = json!({ "email": bob.email, "password": "a wrong password" });
    orion.anonymous().post("/api/v1/auth/login", wrong).await.expect(401);
    let failed = attempts(admin, &format!("{ALL_ATTEMPTS}?status=failed")).await;
    assert_eq!(failed.iter().map(|attempt| attempt.user_id).collect::<Vec<_>>(), [Some(bob.id)]);
    let theirs = attempts(admin, &format!("{ALL_ATTEMPTS}?user_id={}", ada.id)).await;
    assert_eq!(theirs.iter().map(|attempt| attempt.user_id).collect::<Vec<_>>(), [Some(ada.id)]);
    for bad in ["severity=loud", "user_id=x", "since=yesterday", "limit=0", "cursor=zz", "kind=", "unknown=1"] {
        let answer = admin.get(&format!("{ALL_EVENTS}?{bad}")).await;
        assert!(matches!(answer.status, 400 | 422), "{bad}: {answer:?}");
    }
}

/// Tries a wrong password at this place; the status of the answer.
async fn fail_from(orion: &TestPlatform, place: &str, email: &str) -> u16 {
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let order = json!({ "email": email, "password": "a wrong password" });
    Answer::of(auth.request("POST", "/api/v1/auth/login").header("x-forwarded-for", place).json(&order)).await.status
}

/// What is noticed of two accounts, and of an address that has none.
async fn let_things_happen(orion: &TestPlatform, ada: &TestUser, bob: &TestUser) {
    sign_in_from(orion, ada, "198.51.100.7", None).await.expect(200);
    for email in [&ada.email, "nobody@example.com"] {
        for _ in 0..6 {
            fail_from(orion, "203.0.113.9", email).await;
        }
    }
    enrol(orion, ada).await;
    let refresh =
        async |token: &str| orion.anonymous().post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await;
    let next = refresh(&bob.refresh_token).await.expect(200).value()["refresh_token"].as_str().unwrap().to_owned();
    orion.advance(Duration::from_secs(11)).await;
    refresh(&bob.refresh_token).await.expect(200);
    refresh(&next).await.expect(200);
    orion.advance(Duration::from_secs(11)).await;
    refresh(&bob.refresh_token).await.expect(401);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_once_as_an_event_with_its_severity_and_whose_account_it_is() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let_things_happen(&orion, &ada, &bob).await;
    let admin = orion.administrator().await;
    let rows = events(admin, &format!("{ALL_EVENTS}?limit=200")).await;
    let page: EventPage = admin.get("/api/v1/events?limit=200").await.expect(200).json();
    let told: Vec<(&Event, SecurityNoted)> =
        page.items.iter().filter_map(|event| event.payload().unwrap().map(|told| (event, told))).collect();
    assert_eq!(told.len(), rows.len(), "{told:?}");
    for row in &rows {
        let (event, told) = told.iter().find(|(event, _)| event.id.0 == row.id.0).expect("its event");
        let severity = json!(told.severity);
        assert_eq!((&told.kind, severity.as_str().unwrap()), (&row.kind, row.severity.as_str()));
        assert_eq!((told.user_id, told.session_id, event.occurred_at), (row.user_id, row.session_id, row.occurred_at));
        assert!(!event.data.to_string().contains("nobody@"), "what was typed in is not told: {}", event.data);
    }
    let mut kinds = BTreeMap::new();
    rows.iter().for_each(|row| *kinds.entry((row.user_id, row.kind.as_str())).or_insert(0) += 1);
    let expected = [
        (None, "login.repeated_failures"),
        (Some(ada.id), "login.repeated_failures"),
        (Some(ada.id), "login.new_device"),
        (Some(ada.id), "factor.added"),
        (Some(bob.id), "session.refresh_token_repeated"),
        (Some(bob.id), "session.refresh_token_reused"),
    ];
    assert_eq!(kinds, expected.map(|what| (what, 1)).into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_notices_is_audited_and_what_somebody_did_is_not_audited_twice() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let_things_happen(&orion, &ada, &bob).await;
    let admin = orion.administrator().await;
    let audited = async |action: &str| {
        let path = format!("/api/v1/audit?action={action}&limit=200");
        let mut entries: Vec<(String, Option<String>)> = (admin.get(&path).await.expect(200))
            .json::<Page<AuditEntry>>()
            .items
            .into_iter()
            .map(|entry| (entry.description, entry.object.resource_id))
            .collect();
        entries.sort();
        entries
    };
    let of = |words: &str, user: Option<&TestUser>| (words.to_owned(), user.map(|user| user.id.to_string()));
    let expected = [
        of("An answer to a refresh was given again", Some(&bob)),
        of("Signed in from a new device", Some(&ada)),
        of("Sign-ins failed repeatedly", None),
        of("Sign-ins failed repeatedly", Some(&ada)),
    ];
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(audited("security_note").await, expected);
    let ended = audited("logout").await;
    assert_eq!(ended.iter().filter(|(words, _)| words.contains("used again")).count(), 1, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_failures_are_told_apart_by_how_far_whoever_failed_had_come() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let noted = async || {
        let seen = events(&ada, EVENTS).await.into_iter().filter(|event| event.kind.ends_with("repeated_failures"));
        let seen = seen.map(|event| (event.kind, event.severity, event.category, event.details["policy"].clone()));
        seen.collect::<Vec<_>>()
    };
    let of = |kind: &str, severity: &str, category: &str, policy: &str| {
        (kind.to_owned(), severity.to_owned(), category.to_owned(), json!(policy))
    };

    assert_eq!(fail_from(&orion, "203.0.113.9", &ada.email).await, 401);
    let mut expected = vec![of("login.repeated_failures", "medium", "login", "login")];
    assert_eq!(noted().await, expected);

    // Whoever knows which passkey it is need not know the password.
    key.origin = "http://localhost.evil.example:3000".to_owned();
    sign_in(&orion, &mut key).await.expect(422);
    expected.insert(0, of("login.repeated_failures", "medium", "login", "passkey"));
    assert_eq!(noted().await, expected);

    begin(&orion, &ada.email).await.step("backup-code", json!({ "code": "AAAAA-AAAAA" })).await.expect(422);
    expected.insert(0, of("factor.repeated_failures", "high", "factor", "code"));
    assert_eq!(noted().await, expected);

    let change = json!({ "current_password": "a wrong password", "new_password": "quite another battery staple" });
    ada.post("/api/v1/auth/password", change).await.expect(422);
    expected.insert(0, of("password.repeated_failures", "high", "password", "password_change"));
    assert_eq!(noted().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_fails_after_the_password_is_by_who_knows_it() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    key.origin = "http://localhost.evil.example:3000".to_owned();
    prove(&begin(&orion, &ada.email).await, &mut key).await.expect(422);
    let seen = events(&ada, EVENTS).await;
    assert_eq!((seen[0].kind.as_str(), &seen[0].details["policy"]), ("factor.repeated_failures", &json!("passkey")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_that_a_throttle_refuses_are_recorded_by_the_first_of_them() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    for _ in 0..5 {
        assert_eq!(fail_from(&orion, "203.0.113.9", &ada.email).await, 401);
    }
    let flood = (0..20).map(|_| fail_from(&orion, "203.0.113.9", &ada.email));
    let refused = futures_util::future::join_all(flood).await.iter().filter(|status| **status == 429).count();
    assert!(refused >= 19, "a second later one more is looked at: {refused}");
    let blocked = async |caller: &Client| {
        let seen = attempts(caller, ATTEMPTS).await;
        let blocked = seen.into_iter().filter(|attempt| json!(attempt.status) == "blocked");
        blocked.collect::<Vec<_>>()
    };
    let first = blocked(&ada).await;
    assert_eq!(first.len(), 1, "a flood writes no rows");
    assert_eq!((first[0].method.as_str(), first[0].user_id), ("password", Some(ada.id)));
    assert!(first[0].reason.as_deref().is_some_and(|reason| reason.contains("too many failures")));
    orion.advance(Duration::from_secs(16 * 60)).await;
    assert_eq!(fail_from(&orion, "203.0.113.9", &ada.email).await, 401, "the wait is over");
    assert_eq!(fail_from(&orion, "203.0.113.9", &ada.email).await, 429);
    // The token of before is over by now.
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    assert_eq!(blocked(&ada).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_is_recorded_with_its_method_and_every_failure_with_why() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    begin(&orion, &ada.email).await.step("totp", json!({ "code": "000000" })).await.expect(422);
    begin(&orion, &ada.email).await.step("backup-code", json!({ "code": "AAAAA-AAAAA" })).await.expect(422);
    orion.advance(Duration::from_secs(90)).await;
    begin(&orion, &ada.email).await.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
    begin(&orion, &ada.email).await.step("backup-code", json!({ "code": codes[0] })).await.expect(200);
    sign_in(&orion, &mut key).await.expect(200);
    let seen = attempts(&ada, ATTEMPTS).await;
    let seen: Vec<(String, &str, bool)> = seen
        .iter()
        .rev()
        .map(|attempt| {
            let status = json!(attempt.status).as_str().unwrap().to_owned();
            (status, attempt.method.as_str(), attempt.reason.is_some())
        })
        .collect();
    let expected = [
        ("success", "password", false),
        ("failed", "totp", true),
        ("failed", "backup_code", true),
        ("success", "password+totp", false),
        ("success", "password+backup_code", false),
        ("success", "passkey", false),
    ];
    assert_eq!(seen, expected.map(|(status, method, why)| (status.to_owned(), method, why)));
}
