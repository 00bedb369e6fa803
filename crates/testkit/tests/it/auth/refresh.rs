//! `/api/v1/auth/refresh`

use super::flows::{Flow, claims};
use super::two_factor::{enrol, now};
use super::{count, facts, tell};
use orion_contracts::auth::{TokenResponse, TotpEnrolment};
use orion_contracts::users::UserStatus;
use orion_testkit::{Answer, Authenticator, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_refreshes_at_once_one_rotates_and_all_get_its_successor() {
    // A thousand connections at once from one client, into a debug build that shares one thread with this test.
    let orion = TestPlatform::builder()
        .set("gateway.max_connections_per_client", 5000)
        .set("gateway.connect_timeout_ms", 30_000)
        .set("database.acquire_timeout_ms", 30_000)
        .start()
        .await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let (client, token) = (client.clone(), ada.refresh_token.clone());
            tokio::spawn(async move { refresh(&client, &token).await })
        })
        .collect();
    let mut successors = BTreeSet::new();
    for call in calls {
        let tokens: TokenResponse = call.await.unwrap().json();
        successors.insert(tokens.refresh_token.expose().to_owned());
    }
    assert_eq!(successors.len(), 1);
    let of_session = "SELECT COUNT(*) AS n FROM auth_tokens WHERE session_id = $1";
    assert_eq!(count(&orion, of_session, [ada.session_id.0.into()]).await, 2, "the first one and its one successor");
}

/// The newest refresh token of a session.
fn newest(answer: &Answer) -> String {
    answer.json::<TokenResponse>().refresh_token.expose().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_can_be_asked_for_again_until_its_token_is_used() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let first = refresh(&client, &ada.refresh_token).await;
    for pause in [0, 11, 86_400] {
        orion.advance(Duration::from_secs(pause)).await;
        let again = refresh(&client, &ada.refresh_token).await;
        assert_eq!(newest(&again), newest(&first), "after {pause} s");
        assert_eq!(again.json::<TokenResponse>().session_id, ada.session_id);
    }
    // After the grace it may be somebody with a copy: it is noted, once for each token.
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'session.refresh_token_repeated'";
    assert_eq!(count(&orion, noted, []).await, 1);
    let second = refresh(&client, &newest(&first)).await;
    let third = refresh(&client, &newest(&second)).await;
    orion.advance(Duration::from_secs(11)).await;
    assert_problem!(refresh(&client, &newest(&first)).await, 401, "invalid-refresh-token");
    assert_eq!(refresh(&client, &newest(&third)).await.status, 401, "the session is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_second_tab_signs_nobody_out() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let first = newest(&refresh(&client, &ada.refresh_token).await);
    let second = newest(&refresh(&client, &first).await);
    // Its request was on the way while the first tab refreshed twice.
    for late in [&ada.refresh_token, &first] {
        assert_eq!(newest(&refresh(&client, late).await), second);
    }
    let mut token = newest(&refresh(&client, &second).await);
    for _ in 0..30 {
        token = newest(&refresh(&client, &token).await);
    }
    assert_problem!(refresh(&client, &ada.refresh_token).await, 401, "invalid-refresh-token");
    refresh(&client, &token).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_given_again_to_another_program() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let with = async |agent: &str, token: &str| {
        let request = client.request("POST", "/api/v1/auth/refresh").header("user-agent", agent);
        Answer::of(request.json(&json!({ "refresh_token": token }))).await
    };
    let ada = orion.user("ada").await;
    let next = newest(&with("app/1", &ada.refresh_token).await);
    // At once it may be another program of the same person: it is refused, and nothing ends.
    assert_problem!(with("curl/8", &ada.refresh_token).await, 401, "invalid-refresh-token");
    let next = newest(&with("app/1", &next).await.expect(200));
    let used = newest(&with("app/1", &next).await.expect(200));
    orion.advance(Duration::from_secs(11)).await;
    assert_problem!(with("curl/8", &next).await, 401, "invalid-refresh-token");
    assert_problem!(with("app/1", &used).await, 401, "invalid-refresh-token");
    // An updated one is the same.
    let eve = orion.user("eve").await;
    let next = newest(&with("app/1.9", &eve.refresh_token).await);
    orion.advance(Duration::from_secs(11)).await;
    assert_eq!(newest(&with("app/2.0.1", &eve.refresh_token).await.expect(200)), next);
    // The newest one may move on: programs are updated.
    let bob = orion.user("bob").await;
    let next = newest(&with("app/1", &bob.refresh_token).await);
    with("app/2", &next).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refresh_token_is_the_idempotency_key() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let request = client.request("POST", "/api/v1/auth/refresh").header("idempotency-key", "once");
        let answer = Answer::of(request.json(&json!({ "refresh_token": ada.refresh_token }))).await;
        let TokenResponse { access_token, refresh_token, .. } = answer.json();
        client.with_token(access_token.expose()).get("/api/v1/users/me").await.expect(200);
        tokens.push(refresh_token);
    }
    assert_eq!(tokens[0], tokens[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_comes_after_its_successor_was_used_ends_the_session_with_all_of_its_tokens() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let first = newest(&refresh(&client, &ada.refresh_token).await);
    let second = newest(&refresh(&client, &first).await);
    orion.advance(Duration::from_secs(11)).await;
    ada.get("/api/v1/users/me").await.expect(200);

    assert_problem!(refresh(&client, &ada.refresh_token).await, 401, "invalid-refresh-token");
    assert_problem!(refresh(&client, &second).await, 401, "invalid-refresh-token");
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
    let reused = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'session.refresh_token_reused'";
    assert_eq!(count(&orion, reused, []).await, 1);
    let lines = "SELECT COUNT(*) AS n FROM session_blacklist WHERE kind = 'sid' AND subject = $1";
    assert_eq!(count(&orion, lines, [ada.session_id.0.into()]).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_is_noticed_after_a_restart() {
    let mut orion = TestPlatform::builder().set("auth.refresh_grace_seconds", 0).start().await;
    let ada = orion.user("ada").await;
    let first = newest(&refresh(&orion.anonymous(), &ada.refresh_token).await);
    let second = newest(&refresh(&orion.anonymous(), &first).await);
    orion.restart().await;
    let client = orion.anonymous();
    assert_problem!(refresh(&client, &ada.refresh_token).await, 401, "invalid-refresh-token");
    assert_problem!(refresh(&client, &second).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_it_is_not_used_and_in_any_case_in_the_end() {
    let orion = TestPlatform::start().await;
    let day = Duration::from_secs(86_400);
    let (idle, busy) = (orion.user("idle").await, orion.user("busy").await);
    let client = orion.anonymous();
    let mut token = busy.refresh_token.clone();
    for _ in 0..3 {
        // A job that runs while its hour is moved away has taken too long.
        orion.settle().await;
        orion.advance(day * 29).await;
        token = refresh(&client, &token).await.json::<TokenResponse>().refresh_token.expose().to_owned();
    }
    assert_problem!(refresh(&client, &idle.refresh_token).await, 401, "invalid-refresh-token");
    orion.settle().await;
    orion.advance(day * 4).await;
    assert_problem!(refresh(&client, &token).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refresh_token_is_stored_in_the_clear() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let next: TokenResponse = refresh(&orion.anonymous(), &ada.refresh_token).await.json();
    for token in [ada.refresh_token.as_str(), next.refresh_token.expose()] {
        let stored = "SELECT COUNT(*) AS n FROM auth_tokens WHERE token_hash = $1 OR successor_sealed LIKE $2";
        assert_eq!(count(&orion, stored, [token.into(), format!("%{token}%").into()]).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_deleted_while_they_refresh_is_signed_out_and_sees_no_error_of_ours() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut refreshing = Vec::new();
    for _ in 0..6 {
        let client = orion.anonymous();
        let mut token = TestUser::sign_in(&client, &ada.email, PASSWORD).await.refresh_token;
        refreshing.push(tokio::spawn(async move {
            let mut statuses = Vec::new();
            while statuses.iter().all(|status| *status == 200) {
                let answer = refresh(&client, &token).await;
                statuses.push(answer.status);
                token = if answer.status == 200 { newest(&answer) } else { token };
            }
            statuses
        }));
    }
    tell(&orion, &facts(&ada, UserStatus::Deleted), 1000).await;
    for one in refreshing {
        assert_eq!(one.await.unwrap().last(), Some(&401));
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL", []).await, 0);
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_of_one_factor_ends_at_its_next_refresh_once_a_role_demands_two() {
    let orion = TestPlatform::builder().set("auth.second_factor_roles", "editor").start().await;
    let client = orion.anonymous();
    let [ada, eve, bob, dan] =
        [orion.user("ada").await, orion.user("eve").await, orion.user("bob").await, orion.user("dan").await];
    let used = refresh(&client, &eve.refresh_token).await.expect(200);
    for user in [&ada, &eve, &bob, &dan] {
        let path = format!("/api/v1/users/{}/roles/editor", user.id);
        orion.administrator().await.put(&path, json!({})).await.expect(204);
    }
    orion.settle().await;
    let refused = assert_problem!(refresh(&client, &ada.refresh_token).await, 401, "invalid-refresh-token");
    assert!(refused.text.contains("second factor"), "it says why: {}", refused.text);
    assert_problem!(ada.get("/api/v1/auth/me").await, 401, "invalid-token");
    // Neither does an answer that is given again tell of the role.
    assert_problem!(refresh(&client, &eve.refresh_token).await, 401, "invalid-refresh-token");
    assert_problem!(refresh(&client, &newest(&used)).await, 401, "invalid-refresh-token");
    let answer =
        client.post("/api/v1/auth/login", json!({ "email": ada.email, "password": PASSWORD })).await.expect(202);
    assert_eq!(answer.value()["next"], "enrol_second_factor");

    // Who sets one up in time goes on: in the session, or where it is stepped up.
    enrol(&orion, &bob).await;
    let tokens: TokenResponse = refresh(&client, &bob.refresh_token).await.expect(200).json();
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal2"), &json!(["pwd", "otp", "mfa"])));
    let flow = Flow::of(&client, &dan.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202));
    let next = flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    assert_eq!(next.value()["next"], "enrol_second_factor");
    let shown: TotpEnrolment = flow.step("totp-enrolment", json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(now(&orion));
    flow.step("totp", json!({ "code": code })).await.expect(202);
    let tokens: TokenResponse = flow.step("kept-backup-codes", json!({})).await.expect(200).json();
    assert_eq!((tokens.session_id, &claims(tokens.access_token.expose())["acr"]), (dan.session_id, &json!("aal2")));
    refresh(&client, tokens.refresh_token.expose()).await.expect(200);
}
