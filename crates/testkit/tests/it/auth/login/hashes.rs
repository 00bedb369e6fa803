//! Passwords that were stored with other parameters.

use super::{OLD_HASH, PATH, store_hash};
use crate::auth::count;
use orion_testkit::{PASSWORD, TestPlatform, assert_problem};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_that_would_cost_too_much_or_is_none_matches_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let longer = format!("{OLD_HASH}{}", "A".repeat(300));
    for hash in [&OLD_HASH.replace("m=64", "m=4294967295"), &OLD_HASH.replace("t=2", "t=1000000"), &longer, "secret"] {
        store_hash(&orion, &ada, hash).await;
        let login = json!({ "email": ada.email, "password": PASSWORD });
        assert_problem!(orion.anonymous().post(PATH, login).await, 401, "invalid-credentials");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_with_old_parameters_is_upgraded_by_signing_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    store_hash(&orion, &ada, OLD_HASH).await;
    let login = json!({ "email": ada.email, "password": PASSWORD });
    orion.anonymous().post(PATH, &login).await.expect(200);
    let old = "SELECT COUNT(*) AS n FROM credentials WHERE password_hash = $1";
    assert_eq!(count(&orion, old, [OLD_HASH.into()]).await, 0);
    orion.anonymous().post(PATH, &login).await.expect(200);
}
