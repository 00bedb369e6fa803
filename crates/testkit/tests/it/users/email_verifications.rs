//! Internal: verifying addresses.

use super::{new_id, pending, problem, put};
use orion_contracts::internal::ConsumeEmailVerification;
use orion_contracts::users::{ConsumeVerification, User, UserStatus};
use orion_contracts::{Secret, ServiceName};
use orion_infra::peers::PeerError;
use orion_testkit::TestPlatform;
use std::time::Duration;

async fn consume(orion: &TestPlatform, token: &Secret) -> Result<User, PeerError> {
    let peers = &orion.infra(ServiceName::Auth).peers;
    let order = ConsumeVerification { token: token.clone(), by_another: false };
    peers.call(&ConsumeEmailVerification {}, &order).await
}

async fn token(orion: &TestPlatform, email: &str) -> Secret {
    let made = put(orion, new_id(orion), &pending(email)).await.expect("put");
    made.verification_token.expect("a token")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_makes_an_active_user_of_the_guest() {
    let orion = TestPlatform::start().await;
    let user = consume(&orion, &token(&orion, "ann@example.com").await).await.expect("verified");
    assert_eq!((user.status, user.is_verified, user.roles), (UserStatus::Active, true, vec!["user".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_token_again_answers_the_same_within_its_life() {
    let orion = TestPlatform::start().await;
    let token = token(&orion, "ann@example.com").await;
    let first = consume(&orion, &token).await.expect("verified");
    let again = consume(&orion, &token).await.expect("the same answer");
    assert_eq!((again.id, again.version), (first.id, first.version));
    orion.advance(Duration::from_secs(25 * 3600)).await;
    let late = consume(&orion, &token).await.expect_err("its life is over");
    assert_eq!(problem(late), (422, "validation".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_expired_tokens_are_refused() {
    let orion = TestPlatform::start().await;
    let expired = token(&orion, "ann@example.com").await;
    for refused in [&Secret::new("unknown"), &Secret::new("")] {
        let error = consume(&orion, refused).await.expect_err("not a token in force");
        assert_eq!(problem(error), (422, "validation".to_owned()));
    }
    orion.advance(Duration::from_secs(24 * 3600 + 1)).await;
    let error = consume(&orion, &expired).await.expect_err("expired");
    assert_eq!(problem(error), (422, "validation".to_owned()));
    let fresh = token(&orion, "ann@example.com").await;
    consume(&orion, &fresh).await.expect("a fresh one works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_in_force_works_and_the_user_is_verified_once() {
    let orion = TestPlatform::start().await;
    let older = token(&orion, "ann@example.com").await;
    let newer = token(&orion, "ann@example.com").await;
    let first = consume(&orion, &older).await.expect("an older one works");
    let again = consume(&orion, &newer).await.expect("so does the newer one");
    assert_eq!((again.id, again.version), (first.id, first.version), "it changes nothing more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_used_twice_at_once_verifies_once() {
    let orion = TestPlatform::start().await;
    let token = token(&orion, "ann@example.com").await;
    let (left, right) = tokio::join!(consume(&orion, &token), consume(&orion, &token));
    let (left, right) = (left.expect("verified"), right.expect("verified"));
    assert_eq!((left.version, right.version), (2, 2));
}
