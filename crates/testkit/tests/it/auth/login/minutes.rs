//! What one address, or one device, tries in a minute.

use super::PATH;
use orion_contracts::ServiceName;
use orion_testkit::{Answer, Backend, Client, PASSWORD, TestPlatform, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_gets_a_bounded_number_of_tries_a_minute() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 3).start().await;
    let client = orion.anonymous();
    let login = |number: u32| {
        client.post(PATH, json!({ "email": format!("user{number}@example.com"), "password": "a wrong password" }))
    };
    for number in 0..3 {
        login(number).await.expect(401);
    }
    assert_problem!(login(3).await, 429, "rate-limited");
    // Redis keeps its own time, which no test can move.
    if orion.backend() != Backend::Production {
        orion.advance(Duration::from_secs(61)).await;
        login(4).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_at_an_address_take_nothing_from_a_known_device_which_has_tries_of_its_own() {
    let limit = 4;
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", limit).start().await;
    let ada = orion.user("ada").await;
    let (app, _) = crate::auth::two_factor::enrol(&orion, &ada).await;
    let client = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let order = |device: &Value| json!({ "email": ada.email, "password": PASSWORD, "device_token": device });
    let code = || app.code(crate::auth::two_factor::now(&orion));
    // The code of now was used for the app itself.
    orion.advance(Duration::from_secs(31)).await;
    let flow = crate::auth::flows::Flow::of(&client, &client.post(PATH, order(&Value::Null)).await.expect(202));
    let device = flow.step("totp", json!({ "code": code() })).await.expect(200).value()["device_token"].clone();
    orion.advance(Duration::from_secs(31)).await;
    // Somebody else behind the same address uses all of its tries up.
    let guess = json!({ "email": "nobody@example.com", "password": "a wrong password" });
    eventually("a refusal", || async { (client.post(PATH, &guess).await.status == 429).then_some(()) }).await;
    let flow = crate::auth::flows::Flow::of(&client, &client.post(PATH, order(&device)).await.expect(202));
    flow.step("totp", json!({ "code": code() })).await.expect(200);
    // Two were a sign-in: a right password lets nobody in as often as they like.
    for _ in 2..limit {
        client.post(PATH, order(&device)).await.expect(202);
    }
    assert_problem!(client.post(PATH, order(&device)).await, 429, "rate-limited");
    // Pages that begin for everybody who looks are counted the same way.
    let begin = |device: &Value| json!({ "purpose": "sign_in", "device_token": device });
    let flows = "/api/v1/auth/flows";
    eventually("a refusal", || async { (client.post(flows, begin(&Value::Null)).await.status == 429).then_some(()) })
        .await;
    for _ in 0..limit {
        client.post(flows, begin(&device)).await.expect(202);
    }
    assert_problem!(client.post(flows, begin(&device)).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ipv6_client_is_counted_by_its_network() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 3).start().await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let login = |from: &str| {
        let request = auth.request("POST", PATH).header("x-forwarded-for", from);
        Answer::of(request.json(&json!({ "email": "ada@example.com", "password": "a wrong password" })))
    };
    for from in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
        login(from).await.expect(401);
    }
    assert_problem!(login("2001:db8::4").await, 429, "rate-limited");
    login("2001:db8:0:1::4").await.expect(401);
}
