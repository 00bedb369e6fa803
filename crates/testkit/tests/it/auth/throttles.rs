//! `/api/v1/auth/admin/throttles`

use orion_contracts::Page;
use orion_contracts::auth::Throttle;
use orion_testkit::{TestPlatform, assert_problem};
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
