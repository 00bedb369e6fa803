//! Accounts follow what the users service tells, however it comes.

use super::flows::claims;
use super::{count, facts, tell, twice_within_a_second};
use orion_contracts::auth::TokenResponse;
use orion_contracts::events::{Event, EventBatch, InvitationWithdrawn, Sealed, UserInvited, UserUpdated};
use orion_contracts::internal::TakeEvents;
use orion_contracts::users::{User, UserStatus};
use orion_contracts::{EventId, ServiceName, UserId};
use orion_infra::Infra;
use orion_infra::secrets::Scope;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use std::time::Duration;

fn updated(users: &Infra, user: &TestUser, status: UserStatus, version: i64) -> Box<RawValue> {
    let id: EventId = users.random.id(&users.clock);
    let told = UserUpdated { user: facts(user, status) };
    let event = Event::of(id, ServiceName::Users, (user.id.0, version), users.clock.now(), &told).unwrap();
    to_raw_value(&event).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user_events_may_come_twice_and_in_the_wrong_order() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let users = orion.infra(ServiceName::Users);
    let suspended = updated(users, &ada, UserStatus::Suspended, 1000);
    let older = updated(users, &ada, UserStatus::Active, 999);
    let login = || async {
        let login = json!({ "email": ada.email, "password": PASSWORD });
        orion.anonymous().post("/api/v1/auth/login", login).await
    };
    for events in [vec![&*suspended, &suspended], vec![&older]] {
        let answer = users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &EventBatch { events }).await.unwrap();
        assert!(answer.refused.is_empty(), "{answer:?}");
        assert_problem!(login().await, 401, "invalid-credentials");
    }
    let newer = updated(users, &ada, UserStatus::Active, 1001);
    users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &EventBatch { events: vec![&newer] }).await.unwrap();
    login().await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_that_comes_after_what_undid_it_ends_what_was_begun_before_it_once() {
    let orion = TestPlatform::start().await;
    let users = orion.infra(ServiceName::Users);
    for status in [UserStatus::Suspended, UserStatus::Inactive, UserStatus::Deleted] {
        let ada = orion.user(&format!("ada-{}", status.as_str())).await;
        let asked = json!({ "email": ada.email });
        orion.anonymous().post("/api/v1/auth/password/reset", asked).await.expect(202);
        let mailed = async || orion.mailbox.reset_tokens(&ada.email).await.pop();
        let link = eventually("the mail", mailed).await;
        let (earlier, shut) = (updated(users, &ada, UserStatus::Active, 998), updated(users, &ada, status, 999));
        let opened = updated(users, &ada, UserStatus::Active, 1000);
        let heard = async |events: Vec<&RawValue>| {
            let answer = users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &EventBatch { events }).await.unwrap();
            assert!(answer.refused.is_empty(), "{answer:?}");
        };
        heard(vec![&opened]).await;
        heard(vec![&earlier]).await;
        ada.get("/api/v1/users/me").await.expect(200);
        heard(vec![&shut]).await;
        assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
        let refresh = json!({ "refresh_token": ada.refresh_token });
        assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
        let chosen = json!({ "token": link, "new_password": "quite another battery staple" });
        let late = orion.anonymous().post("/api/v1/auth/password/reset/confirm", chosen).await;
        assert_eq!(assert_problem!(late, 422, "validation").problem_fields(), ["token"], "{status:?}");
        // The account is open, and what ended once is told no second time, by whichever event.
        let again = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
        heard(vec![&updated(users, &ada, status, 999)]).await;
        heard(vec![&updated(users, &ada, status, 997)]).await;
        again.get("/api/v1/users/me").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_that_comes_late_voids_no_link_that_was_sent_after_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let eve: User = root.post("/api/v1/users", json!({ "email": "eve@example.com" })).await.expect(201).json();
    let invitation = format!("/api/v1/users/{}/invitation", eve.id);
    orion.settle().await;
    root.delete(&invitation).await.expect(204);
    let withdrawn: User = root.get(&format!("/api/v1/users/{}", eve.id)).await.json();
    orion.settle().await;
    root.post(&invitation, json!({})).await.expect(200);
    orion.settle().await;
    let token = orion.mailbox.verification_token("eve@example.com").await;
    let users = orion.infra(ServiceName::Users);
    let id: EventId = users.random.id(&users.clock);
    let told = InvitationWithdrawn { user_id: eve.id };
    let late = Event::of(id, ServiceName::Users, (eve.id.0, withdrawn.version), users.clock.now(), &told).unwrap();
    let late = to_raw_value(&late).unwrap();
    let answer = users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &EventBatch { events: vec![&late] }).await;
    assert!(answer.unwrap().refused.is_empty());
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_its_withdrawal_has_overtaken_does_not_come_to_life() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let order = json!({ "email": "eve@example.com", "invite": false });
    let eve: User = root.post("/api/v1/users", order).await.expect(201).json();
    orion.settle().await;
    let users = orion.infra(ServiceName::Users);
    let invited = |version: i64| {
        let sealed = users.secrets.seal(Scope::InMessages, "invitation", &eve.id.to_string(), b"a-token-of-a-link");
        let (token, expires_at) = (Sealed(sealed), users.clock.now() + chrono::TimeDelta::days(1));
        let told = UserInvited { user: (&eve).into(), token, expires_at, invited_by: None, organisation: None };
        let id: EventId = users.random.id(&users.clock);
        let event = Event::of(id, ServiceName::Users, (eve.id.0, version), users.clock.now(), &told).unwrap();
        to_raw_value(&event).unwrap()
    };
    let withdrawn = |user: UserId, version: i64| {
        let id: EventId = users.random.id(&users.clock);
        let told = InvitationWithdrawn { user_id: user };
        let event = Event::of(id, ServiceName::Users, (user.0, version), users.clock.now(), &told).unwrap();
        to_raw_value(&event).unwrap()
    };
    let take = async |event: Box<RawValue>| {
        let batch = EventBatch { events: vec![&*event] };
        let answer = users.peers.to(ServiceName::Auth).call(&TakeEvents {}, &batch).await.unwrap();
        orion.settle().await;
        answer.refused.len()
    };
    assert_eq!(take(withdrawn(eve.id, 1001)).await, 0);
    assert_eq!(take(invited(1000)).await, 0);
    assert!(orion.mailbox.to("eve@example.com").await.is_empty(), "nobody is invited who was not any more");
    // Of somebody whom nobody has told of yet it is kept for later: the invitation may be on its way.
    assert_eq!(take(withdrawn(users.random.id(&users.clock), 2)).await, 0);
    assert_eq!(take(invited(1002)).await, 0);
    assert_eq!(orion.mailbox.to("eve@example.com").await.len(), 1, "invited anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_in_before_the_address_was_verified_is_out_afterwards() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    guest.get("/api/v1/users/me").await.expect(200);
    let token = orion.mailbox.verification_token(&guest.email).await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    let pia = TestUser::sign_in(&client, &guest.email, PASSWORD).await;

    let users = guest.at(orion.service_url(ServiceName::Users));
    assert_problem!(users.get("/api/v1/users/me").await, 401, "invalid-token");
    let refresh = json!({ "refresh_token": guest.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    // Also once the users service has told of it, and although both may have come within one second.
    orion.settle().await;
    pia.get("/api/v1/users/me").await.expect(200);
    let refresh = json!({ "refresh_token": pia.refresh_token });
    client.post("/api/v1/auth/refresh", refresh).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_second_in_which_those_of_before_were_refused_is_good_and_they_are_not() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let (mut before, mut version) = (orion.user("ada").await, 1000);
    twice_within_a_second(&orion, async || {
        // The second time it is the token of a moment ago that is one of before.
        for _ in 0..2 {
            tell(&orion, &facts(&before, UserStatus::Suspended), version).await;
            tell(&orion, &facts(&before, UserStatus::Active), version + 1).await;
            version += 2;
            let back = TestUser::sign_in(&client, &before.email, PASSWORD).await;
            back.get("/api/v1/users/me").await.expect(200);
            let order = json!({ "refresh_token": back.refresh_token });
            let refreshed: TokenResponse = client.post("/api/v1/auth/refresh", order).await.expect(200).json();
            client.with_token(refreshed.access_token.expose()).get("/api/v1/users/me").await.expect(200);
            let users = before.at(orion.service_url(ServiceName::Users));
            assert_problem!(users.get("/api/v1/users/me").await, 401, "invalid-token");
            before = back;
        }
        before.access_token.clone()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_ends_by_its_time_is_in_no_token_that_is_given_after_it_each_time_that_it_ends() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let clock = &orion.infra(ServiceName::Users).clock;
    let path = format!("/api/v1/users/{}/roles/moderator", ada.id);
    let known = "SELECT COUNT(*) AS n FROM accounts WHERE user_id = $1 AND role_names LIKE '%moderator%'";
    let known = async || count(&orion, known, [ada.id.0.into()]).await;
    let named = async || {
        let again = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
        claims(&again.access_token)["roles"].clone()
    };
    for _ in 0..2 {
        root.put(&path, json!({ "expires_at": clock.now() + chrono::TimeDelta::minutes(2) })).await.expect(204);
        orion.settle().await;
        assert_eq!(named().await, json!(["moderator", "user"]));
        orion.advance(Duration::from_secs(121)).await;
        eventually("auth hears of the end", async || (known().await == 0).then_some(())).await;
        assert_eq!(named().await, json!(["user"]));
    }
}
