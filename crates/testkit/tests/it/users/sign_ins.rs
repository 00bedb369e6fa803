//! What users know of sign-ins, from auth's events.

use orion_contracts::users::User;
use orion_testkit::TestPlatform;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_noted_without_being_an_edit() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let user: User = bob.get("/api/v1/users/me").await.json();
    assert!(user.last_login_at.is_some());
    assert_eq!(user.version, 2, "created and verified");
}
