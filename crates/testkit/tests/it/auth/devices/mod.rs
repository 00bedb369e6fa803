//! `/api/v1/auth/devices`

mod blocks;
mod trust;

use super::count;
use super::flows::Flow;
use super::two_factor::now;
use orion_contracts::ServiceName;
use orion_contracts::auth::{Device, DeviceKind, DeviceList, DeviceStatus, TokenResponse};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Authenticator, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
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
