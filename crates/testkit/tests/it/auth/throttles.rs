//! `/api/v1/auth/admin/throttles`

use super::count;
use super::flows::{Flow, begin};
use super::two_factor::enrol;
use orion_contracts::auth::Throttle;
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, TestPlatform, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";
const LIST: &str = "/api/v1/auth/admin/throttles";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_sees_what_delays_and_lifts_it_without_seeing_its_key() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let list = async || root.get(LIST).await.expect(200).json::<Page<Throttle>>().items;
    assert!(list().await.is_empty());
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    assert_problem!(orion.anonymous().post(LOGIN, &wrong).await, 429, "rate-limited");

    let found = list().await;
    assert_eq!((found.len(), found[0].policy.as_str(), found[0].user_id), (1, "login", Some(ada.id)));
    let path = format!("{LIST}/{}", found[0].id);
    assert_problem!(ada.delete(&path).await, 403, "permission-denied");
    root.delete(&path).await.expect(204);
    assert!(list().await.is_empty());
    orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    assert_problem!(root.delete(&path).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_counted_in_all_networks_together_is_lifted_as_well() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let thief = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    thief.post(LOGIN, &wrong).await.expect(401);
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let many = "UPDATE rate_limits SET count = 100 WHERE key LIKE 'login:%:elsewhere'";
    let many = txn.connection().execute_raw(statement(txn.connection(), many, [])).await.unwrap();
    assert_eq!(many.rows_affected(), 1);
    txn.commit().await.unwrap();
    // The first failure there delays already, for a quarter of an hour.
    thief.post(LOGIN, &wrong).await.expect(401);
    assert_problem!(thief.post(LOGIN, &wrong).await, 429, "rate-limited");
    let found = root.get(LIST).await.expect(200).json::<Page<Throttle>>().items;
    root.delete(&format!("{LIST}/{}", found[0].id)).await.expect(204);
    for _ in 0..3 {
        thief.post(LOGIN, &wrong).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_clears_what_is_held_against_the_password_of_before_and_nothing_of_codes() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let change = json!({ "current_password": "a wrong password", "new_password": "a wholly different passphrase" });
    ada.post("/api/v1/auth/password", change).await.expect(422);
    let begun = ada.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &begun);
    flow.step("password", json!({ "password": "a wrong password" })).await.expect(422);
    begin(&orion, &ada.email).await.step("totp", json!({ "code": "00000a" })).await.expect(422);
    let held = async |policy: &str| {
        let held = "SELECT COUNT(*) AS n FROM rate_limits WHERE key_type = $1 AND user_id = $2";
        count(&orion, held, [policy.into(), ada.id.0.into()]).await
    };
    for policy in ["password_change", "flow_password", "code"] {
        assert!(held(policy).await > 0, "{policy}");
    }
    let client = orion.anonymous();
    client.post("/api/v1/auth/password/reset", json!({ "email": ada.email })).await.expect(202);
    let token = eventually("the link", || async { orion.mailbox.reset_tokens(&ada.email).await.pop() }).await;
    let order = json!({ "token": token, "new_password": "a wholly different passphrase" });
    client.post("/api/v1/auth/password/reset/confirm", order).await.expect(204);
    assert_eq!((held("password_change").await, held("flow_password").await), (0, 0));
    assert!(held("code").await > 0, "whoever reads mails has no second factor by that");
}
