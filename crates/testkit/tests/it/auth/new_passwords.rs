//! Which passwords may be chosen: how long they are beside a second factor, and what a service that knows leaks says of them.

use super::flows::{Flow, order_new_password};
use super::two_factor::{TOTP, enrol, now};
use orion_contracts::ServiceName;
use orion_contracts::auth::FlowStep;
use orion_testkit::leaks::{LeakServer, Leaks};
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use std::time::{Duration, Instant};

const CHANGE: &str = "/api/v1/auth/password";
const RESET: &str = "/api/v1/auth/password/reset";
const CONFIRM: &str = "/api/v1/auth/password/reset/confirm";
const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";
/// Of eight characters.
const SHORT: &str = "kiwi7fog";
const NEW: &str = "a wholly different passphrase";
/// Of [`NEW`].
const NEW_SHA1: &str = "46C3D5E3B28667DE48A060B5794686745B6AC8AB";

async fn change(user: &TestUser, current: &str, new: &str) -> Answer {
    user.post(CHANGE, json!({ "current_password": current, "new_password": new })).await
}

async fn login(orion: &TestPlatform, email: &str, password: &str) -> Answer {
    orion.anonymous().post(LOGIN, json!({ "email": email, "password": password })).await
}

async fn reset_token(orion: &TestPlatform, email: &str) -> String {
    orion.anonymous().post(RESET, json!({ "email": email })).await.expect(202);
    eventually("the mail with the link", async || orion.mailbox.reset_tokens(email).await.pop()).await
}

fn is_short(answer: Answer) {
    let answer = assert_problem!(answer, 422, "validation");
    assert_eq!(answer.problem_codes(), ["too_short"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_characters_are_enough_beside_a_second_factor_and_not_without() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    is_short(orion.anonymous().post(REGISTER, json!({ "email": "eve@example.com", "password": SHORT })).await);
    is_short(change(&ada, PASSWORD, SHORT).await);
    let token = reset_token(&orion, &ada.email).await;
    let chosen = json!({ "token": token, "new_password": SHORT });
    is_short(orion.anonymous().post(CONFIRM, &chosen).await);

    enrol(&orion, &ada).await;
    is_short(change(&ada, PASSWORD, "kiwi7fo").await);
    orion.anonymous().post(CONFIRM, &chosen).await.expect(204);
    login(&orion, &ada.email, SHORT).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_change_takes_eight_characters_where_there_is_a_second_factor() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    order_new_password(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let flow = super::flows::begin(&orion, &ada.email).await;
    flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(202);
    is_short(flow.step("new-password", json!({ "new_password": "kiwi7fo" })).await);
    flow.step("new-password", json!({ "new_password": SHORT })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_password_whose_second_factor_is_gone_is_changed_at_the_next_sign_in() {
    let orion = TestPlatform::start().await;
    let (ada, bob, eve) = (orion.user("ada").await, orion.user("bob").await, orion.user("eve").await);
    for user in [&ada, &bob, &eve] {
        enrol(&orion, user).await;
    }
    change(&ada, PASSWORD, SHORT).await.expect(204);
    change(&bob, PASSWORD, SHORT).await.expect(204);
    change(&eve, PASSWORD, NEW).await.expect(204);
    // By its owner, and by an administrator.
    ada.delete(TOTP).await.expect(204);
    eve.delete(TOTP).await.expect(204);
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", bob.id);
    orion.administrator().await.post(&reset, json!({ "reason": "Lost the phone" })).await.expect(204);
    for email in [&ada.email, &bob.email] {
        let answer = login(&orion, email, SHORT).await.expect(202);
        let flow = Flow::of(&orion.anonymous(), &answer);
        assert_eq!(flow.told.next, FlowStep::NewPassword, "{email}");
        is_short(flow.step("new-password", json!({ "new_password": "kiwi7fog2" })).await);
        flow.step("new-password", json!({ "new_password": NEW })).await.expect(200);
        login(&orion, email, NEW).await.expect(200);
    }
    login(&orion, &eve.email, NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_password_is_good_again_once_there_is_a_second_factor_again() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    change(&ada, PASSWORD, SHORT).await.expect(204);
    ada.delete(TOTP).await.expect(204);
    let (_, codes) = enrol(&orion, &ada).await;
    let flow = Flow::of(&orion.anonymous(), &login(&orion, &ada.email, SHORT).await.expect(202));
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200);
}

/// A platform that asks a service which behaves like this.
async fn asking(leaks: Leaks) -> (LeakServer, TestPlatform) {
    let server = LeakServer::start(leaks).await;
    let orion = TestPlatform::builder().set("auth.breach_check_url", server.url()).start().await;
    (server, orion)
}

fn is_leaked(answer: Answer, field: &str) {
    let answer = assert_problem!(answer, 422, "validation");
    assert_eq!((answer.problem_fields(), answer.problem_codes()), (vec![field.to_owned()], vec!["leaked".to_owned()]));
}

async fn outcomes(orion: &TestPlatform, outcome: &str) -> bool {
    let metrics = Client::new(orion.service_url(ServiceName::Auth)).get("/metrics").await.text;
    let name = format!("auth_breach_checks_total{{outcome=\"{outcome}\"");
    metrics.lines().any(|line| line.starts_with(&name) && !line.ends_with(" 0"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_from_a_leak_is_refused_wherever_one_is_chosen() {
    let (server, orion) = asking(Leaks::Knows(NEW_SHA1, 3)).await;
    let ada = orion.user("ada").await;
    let order = json!({ "email": "eve@example.com", "password": NEW });
    is_leaked(orion.anonymous().post(REGISTER, order).await, "password");
    is_leaked(change(&ada, PASSWORD, NEW).await, "new_password");
    let token = reset_token(&orion, &ada.email).await;
    let chosen = |password: &str| json!({ "token": token, "new_password": password });
    is_leaked(orion.anonymous().post(CONFIRM, chosen(NEW)).await, "new_password");
    order_new_password(&orion, &ada).await;
    let flow = super::flows::begin(&orion, &ada.email).await;
    is_leaked(flow.step("new-password", json!({ "new_password": NEW })).await, "new_password");
    orion.user("bob").unverified().await;
    let link = super::links_to(&orion, "bob@example.com").await.pop().unwrap();
    let order = json!({ "token": link, "password": NEW, "replace_password": true });
    is_leaked(orion.anonymous().post("/api/v1/auth/verify-email", order).await, "password");
    orion.anonymous().post(CONFIRM, chosen("one that nobody has leaked")).await.expect(204);
    assert!(outcomes(&orion, "known").await && outcomes(&orion, "unknown").await);
    let asked = server.asked();
    assert!(asked.contains(&NEW_SHA1[..5].to_owned()) && asked.iter().all(|told| told.len() == 5), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_fill_an_answer_up_accuse_no_password() {
    let (server, orion) = asking(Leaks::Knows(NEW_SHA1, 0)).await;
    let ada = orion.user("ada").await;
    change(&ada, PASSWORD, NEW).await.expect(204);
    assert!(server.asked().contains(&NEW_SHA1[..5].to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_or_one_that_is_refused_here_asks_nobody() {
    let (server, orion) = asking(Leaks::Knows(NEW_SHA1, 3)).await;
    let ada = orion.user("ada").await;
    let before = server.asked().len();
    change(&ada, "not the password", NEW).await.expect(422);
    change(&ada, PASSWORD, "too short").await.expect(422);
    login(&orion, &ada.email, PASSWORD).await.expect(200);
    assert_eq!(server.asked().len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_for_leaks_that_fails_hangs_or_answers_without_end_stops_nobody() {
    for leaks in [Leaks::Fails, Leaks::Hangs, Leaks::Floods, Leaks::Redirects] {
        let (server, orion) = asking(leaks.clone()).await;
        let ada = orion.user("ada").await;
        let (started, before) = (Instant::now(), server.asked().len());
        change(&ada, PASSWORD, NEW).await.expect(204);
        assert!(started.elapsed() < Duration::from_secs(5), "{leaks:?} took {:?}", started.elapsed());
        assert_eq!(server.asked().len(), before + 1, "{leaks:?}: asked once, and no redirect followed");
        assert!(outcomes(&orion, "unavailable").await, "{leaks:?}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let orion = TestPlatform::builder().set("auth.breach_check_url", format!("http://{nobody}")).start().await;
    change(&orion.user("ada").await, PASSWORD, NEW).await.expect(204);
}
