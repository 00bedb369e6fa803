//! `/api/v1/auth/admin/throttles`

use orion_contracts::auth::Throttle;
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, TestPlatform, assert_problem};
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
