//! Mails of a registration.

use orion_testkit::mailbox::token_in;
use orion_testkit::{PASSWORD, TestPlatform};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_registers_an_address_again_learns_nothing_and_its_owner_is_told() {
    let orion = TestPlatform::start().await;
    orion.user("bob").await;
    let again = json!({ "email": "bob@example.com", "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", again).await.expect(201);
    orion.settle().await;
    let mails = orion.mailbox.to("bob@example.com").await;
    let mail = mails.into_iter().find(|mail| mail.contains("already have an account")).expect("a mail to the owner");
    assert!(!mail.contains("token="), "{mail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_in_the_persons_language() {
    let orion = TestPlatform::start().await;
    for (email, locale) in [("eva@example.com", "de"), ("eve@example.com", "DE"), ("evi@example.com", "de-at")] {
        let order = json!({ "email": email, "password": PASSWORD, "display_name": "Eva", "locale": locale });
        orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
        orion.mailbox.verification_token(email).await;
        let mails = orion.mailbox.to(email).await;
        assert!(mails[0].contains("Willkommen, Eva!"), "{locale}: {}", mails[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_reads_like_a_link_is_not_mailed_to_strangers() {
    let orion = TestPlatform::start().await;
    let name = "Prizes at evil.example";
    let order = json!({ "email": "eva@example.com", "password": PASSWORD, "display_name": name });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.mailbox.verification_token("eva@example.com").await;
    assert!(orion.mailbox.to("eva@example.com").await.iter().all(|mail| !mail.contains("evil.example")));
}

/// Registers an address so often, each time with what follows, and gives how many mails went there.
async fn mails_after(orion: &TestPlatform, email: &str, times: usize) -> usize {
    for _ in 0..times {
        let order = json!({ "email": email, "password": PASSWORD });
        orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
        orion.settle().await;
    }
    orion.mailbox.to(email).await.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_registered_again_and_again_gets_a_few_mails_a_day() {
    let orion = TestPlatform::start().await;
    orion.user("bob").await;
    assert_eq!(mails_after(&orion, "bob@example.com", 5).await, 1 + 2, "a welcome, and two warnings");
    assert_eq!(mails_after(&orion, "eva@example.com", 8).await, 5, "each of them with a link that works");
    orion.advance(Duration::from_secs(86_400 + 60)).await;
    assert_eq!(mails_after(&orion, "bob@example.com", 1).await, 1 + 3, "tomorrow is another day");
    assert_eq!(mails_after(&orion, "eva@example.com", 1).await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_mailbox_was_filled_by_others_verifies_by_any_of_the_mails() {
    let orion = TestPlatform::start().await;
    mails_after(&orion, "eva@example.com", 7).await;
    let own = json!({ "email": "eva@example.com", "password": "what eva herself chose" });
    orion.anonymous().post("/api/v1/auth/register", own).await.expect(201);
    orion.settle().await;
    let mails = orion.mailbox.to("eva@example.com").await;
    assert_eq!(mails.len(), 5);
    let token = token_in(&mails[2]).expect("a link");
    let order = json!({ "token": token, "password": "what eva herself chose", "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_used_up_the_mails_of_an_address_keeps_its_owner_waiting_no_longer_than_their_links_work() {
    let orion = TestPlatform::builder().set("users.verification_hours", 1).start().await;
    assert_eq!(mails_after(&orion, "eva@example.com", 6).await, 5);
    orion.advance(Duration::from_secs(3600 + 60)).await;
    assert_eq!(mails_after(&orion, "eva@example.com", 1).await, 6, "the links of the others are dead");
}
