//! What users know of sign-ins, from auth's events.

use orion_contracts::users::User;
use orion_testkit::{TestPlatform, eventually};

#[tokio::test]
async fn a_sign_in_is_noted_without_being_an_edit() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let user = eventually("the sign-in is noted", || async {
        let user: User = bob.get("/api/v1/users/me").await.json();
        user.last_login_at.is_some().then_some(user)
    })
    .await;
    assert_eq!(user.version, 2, "created and verified");
}
