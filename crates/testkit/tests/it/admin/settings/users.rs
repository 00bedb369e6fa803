//! What settings of users do.

use super::effects::fresh;
use orion_contracts::{ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

effects! {
    at TestPlatform::start;
    links_work_for_a_shorter_time: "users.verification_hours" = 1, link_after_two_hours: 204 => 422;
    invitations_work_for_a_shorter_time: "users.invitation_days" = 1, invitation_after_two_days: 204 => 422;
    smaller_pictures_are_refused: "users.avatar_max_kib" = 16, picture_of_a_hundred_kib: 200 => 413;
    changes_of_addresses_wait_for_a_shorter_time: "users.email_change_hours" = 1, change_after_two_hours: 200 => 422;
    who_does_not_verify_is_removed_sooner: "users.unverified_days" = 1, is_removed_after_two_days: false => true;
    who_is_deleted_is_erased_sooner: "users.erase_deleted_days" = 1, is_erased_after_two_days: false => true;
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

async fn change_after_two_hours(orion: &TestPlatform) -> Value {
    let (ada, new) = (orion.user(&fresh(orion)).await, fresh(orion));
    ada.post("/api/v1/users/me/email-change", json!({ "email": new })).await.expect(202);
    orion.settle().await;
    let token = orion.mailbox.email_change_tokens(&new).await.pop().expect("a link");
    orion.advance(2 * HOUR).await;
    json!(orion.anonymous().post("/api/v1/auth/email-change", json!({ "token": token })).await.status)
}

async fn picture_of_a_hundred_kib(orion: &TestPlatform) -> Value {
    let ada = orion.user(&fresh(orion)).await;
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let mut picture = picture.into_inner();
    // Behind the picture may stand whatever there is.
    picture.resize(100 * 1024, 0);
    json!(ada.request("PUT", "/api/v1/users/me/avatar").body(picture).send().await.unwrap().status().as_u16())
}

async fn invitation_after_two_days(orion: &TestPlatform) -> Value {
    let email = fresh(orion);
    let root = TestUser::sign_in(&orion.anonymous(), &orion.administrator().await.email, PASSWORD).await;
    root.post("/api/v1/users", json!({ "email": email })).await.expect(201);
    let token = orion.mailbox.verification_token(&email).await;
    orion.settle().await;
    orion.advance(48 * HOUR).await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    json!(orion.anonymous().post("/api/v1/auth/verify-email", order).await.status)
}

async fn is_removed_after_two_days(orion: &TestPlatform) -> Value {
    let guest = orion.user(&fresh(orion)).unverified().await.id;
    is_gone_after_two_days(orion, guest, "remove_unverified").await
}

async fn is_erased_after_two_days(orion: &TestPlatform) -> Value {
    let bob = orion.user(&fresh(orion)).await.id;
    let root = TestUser::sign_in(&orion.anonymous(), &orion.administrator().await.email, PASSWORD).await;
    let order = json!({ "status": "deleted", "reason": "Asked for it" });
    root.put(&format!("/api/v1/users/{bob}/status"), order).await.expect(200);
    is_gone_after_two_days(orion, bob, "erase_deleted").await
}

/// Whether a user is no more two days later, once this job has had its turn.
async fn is_gone_after_two_days(orion: &TestPlatform, user: UserId, job: &str) -> Value {
    waits_again(orion, job).await;
    orion.settle().await;
    orion.advance(48 * HOUR).await;
    waits_again(orion, job).await;
    let root = TestUser::sign_in(&orion.anonymous(), &orion.administrator().await.email, PASSWORD).await;
    json!(root.get(&format!("/api/v1/users/{user}")).await.status == 404)
}

/// Until a job was done with what there was, and waits for its next time.
async fn waits_again(orion: &TestPlatform, job: &str) {
    let infra = orion.infra(ServiceName::Users);
    let waits = "SELECT id FROM jobs WHERE kind = $2 AND state = 'due' AND due_at > $1";
    let look = || async {
        let values = [infra.clock.now().into(), job.into()];
        infra.db.read().query_one_raw(statement(infra.db.read(), waits, values)).await.unwrap().map(drop)
    };
    eventually("the job being done", look).await;
}
