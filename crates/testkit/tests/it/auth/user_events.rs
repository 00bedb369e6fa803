//! Accounts follow what the users service tells, however it comes.

use super::facts;
use orion_contracts::events::{BatchAnswer, Event, UserUpdated};
use orion_contracts::users::UserStatus;
use orion_contracts::{EventId, ServiceName};
use orion_infra::Infra;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::{Value, json};

fn updated(users: &Infra, user: &TestUser, status: UserStatus, version: i64) -> Value {
    let id: EventId = users.random.id(&users.clock);
    let told = UserUpdated { user: facts(user, status) };
    let event = Event::of(id, ServiceName::Users, (user.id.0, version), users.clock.now(), &told).unwrap();
    serde_json::to_value(event).unwrap()
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
    for events in [json!([suspended, suspended]), json!([older])] {
        let batch = json!({ "events": events });
        let answer: BatchAnswer = users.peers.to(ServiceName::Auth).post("/internal/v1/events", &batch).await.unwrap();
        assert!(answer.refused.is_empty(), "{answer:?}");
        assert_problem!(login().await, 401, "invalid-credentials");
    }
    let again = json!({ "events": [updated(users, &ada, UserStatus::Active, 1001)] });
    let _: BatchAnswer = users.peers.to(ServiceName::Auth).post("/internal/v1/events", &again).await.unwrap();
    login().await.expect(200);
}
