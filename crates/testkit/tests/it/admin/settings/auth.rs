//! What settings of auth do.

use super::effects::fresh;
use crate::auth::two_factor::{enrol, now};
use orion_testkit::mailbox::reset_token_in;
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, eventually};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
const WELCOME: &str = "https://shop.example.com/welcome";
const SIGN_IN: &str = "https://shop.example.com/in";

effects! {
    at TestPlatform::start;
    tokens_live_that_long: "auth.access_token_seconds" = 77, token_seconds: 300 => 77;
    who_stays_away_is_signed_out_sooner: "auth.refresh_token_days" = 2, refresh_after_three_days: 200 => 401;
    sessions_are_over_sooner: "auth.session_absolute_days" = 2, refresh_after_three_days: 200 => 401;
    a_slow_tab_comes_too_late: "auth.refresh_grace_seconds" = 2, refresh_by_a_slow_tab: 200 => 401;
    passwords_must_be_longer: "auth.password_min_length" = 40, registration: 201 => 422;
    passwords_beside_a_second_factor_must_be_longer: "auth.password_min_length_with_second_factor" = 12, change_to_ten: 204 => 422;
    keys_rotate_sooner: "auth.key_rotation_days" = 1, keys_after_a_day: 1 => 2;
    fewer_failures_make_wait: "auth.login_failures_before_delay" = 1, failures_make_wait: false => true;
    fewer_sign_ins_are_let_in: "auth.login_attempts_per_address_per_minute" = 2, sign_ins_are_limited: false => true;
    fewer_people_register: "auth.registrations_per_address_per_minute" = 2, registrations_are_limited: false => true;
    devices_are_trusted_no_more: "auth.trusted_device_days" = 0, trusted_device_signs_in: 200 => 202;
    roles_demand_a_second_factor: "auth.second_factor_roles" = "editor, super_admin", administrator_signs_in: 200 => 202;
    roles_with_spaces_between_demand_one_too: "auth.second_factor_roles" = "editor super_admin", administrator_signs_in: 200 => 202;
    reset_links_are_over_sooner: "auth.password_reset_minutes" = 5, reset_after_ten_minutes: 204 => 422;
    reset_links_lead_elsewhere: "auth.password_reset_url" = WELCOME, reset_link_leads_to_the_shop: false => true;
    links_for_another_address_lead_elsewhere: "auth.email_change_url" = WELCOME, change_link_leads_to_the_shop: false => true;
    links_lead_elsewhere: "auth.verification_url" = WELCOME, link_leads_to_the_shop: false => true;
    products_get_people_back: "auth.return_urls" = WELCOME, page_lets_back_to_the_shop: 400 => 200;
    pages_lead_on: "auth.sign_in_url" = SIGN_IN, page_leads_to_the_shop: false => true;
}

async fn login(orion: &TestPlatform, email: &str, password: &str) -> Answer {
    orion.anonymous().post("/api/v1/auth/login", json!({ "email": email, "password": password })).await
}

async fn register(orion: &TestPlatform, email: &str) -> Answer {
    orion.anonymous().post("/api/v1/auth/register", json!({ "email": email, "password": PASSWORD })).await
}

async fn refresh(orion: &TestPlatform, token: &str) -> Answer {
    orion.anonymous().post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await
}

async fn administrator(orion: &TestPlatform) -> TestUser {
    let email = &orion.administrator().await.email;
    TestUser::sign_in(&orion.anonymous(), email, PASSWORD).await
}

async fn administrator_signs_in(orion: &TestPlatform) -> Value {
    let email = &orion.administrator().await.email;
    json!(login(orion, email, PASSWORD).await.status)
}

/// Sets up an app, trusts a device, and signs in from it without a code.
async fn trusted_device_signs_in(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    let user = orion.user(&email).await;
    let (app, _) = enrol(orion, &user).await;
    orion.advance(Duration::from_secs(90)).await;
    let flow = login(orion, &email, PASSWORD).await.expect(202).value();
    let path = format!("/api/v1/auth/flows/{}/totp", flow["flow_id"].as_str().unwrap());
    let step = json!({ "flow_token": flow["flow_token"], "code": app.code(now(orion)), "trust_device": true });
    // Where no device may be trusted, this one has a token as well.
    let token = orion.anonymous().post(&path, step).await.expect(200).value()["device_token"].clone();
    let order = json!({ "email": email, "password": PASSWORD, "device_token": token });
    json!(orion.anonymous().post("/api/v1/auth/login", order).await.status)
}

/// Asks for a link to choose a new password; the mail with it.
async fn reset_mail(orion: &TestPlatform) -> String {
    let email = fresh(orion);
    let (client, order) = (orion.anonymous(), json!({ "email": email, "password": PASSWORD }));
    client.post("/api/v1/auth/register", order).await.expect(201);
    let token = orion.mailbox.verification_token(&email).await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    client.post("/api/v1/auth/password/reset", json!({ "email": email })).await.expect(202);
    let newest = async || orion.mailbox.to(&email).await.pop().filter(|mail| !mail.contains("verify-email?"));
    eventually("the mail", newest).await
}

async fn reset_after_ten_minutes(orion: &TestPlatform) -> Value {
    let token = reset_token_in(&reset_mail(orion).await).unwrap();
    orion.settle().await;
    orion.advance(Duration::from_secs(600)).await;
    let order = json!({ "token": token, "new_password": "a wholly different passphrase" });
    json!(orion.anonymous().post("/api/v1/auth/password/reset/confirm", order).await.status)
}

async fn reset_link_leads_to_the_shop(orion: &TestPlatform) -> Value {
    json!(reset_mail(orion).await.contains(&format!("{WELCOME}?token=")))
}

async fn change_link_leads_to_the_shop(orion: &TestPlatform) -> Value {
    let (ada, new) = (orion.user(&fresh(orion)).await, fresh(orion));
    ada.post("/api/v1/users/me/email-change", json!({ "email": new })).await.expect(202);
    orion.settle().await;
    let mail = orion.mailbox.to(&new).await.pop().expect("a mail");
    json!(mail.contains(&format!("{WELCOME}?token=")))
}

async fn token_seconds(orion: &TestPlatform) -> Value {
    let email = &orion.administrator().await.email;
    login(orion, email, PASSWORD).await.expect(200).value()["expires_in"].clone()
}

async fn refresh_after_three_days(orion: &TestPlatform) -> Value {
    let root = administrator(orion).await;
    // A job that runs while its hour is moved away has taken too long.
    orion.settle().await;
    orion.advance(72 * HOUR).await;
    json!(refresh(orion, &root.refresh_token).await.status)
}

/// By a tab that still has the first token when the others have refreshed twice.
async fn refresh_by_a_slow_tab(orion: &TestPlatform) -> Value {
    let first = administrator(orion).await.refresh_token;
    let mut newest = first.clone();
    for _ in 0..2 {
        let tokens: Value = refresh(orion, &newest).await.json();
        newest = tokens["refresh_token"].as_str().unwrap().to_owned();
    }
    orion.advance(Duration::from_secs(5)).await;
    json!(refresh(orion, &first).await.status)
}

async fn registration(orion: &TestPlatform) -> Value {
    json!(register(orion, &fresh(orion)).await.status)
}

/// Somebody with a second factor chooses a password of ten characters.
async fn change_to_ten(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    register(orion, &email).await.expect(201);
    let token = orion.mailbox.verification_token(&email).await;
    let order = json!({ "token": token, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    let user = TestUser::sign_in(&orion.anonymous(), &email, PASSWORD).await;
    enrol(orion, &user).await;
    let order = json!({ "current_password": PASSWORD, "new_password": "kiwi7fog2x" });
    json!(user.post("/api/v1/auth/password", order).await.status)
}

/// How many keys are published, or soon will be.
async fn keys_after_a_day(orion: &TestPlatform) -> Value {
    orion.settle().await;
    orion.advance(25 * HOUR).await;
    let until = Instant::now() + Duration::from_secs(3);
    loop {
        let set = orion.anonymous().get("/.well-known/jwks.json").await.expect(200).value();
        let count = set["keys"].as_array().unwrap().len();
        if count > 1 || Instant::now() > until {
            return json!(count);
        }
        // Nobody is told when a key was published, or that none will be.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn failures_make_wait(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(login(orion, &email, "a wrong password").await.status);
    }
    json!(statuses.contains(&429))
}

async fn sign_ins_are_limited(orion: &TestPlatform) -> Value {
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(login(orion, &fresh(orion), "a wrong password").await.status);
    }
    json!(statuses.contains(&429))
}

async fn registrations_are_limited(orion: &TestPlatform) -> Value {
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(register(orion, &fresh(orion)).await.status);
    }
    json!(statuses.contains(&429))
}

async fn link_leads_to_the_shop(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    register(orion, &email).await.expect(201);
    let mail = eventually("the mail", || async { orion.mailbox.to(&email).await.pop() }).await;
    json!(mail.contains(&format!("{WELCOME}?token=")))
}

/// The page that is shown to whoever has confirmed an address.
async fn page_leads_to_the_shop(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    register(orion, &email).await.expect(201);
    let token = orion.mailbox.verification_token(&email).await;
    let order = json!({ "token": token, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    let page = orion.anonymous().get(&format!("/auth/verify-email?token={token}")).await.expect(200);
    json!(page.text.contains(&format!("href=\"{SIGN_IN}\"")))
}

/// The page that the shop sends people to.
async fn page_lets_back_to_the_shop(orion: &TestPlatform) -> Value {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let path = format!("/auth/sign-in?return_to={WELCOME}&code_challenge={challenge}");
    json!(orion.anonymous().get(&path).await.status)
}
