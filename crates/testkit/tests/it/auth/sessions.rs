//! `/api/v1/auth/me` and `/api/v1/auth/sessions`

use super::count;
use super::passkeys::enrolment_options;
use super::two_factor::enrol;
use chrono::TimeDelta;
use orion_contracts::ServiceName;
use orion_contracts::auth::{Me, SessionList, SessionsEnded};
use orion_testkit::{AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SESSIONS: &str = "/api/v1/auth/sessions";
const ME: &str = "/api/v1/auth/me";

async fn sessions(caller: &Client, path: &str) -> SessionList {
    caller.get(path).await.expect(200).json()
}

async fn again(orion: &TestPlatform, user: &TestUser) -> TestUser {
    TestUser::sign_in(&orion.anonymous(), &user.email, PASSWORD).await
}

async fn is_out(orion: &TestPlatform, user: &TestUser) {
    assert_problem!(user.get(ME).await, 401, "invalid-token");
    let refresh = json!({ "refresh_token": user.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_where_they_are_signed_in_and_which_session_is_theirs() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    orion.advance(Duration::from_secs(60)).await;
    let later = again(&orion, &ada).await;
    let bob = orion.user("bob").await;

    let listed = sessions(&ada, SESSIONS).await.items;
    let ids: Vec<_> = listed.iter().map(|session| (session.id, session.is_current)).collect();
    assert_eq!(ids, [(later.session_id, false), (ada.session_id, true)], "the one used last first");
    assert!(listed.iter().all(|session| session.device_id.is_some() && session.ip_address.is_some()));
    assert_eq!((listed[0].acr.as_str(), &listed[0].methods), ("aal1", &vec!["pwd".to_owned()]));

    // A refresh is a use.
    orion.advance(Duration::from_secs(60)).await;
    let refresh = json!({ "refresh_token": ada.refresh_token });
    orion.anonymous().post("/api/v1/auth/refresh", refresh).await.expect(200);
    assert_eq!(sessions(&later, SESSIONS).await.items[0].id, ada.session_id);
    assert_eq!(sessions(&bob, SESSIONS).await.items.len(), 1);
    assert_problem!(orion.anonymous().get(SESSIONS).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_the_others_or_all_are_ended_with_their_tokens() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (one, two, three) = (again(&orion, &ada).await, again(&orion, &ada).await, again(&orion, &ada).await);
    let bob = orion.user("bob").await;

    let path = format!("{SESSIONS}/{}", one.session_id);
    assert_problem!(bob.delete(&path).await, 404, "not-found");
    assert_problem!(ada.delete(&format!("{SESSIONS}/nonsense")).await, 400, "bad-request");
    ada.delete(&path).await.expect(204);
    ada.delete(&path).await.expect(204);
    is_out(&orion, &one).await;

    let unknown = ada.delete(&format!("{SESSIONS}?all=true")).await;
    assert!(unknown.status == 400 || unknown.status == 422, "{}", unknown.status);
    let ended: SessionsEnded = ada.delete(&format!("{SESSIONS}?keep_current=true")).await.expect(200).json();
    assert_eq!(ended.ended, 2);
    is_out(&orion, &two).await;
    is_out(&orion, &three).await;
    assert_eq!(sessions(&ada, SESSIONS).await.items.len(), 1);

    let other = again(&orion, &ada).await;
    let ended: SessionsEnded = ada.delete(SESSIONS).await.expect(200).json();
    assert_eq!(ended.ended, 2);
    is_out(&orion, &ada).await;
    is_out(&orion, &other).await;
    bob.get(ME).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_and_end_the_sessions_of_others() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let second = again(&orion, &ada).await;
    let path = format!("/api/v1/auth/admin/users/{}/sessions", ada.id);
    for refused in [bob.get(&path).await, bob.delete(&path).await] {
        assert_problem!(refused, 403, "permission-denied");
    }
    let admin = orion.administrator().await;
    let listed = sessions(admin, &path).await.items;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|session| !session.is_current));
    // The session must be of the user whom the path names.
    let foreign = format!("/api/v1/auth/admin/users/{}/sessions/{}", bob.id, ada.session_id);
    assert_problem!(admin.delete(&foreign).await, 404, "not-found");
    admin.delete(&format!("{path}/{}", ada.session_id)).await.expect(204);
    is_out(&orion, &ada).await;
    let ended: SessionsEnded = admin.delete(&path).await.expect(200).json();
    assert_eq!(ended.ended, 1);
    is_out(&orion, &second).await;
    let nobody = "/api/v1/auth/admin/users/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/sessions";
    assert_problem!(admin.get(nobody).await, 404, "not-found");
    assert_problem!(admin.delete(nobody).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_who_they_are_is_told_of_their_session_and_factors() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let me: Me = ada.get(ME).await.expect(200).json();
    assert_eq!((me.user_id, me.session.id), (ada.id, ada.session_id));
    assert_eq!(me.email.map(|email| email.to_string()).as_deref(), Some("ada@example.com"));
    assert_eq!((me.roles, me.has_second_factor, me.session.is_current), (vec!["user".to_owned()], false, true));
    enrol(&orion, &ada).await;
    assert!(ada.get(ME).await.expect(200).json::<Me>().has_second_factor);
    assert_problem!(orion.anonymous().get(ME).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_body_is_held_back_until_its_session_has_ended_leaves_nothing_behind() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let thief = again(&orion, &ada).await;
    let mut key = AuthenticatorKey::new();
    let asked = enrolment_options(&thief).await;
    let order = json!({ "flow_id": asked.flow_id, "credential": key.create(&asked.public_key) }).to_string();
    let url = url::Url::parse(&orion.service_url(ServiceName::Auth)).unwrap();
    let mut call = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    let (begun, last) = order.split_at(order.len() - 1);
    let head = format!(
        "POST /api/v1/auth/passkeys HTTP/1.1\r\nhost: auth\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{begun}",
        thief.access_token,
        order.len(),
    );
    call.write_all(head.as_bytes()).await.unwrap();
    // By then its token was looked at: calls that were sent later are answered.
    thief.get(ME).await.expect(200);
    ada.delete(&format!("{SESSIONS}/{}", thief.session_id)).await.expect(204);
    eventually("the end of the session", async || (thief.get(ME).await.status == 401).then_some(())).await;
    call.write_all(last.as_bytes()).await.unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("invalid-token"), "{answer}");
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM passkeys", []).await, 0);
}

/// A clock that was ahead has given a token that lives as much longer: that it is refused is remembered for as long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_a_clock_that_was_ahead_stays_refused_for_as_long_as_it_lives() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.set_clock_wrong(TimeDelta::hours(12));
    let ahead = again(&orion, &bob).await;
    // What waits for that time would wait until it comes.
    orion.settle().await;
    orion.set_clock_wrong(TimeDelta::zero());
    let own = "/api/v1/users/me";
    ahead.get(own).await.expect(200);
    bob.delete(&format!("{SESSIONS}/{}", ahead.session_id)).await.expect(204);
    let refused = async || (ahead.get(own).await.status == 401).then_some(());
    eventually("the refusal", refused).await;
    // By then nobody remembers what was revoked of tokens that were given by the right time. All is read again each minute.
    orion.advance(Duration::from_secs(3 * 3600)).await;
    for _ in 0..3 {
        orion.advance(Duration::from_secs(61)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_problem!(ahead.get(own).await, 401, "invalid-token");
}
