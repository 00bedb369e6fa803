//! What settings of users do.

use super::effects::fresh;
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

effects! {
    at TestPlatform::start;
    links_work_for_a_shorter_time: "users.verification_hours" = 1, link_after_two_hours: 204 => 422;
    who_does_not_verify_is_removed_sooner: "users.unverified_days" = 1, is_removed_after_two_days: false => true;
}

const HOUR: Duration = Duration::from_secs(3600);

async fn link_after_two_hours(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    let order = json!({ "email": email, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    let token = orion.mailbox.verification_token(&email).await;
    orion.settle().await;
    orion.advance(2 * HOUR).await;
    let order = json!({ "token": token, "password": PASSWORD });
    json!(orion.anonymous().post("/api/v1/auth/verify-email", order).await.status)
}

async fn is_removed_after_two_days(orion: &TestPlatform) -> Value {
    let guest = orion.user(&fresh(orion)).unverified().await.id;
    removal_waits(orion).await;
    orion.settle().await;
    orion.advance(48 * HOUR).await;
    removal_waits(orion).await;
    let root = TestUser::sign_in(&orion.anonymous(), &orion.administrator().await.email, PASSWORD).await;
    json!(root.get(&format!("/api/v1/users/{guest}")).await.status == 404)
}

/// Until the job that removes users was done with what there was, and waits for its next time.
async fn removal_waits(orion: &TestPlatform) {
    let infra = orion.infra(ServiceName::Users);
    let waits = "SELECT id FROM jobs WHERE kind = 'remove_unverified' AND state = 'due' AND due_at > $1";
    let look = || async {
        let now = infra.clock.now().into();
        infra.db.read().query_one_raw(statement(infra.db.read(), waits, [now])).await.unwrap().map(drop)
    };
    eventually("the job being done", look).await;
}
