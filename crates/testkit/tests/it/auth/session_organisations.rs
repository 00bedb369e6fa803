//! `PUT /api/v1/auth/sessions/current/organisation`: for which organisation a session acts.

use super::twice_within_a_second;
use crate::users::organisations::{acting_for, organisation_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use orion_contracts::auth::{ActingFor, Me, TokenResponse};
use orion_contracts::{Author, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const SWITCH: &str = "/api/v1/auth/sessions/current/organisation";

fn org_of(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["org"].clone()
}

async fn refresh(client: &Client, token: &str) -> TokenResponse {
    client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_acts_for_an_organisation_until_it_is_told_otherwise() {
    let orion = TestPlatform::start().await;
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    assert_eq!(org_of(&bob.access_token), Value::Null);
    let acting = acting_for(&bob, id).await;
    let me: Me = acting.get("/api/v1/auth/me").await.expect(200).json();
    assert_eq!(me.session.organisation_id, Some(id));
    let refreshed = refresh(&orion.anonymous(), &bob.refresh_token).await;
    assert_eq!(org_of(refreshed.access_token.expose()), json!(id));
    let none: Value = acting.put(SWITCH, json!({ "organisation_id": null })).await.expect(200).json();
    assert_eq!(org_of(none["access_token"].as_str().unwrap()), Value::Null);
    let refreshed = refresh(&orion.anonymous(), refreshed.refresh_token.expose()).await;
    assert_eq!(org_of(refreshed.access_token.expose()), Value::Null);
    // Of one that is not theirs, or is none, people learn the same.
    let nobodys = json!({ "organisation_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10" });
    let (foreign, none) = (eve.put(SWITCH, json!({ "organisation_id": id })).await, eve.put(SWITCH, nobodys).await);
    assert_eq!(assert_problem!(foreign, 404, "not-found").value()["detail"], none.value()["detail"]);
    assert_problem!(eve.put(SWITCH, json!({})).await, 422, "validation");
    assert_problem!(orion.anonymous().put(SWITCH, json!({ "organisation_id": id })).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_proves_no_more_and_lives_no_longer_than_the_token_that_asked() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let said = |token: &str| {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        [claims["exp"].clone(), claims["auth_time"].clone(), claims["amr"].clone(), claims["acr"].clone()]
    };
    orion.advance(Duration::from_secs(200)).await;
    let switched: ActingFor = bob.put(SWITCH, json!({ "organisation_id": id })).await.expect(200).json();
    assert_eq!(said(switched.access_token.expose()), said(&bob.access_token));
    assert!(switched.expires_in <= 100, "{}", switched.expires_in);
    // Else it could be asked for again and again, without the refresh token.
    let acting = bob.with_token(switched.access_token.expose());
    orion.advance(Duration::from_secs(161)).await;
    assert_problem!(acting.put(SWITCH, json!({ "organisation_id": null })).await, 401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_names_an_organisation_is_refused_once_its_owner_has_left_whatever_the_session_acts_for_by_then() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let kept = acting_for(&bob, id).await;
    kept.put(SWITCH, json!({ "organisation_id": null })).await.expect(200);
    root.delete(&format!("/api/v1/organisations/{id}/members/{}", bob.id)).await.expect(204);
    eventually("the end of the token", || async { (kept.get("/api/v1/auth/me").await.status == 401).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_removed_acts_for_it_no_more_also_after_a_refresh() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let acting = acting_for(&bob, id).await;
    root.delete(&format!("/api/v1/organisations/{id}/members/{}", bob.id)).await.expect(204);
    eventually("the end of the token", || async { (acting.get("/api/v1/auth/me").await.status == 401).then_some(()) })
        .await;
    let refreshed = refresh(&orion.anonymous(), &bob.refresh_token).await;
    assert_eq!(org_of(refreshed.access_token.expose()), Value::Null);
    assert_problem!(bob.put(SWITCH, json!({ "organisation_id": id })).await, 404, "not-found");
    bob.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_back_within_the_second_in_which_they_left_acts_for_it_by_new_tokens_alone() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let member = format!("/api/v1/organisations/{id}/members/{}", bob.id);
    let mut before = acting_for(&bob, id).await;
    orion.settle().await;
    twice_within_a_second(&orion, async || {
        // The second time it is the token of a moment ago that is one of before.
        for _ in 0..2 {
            root.delete(&member).await.expect(204);
            orion.settle().await;
            root.put(&member, json!({})).await.expect(204);
            orion.settle().await;
            let acting = acting_for(&bob, id).await;
            acting.get("/api/v1/auth/me").await.expect(200);
            let users = before.at(orion.service_url(ServiceName::Users));
            assert_problem!(users.get("/api/v1/users/me").await, 401, "invalid-token");
            before = acting;
        }
        before.token.clone().unwrap()
    })
    .await;
    let refreshed = refresh(&orion.anonymous(), &bob.refresh_token).await;
    assert_eq!(org_of(refreshed.access_token.expose()), json!(id));
    bob.with_token(refreshed.access_token.expose()).get("/api/v1/auth/me").await.expect(200);
}

/// Its token says that it was issued after they were removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_removed_acts_for_it_no_more_by_a_token_of_a_clock_that_was_ahead_either() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    orion.set_clock_wrong(TimeDelta::hours(1));
    let ahead = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    let acting = acting_for(&ahead, id).await;
    // What waits for that time would wait until it comes.
    orion.settle().await;
    orion.set_clock_wrong(TimeDelta::zero());
    // The gateway reads the clock every now and then.
    let is_right = || async { (root.get("/api/v1/users/me").await.status == 200).then_some(()) };
    eventually("the clock is right again", is_right).await;
    acting.get("/api/v1/auth/me").await.expect(200);
    root.delete(&format!("/api/v1/organisations/{id}/members/{}", bob.id)).await.expect(204);
    eventually("the end of the token", || async { (acting.get("/api/v1/auth/me").await.status == 401).then_some(()) })
        .await;
    ahead.get("/api/v1/users/me").await.expect(200);
}

/// What tells auth of it may be late: a refresh goes by what is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_leaves_an_organisation_whose_member_one_is_no_more_without_having_been_told() {
    let mut orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    acting_for(&bob, id).await;
    let infra = orion.infra(ServiceName::Users);
    let removed = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let delete = "DELETE FROM organisation_members WHERE user_id = $1";
        change.execute_raw(statement(change, delete, [bob.id.0.into()])).await?;
        Ok::<_, DbError>(())
    });
    removed.await.unwrap();
    orion.restart().await;
    let refreshed = refresh(&orion.anonymous(), &bob.refresh_token).await;
    assert_eq!(org_of(refreshed.access_token.expose()), Value::Null);
    // The address is another one after the restart.
    let bob = orion.anonymous().with_token(refreshed.access_token.expose());
    assert_problem!(bob.put(SWITCH, json!({ "organisation_id": id })).await, 404, "not-found");
}
