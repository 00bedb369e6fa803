//! `/api/v1/auth/devices`

use super::count;
use super::flows::{Flow, begin, claims, order_new_password};
use super::two_factor::{enrol, now};
use orion_contracts::auth::{Device, DeviceKind, DeviceList, DeviceStatus, FlowStep, LoginAttempt, TokenResponse};
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Authenticator, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const DEVICES: &str = "/api/v1/auth/devices";
const LOGIN: &str = "/api/v1/auth/login";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const DAY: Duration = Duration::from_secs(86_400);

async fn devices(caller: &Client, path: &str) -> Vec<Device> {
    caller.get(path).await.expect(200).json::<DeviceList>().items
}

/// Signs in from a browser that brings this token.
async fn sign_in(orion: &TestPlatform, email: &str, device: &Value) -> Answer {
    let mut order = json!({ "email": email, "password": PASSWORD });
    if !device.is_null() {
        order["device_token"] = device.clone();
    }
    Answer::of(orion.anonymous().request("POST", LOGIN).header("user-agent", FIREFOX).json(&order)).await
}

fn token(answer: &Answer) -> Value {
    answer.value()["device_token"].clone()
}

fn session(answer: &Answer) -> String {
    answer.json::<TokenResponse>().access_token.expose().to_owned()
}

/// Goes through the second step as well, and trusts the device; its token.
async fn trust(orion: &TestPlatform, user: &TestUser, app: &Authenticator) -> Value {
    orion.advance(Duration::from_secs(90)).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(orion, &user.email, &Value::Null).await.expect(202));
    let step = json!({ "code": app.code(now(orion)), "trust_device": true });
    token(&flow.step("totp", step).await.expect(200))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_known_by_its_token_and_named_by_what_it_says_of_itself() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let first = token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200));
    orion.advance(Duration::from_secs(60)).await;
    let answer = sign_in(&orion, &ada.email, &first).await.expect(200);
    assert_eq!(token(&answer), first, "it is the same device");

    let tokens: TokenResponse = answer.json();
    let caller = orion.anonymous().with_token(tokens.access_token.expose());
    let listed = devices(&caller, DEVICES).await;
    assert_eq!(listed.len(), 2, "that of the tests' own client is the other one");
    let Device { name, kind, status, login_count, is_current, .. } = &listed[0];
    assert_eq!((name.as_str(), *kind), ("Firefox on Linux", DeviceKind::Computer));
    assert_eq!((*status, *login_count, *is_current), (DeviceStatus::Untrusted, 2, true));
    assert!(listed[0].first_seen_at < listed[0].last_seen_at && !listed[1].is_current);

    // A token of somebody else, of nobody, or none at all is that of a new device.
    for (number, foreign) in [&first, &json!("nonsense"), &json!("\u{e9}.1"), &Value::Null].into_iter().enumerate() {
        let given = token(&sign_in(&orion, &bob.email, foreign).await.expect(200));
        assert!(given.is_string() && given != first);
        assert_eq!(devices(&bob, DEVICES).await.len(), number + 2);
    }
    assert_problem!(orion.anonymous().get(DEVICES).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_device_needs_the_password_alone_until_that_is_over() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let answer = sign_in(&orion, &ada.email, &device).await.expect(200);
    let tokens: TokenResponse = answer.json();
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal1"), &json!(["pwd", "trusted_device"])), "that is told");
    let caller = orion.anonymous().with_token(tokens.access_token.expose());
    // Convenience is no proof: what a thief of the device must not do asks for the second factor.
    let removed = caller.delete("/api/v1/auth/two-factor/totp").await;
    assert_problem!(removed, 401, "insufficient-user-authentication");
    let listed = devices(&caller, DEVICES).await;
    let trusted = listed.iter().find(|device| device.is_current).unwrap();
    assert_eq!(trusted.status, DeviceStatus::Trusted);
    assert!(trusted.trusted_until.is_some_and(|until| until > now(&orion) + chrono::TimeDelta::days(29)));

    // Elsewhere the second factor is asked for, and here as well for what needs a fresh sign-in.
    sign_in(&orion, &ada.email, &Value::Null).await.expect(202);
    let step_up = caller.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &step_up);
    let second = flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    assert_eq!(second.value()["next"], "second_factor");

    orion.advance(29 * DAY).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    orion.advance(2 * DAY).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &device).await.expect(202));
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    // It is not trusted unasked.
    let unasked = token(&flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200));
    sign_in(&orion, &ada.email, &unasked).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_ends_with_the_password_the_factors_and_the_owners_word() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let caller = async |code: &str| {
        let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &Value::Null).await.expect(202));
        let tokens: TokenResponse = flow.step("backup-code", json!({ "code": code })).await.expect(200).json();
        orion.anonymous().with_token(tokens.access_token.expose())
    };
    let owner = caller(&codes[0]).await;
    let listed = devices(&owner, DEVICES).await;
    let id = listed.iter().find(|device| device.status == DeviceStatus::Trusted).unwrap().id;
    owner.delete(&format!("{DEVICES}/{id}/trust")).await.expect(204);
    owner.delete(&format!("{DEVICES}/{id}/trust")).await.expect(204);
    sign_in(&orion, &ada.email, &device).await.expect(202);

    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let new = "quite another battery staple";
    let change = json!({ "current_password": PASSWORD, "new_password": new });
    owner.post("/api/v1/auth/password", change).await.expect(204);
    let order = json!({ "email": ada.email, "password": new, "device_token": device });
    orion.anonymous().post(LOGIN, &order).await.expect(202);
    let back = json!({ "current_password": new, "new_password": PASSWORD });
    owner.post("/api/v1/auth/password", back).await.expect(204);

    // Who has lost all factors and sets up others trusts nobody yet.
    let device = trust(&orion, &ada, &app).await;
    let admin = orion.administrator().await;
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", ada.id);
    admin.post(&reset, json!({ "reason": "Lost" })).await.expect(204);
    let fresh = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    enrol(&orion, &fresh).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_device_is_signed_out_and_not_signed_in_again() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    let answer = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let (device, tokens) = (token(&answer), answer.json::<TokenResponse>());
    let stolen = orion.anonymous().with_token(tokens.access_token.expose());
    let id = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    let block = format!("{DEVICES}/{id}/block");

    ada.put(&block, json!(null)).await.expect(204);
    ada.put(&block, json!(null)).await.expect(204);
    assert_problem!(stolen.get("/api/v1/auth/me").await, 401, "invalid-token");
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    // Whoever sits there does not learn that the password is right; whoever helps the owner does.
    assert_problem!(sign_in(&orion, &ada.email, &device).await, 401, "invalid-credentials");
    let attempts = "/api/v1/auth/admin/login-attempts?failure=may_not_sign_in";
    let attempts: Page<LoginAttempt> = orion.administrator().await.get(attempts).await.expect(200).json();
    assert_eq!(attempts.items.iter().map(|attempt| attempt.user_id).collect::<Vec<_>>(), [Some(ada.id)]);
    ada.get("/api/v1/auth/me").await.expect(200);

    orion.advance(Duration::from_secs(1000)).await;
    for answer in [ada.put(&block, json!(null)).await, ada.delete(&block).await] {
        assert_problem!(answer, 401, "insufficient-user-authentication");
    }
    let fresh = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    fresh.delete(&block).await.expect(204);
    sign_in(&orion, &ada.email, &device).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_are_renamed_and_forgotten_by_their_owner_alone() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let answer = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let id = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    let path = format!("{DEVICES}/{id}");
    ada.patch(&path, json!({ "name": " Ada's laptop " })).await.expect(204);
    let names: Vec<_> = devices(&ada, DEVICES).await.into_iter().map(|device| device.name).collect();
    assert!(names.contains(&"Ada's laptop".to_owned()), "{names:?}");
    for bad in ["", "  ", "a\u{0}b", &"x".repeat(101)] {
        assert_problem!(ada.patch(&path, json!({ "name": bad })).await, 422, "validation");
    }
    for refused in [
        bob.patch(&path, json!({ "name": "mine" })).await,
        bob.delete(&path).await,
        bob.put(&format!("{path}/block"), json!(null)).await,
        bob.delete(&format!("{path}/trust")).await,
    ] {
        assert_problem!(refused, 404, "not-found");
    }
    ada.delete(&path).await.expect(204);
    assert_problem!(ada.delete(&path).await, 404, "not-found");
    let refresh = json!({ "refresh_token": answer.value()["refresh_token"] });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    let stranger = token(&sign_in(&orion, &ada.email, &token(&answer)).await.expect(200));
    assert_ne!(stranger, token(&answer), "its next sign-in is that of a new device");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_block_and_forget_the_devices_of_others() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let path = format!("/api/v1/auth/admin/users/{}/devices", ada.id);
    assert_problem!(bob.get(&path).await, 403, "permission-denied");
    let admin = orion.administrator().await;
    let id = devices(admin, &path).await[0].id;
    let (one, block) = (format!("{path}/{id}"), format!("{path}/{id}/block"));
    for refused in [bob.put(&block, json!(null)).await, bob.delete(&block).await, bob.delete(&one).await] {
        assert_problem!(refused, 403, "permission-denied");
    }
    admin.put(&block, json!(null)).await.expect(204);
    assert_problem!(ada.get("/api/v1/auth/me").await, 401, "invalid-token");
    assert_eq!(devices(admin, &path).await[0].status, DeviceStatus::Blocked);
    admin.delete(&block).await.expect(204);
    assert_eq!(devices(admin, &path).await[0].status, DeviceStatus::Untrusted);
    admin.delete(&one).await.expect(204);
    assert_eq!(devices(admin, &path).await.len(), 0);
    let foreign = format!("/api/v1/auth/admin/users/{}/devices/{id}", bob.id);
    assert_problem!(admin.delete(&foreign).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_more_than_fifty_devices_the_one_unused_for_longest_goes_and_no_blocked_one() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let ada = orion.user("ada").await;
    let mut tokens = vec![token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200))];
    let blocked = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    ada.put(&format!("{DEVICES}/{blocked}/block"), json!(null)).await.expect(204);
    for _ in 0..50 {
        orion.advance(Duration::from_secs(1)).await;
        tokens.push(token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200)));
    }
    let listed = devices(&ada, DEVICES).await;
    assert_eq!(listed.len(), 50);
    assert!(listed.iter().any(|device| device.id == blocked));
    assert_problem!(sign_in(&orion, &ada.email, &tokens[0]).await, 401, "invalid-credentials");
    assert_ne!(token(&sign_in(&orion, &ada.email, &tokens[1]).await.expect(200)), tokens[1], "it was forgotten");
    assert_eq!(token(&sign_in(&orion, &ada.email, &tokens[40]).await.expect(200)), tokens[40]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_comes_with_a_token_of_its_own() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    // Whoever copied it when it was worth nothing.
    let before = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let copied = token(&before);
    let (_, codes) = enrol(&orion, &ada).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &copied).await.expect(202));
    let step = json!({ "code": codes[0], "trust_device": true });
    let trusted = token(&flow.step("backup-code", step).await.expect(200));
    assert_ne!(trusted, copied);
    sign_in(&orion, &ada.email, &copied).await.expect(202);
    sign_in(&orion, &ada.email, &trusted).await.expect(200);
    let listed = devices(&ada, DEVICES).await;
    assert_eq!(listed.len(), 2, "one took the place of the other");
    // What began with the token of before is of the same device.
    let id = listed.iter().find(|device| device.status == DeviceStatus::Trusted).unwrap().id;
    ada.put(&format!("{DEVICES}/{id}/block"), json!(null)).await.expect(204);
    let refresh = json!({ "refresh_token": before.value()["refresh_token"] });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_of_a_device_which_lists_show_is_no_token_of_it() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let own = token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200));
    let foreign = token(&sign_in(&orion, &bob.email, &Value::Null).await.expect(200));
    let part = |token: &Value, at: usize| token.as_str().unwrap().split('.').nth(at).unwrap().to_owned();
    for forged in [format!("{}.{}", part(&own, 0), part(&foreign, 1)), format!("{}.", part(&own, 0)), part(&own, 0)] {
        let given = token(&sign_in(&orion, &ada.email, &json!(forged)).await.expect(200));
        assert_ne!(given, own, "{forged}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_turns_an_app_off_and_sets_up_another_one_trusts_no_device_by_the_first() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    ada.delete("/api/v1/auth/two-factor/totp").await.expect(204);
    enrol(&orion, &ada).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_devices_are_trusted_no_more_those_that_were_are_not() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let setting = "/api/v1/settings/auth.trusted_device_days";
    orion.administrator().await.put(setting, json!({ "value": 0 })).await.expect(200);
    eventually("the setting is applied, and the second factor asked for", async || {
        (sign_in(&orion, &ada.email, &device).await.status == 202).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_has_not_signed_in_for_a_year_is_a_stranger_but_stays_blocked() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (old, lost) =
        (sign_in(&orion, &ada.email, &Value::Null).await, sign_in(&orion, &ada.email, &Value::Null).await);
    let blocked = devices(&orion.anonymous().with_token(session(&lost)), DEVICES).await;
    let blocked = blocked.iter().find(|device| device.is_current).unwrap().id;
    ada.put(&format!("{DEVICES}/{blocked}/block"), json!(null)).await.expect(204);
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let year_ago = now(&orion) - chrono::TimeDelta::days(365);
    let set = statement(txn.connection(), "UPDATE devices SET signed_in_at = $1", [year_ago.into()]);
    txn.connection().execute_raw(set).await.unwrap();
    txn.commit().await.unwrap();

    let listed = devices(&ada, DEVICES).await;
    assert_eq!(listed.iter().map(|device| device.id).collect::<Vec<_>>(), [blocked]);
    assert_ne!(token(&sign_in(&orion, &ada.email, &token(&old)).await.expect(200)), token(&old));
    assert_problem!(sign_in(&orion, &ada.email, &token(&lost)).await, 401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_has_blocked_its_owner_does_not_let_in_again() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let theirs = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let own = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    let path = format!("/api/v1/auth/admin/users/{}/devices/{own}", ada.id);
    let admin = orion.administrator().await;
    // Also where its owner was first.
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    assert!(devices(&ada, DEVICES).await.iter().all(|device| !device.is_blocked_by_administrator));
    admin.put(&format!("{path}/block"), json!(null)).await.expect(204);
    let listed = devices(&ada, DEVICES).await;
    let blocked = listed.iter().find(|device| device.id == own).unwrap();
    assert!(blocked.is_blocked_by_administrator && blocked.status == DeviceStatus::Blocked, "they are told");
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    // Forgotten, it would be a new device.
    for refused in [ada.delete(&format!("{DEVICES}/{own}/block")).await, ada.delete(&format!("{DEVICES}/{own}")).await]
    {
        let refused = assert_problem!(refused, 409, "conflict");
        assert!(refused.text.contains("An administrator has blocked this device"), "{refused:?}");
    }
    ada.delete(&format!("{DEVICES}/{own}/trust")).await.expect(204);
    assert_problem!(sign_in(&orion, &ada.email, &token(&theirs)).await, 401, "invalid-credentials");
    admin.delete(&format!("{path}/block")).await.expect(204);
    sign_in(&orion, &ada.email, &token(&theirs)).await.expect(200);
    // What its owner blocks from then on is the owner's again.
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    ada.delete(&format!("{DEVICES}/{own}/block")).await.expect(204);
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'device.blocked'";
    assert_eq!(super::count(&orion, noted, []).await, 2, "that somebody else keeps it blocked is no news");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_app_and_new_backup_codes_leave_nothing_standing_that_was_proven_by_the_old_ones() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let waiting = begin(&orion, &ada.email).await;
    let (app, _) = enrol(&orion, &ada).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
    assert_problem!(waiting.step("passkey-options", json!({})).await, 410, "flow-over");
    let told = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'factor.added' AND details LIKE $1";
    assert_eq!(count(&orion, told, ["%\"replaced\":\"totp\"%".into()]).await, 1, "the second one, and not the first");

    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let waiting = begin(&orion, &ada.email).await;
    ada.post("/api/v1/auth/two-factor/backup-codes", json!({})).await.expect(200);
    sign_in(&orion, &ada.email, &device).await.expect(202);
    assert_problem!(waiting.step("passkey-options", json!({})).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_does_not_stand_in_for_the_second_factor_where_the_password_has_to_be_changed() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    order_new_password(&orion, &ada).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &device).await.expect(202));
    assert_eq!(flow.told.next, FlowStep::SecondFactor, "whoever has stolen device and password sets no other one");
    let next = flow.step("backup-code", json!({ "code": codes[0] })).await.expect(202);
    assert_eq!(next.value()["next"], "new_password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lets_a_device_sign_in_again_only_after_a_fresh_sign_in() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (ada, admin) = (orion.user("ada").await, orion.administrator().await);
    let path = format!("/api/v1/auth/admin/users/{}/devices", ada.id);
    let block = format!("{path}/{}/block", devices(admin, &path).await[0].id);
    admin.put(&block, json!(null)).await.expect(204);
    orion.advance(Duration::from_secs(400)).await;
    let forget = block.trim_end_matches("/block");
    for stale in [admin.delete(&block).await, admin.delete(forget).await, admin.put(&block, json!(null)).await] {
        assert_problem!(stale, 401, "insufficient-user-authentication");
    }
    assert_eq!(devices(admin, &path).await[0].status, DeviceStatus::Blocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lifts_no_block_of_another_one_from_a_device_of_their_own() {
    let orion = TestPlatform::start().await;
    let admin = orion.administrator().await;
    sign_in(&orion, &admin.email, &Value::Null).await.expect(200);
    let path = format!("/api/v1/auth/admin/users/{}/devices", admin.id);
    let own = devices(admin, &path).await.iter().find(|device| !device.is_current).unwrap().id;
    // Of their own they are the owner.
    admin.put(&format!("{path}/{own}/block"), json!(null)).await.expect(204);
    assert!(devices(admin, &path).await.iter().all(|device| !device.is_blocked_by_administrator));
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let held = "UPDATE devices SET is_blocked_by_administrator = TRUE WHERE id = $1";
    txn.execute_raw(statement(txn.connection(), held, [own.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
    for refused in [admin.delete(&format!("{path}/{own}/block")).await, admin.delete(&format!("{path}/{own}")).await] {
        assert_problem!(refused, 409, "conflict");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_like_a_device_that_was_blocked_or_forgotten_is_told_again_the_same_day() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let told = async |user: &TestUser| {
        let told = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'login.new_device' AND user_id = $1";
        count(&orion, told, [user.id.0.into()]).await
    };
    for (user, order) in [(&ada, "block"), (&bob, "forget")] {
        sign_in(&orion, &user.email, &Value::Null).await.expect(200);
        sign_in(&orion, &user.email, &Value::Null).await.expect(200);
        assert_eq!(told(user).await, 1, "{order}: one for all that look alike");
        orion.advance(Duration::from_secs(1)).await;
        let known = devices(user, DEVICES).await;
        let firefoxes: Vec<_> = known.iter().filter(|device| device.name.contains("Firefox")).collect();
        assert_eq!(firefoxes.len(), 2);
        for device in firefoxes {
            match order {
                "block" => user.put(&format!("{DEVICES}/{}/block", device.id), json!(null)).await.expect(204),
                _ => user.delete(&format!("{DEVICES}/{}", device.id)).await.expect(204),
            };
        }
        sign_in(&orion, &user.email, &Value::Null).await.expect(200);
        assert_eq!(told(user).await, 2, "{order}: and of what comes after it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_step_up_a_trusted_device_stands_in_for_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let caller = orion.anonymous().with_token(session(&sign_in(&orion, &ada.email, &device).await.expect(200)));
    let begun = caller.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &begun);
    let next = flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    assert_eq!(next.value()["next"], "second_factor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_keeps_no_token_pushes_out_no_device_that_is_trusted_or_has_come_back() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let ada = orion.user("ada").await;
    let once = token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200));
    let back = token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200));
    sign_in(&orion, &ada.email, &back).await.expect(200);
    let trusted = token(&sign_in(&orion, &ada.email, &Value::Null).await.expect(200));
    let id: uuid::Uuid = trusted.as_str().unwrap().split('.').next().unwrap().parse().unwrap();
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let trust = "UPDATE devices SET status = 'trusted', trusted_until = $1 WHERE id = $2";
    let values = [(now(&orion) + DAY).into(), id.into()];
    txn.execute_raw(statement(txn.connection(), trust, values)).await.unwrap();
    txn.commit().await.unwrap();
    for _ in 0..50 {
        orion.advance(Duration::from_secs(1)).await;
        sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    }
    assert_eq!(devices(&ada, DEVICES).await.len(), 50);
    for kept in [back, trusted] {
        assert_eq!(token(&sign_in(&orion, &ada.email, &kept).await.expect(200)), kept);
    }
    assert_ne!(token(&sign_in(&orion, &ada.email, &once).await.expect(200)), once, "it was seen once, and long ago");
}
