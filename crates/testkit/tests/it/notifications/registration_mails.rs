//! Mails of a registration.

use orion_testkit::{PASSWORD, TestPlatform};
use serde_json::json;

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
    let order = json!({ "email": "eva@example.com", "password": PASSWORD, "display_name": "Eva", "locale": "de" });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.mailbox.verification_token("eva@example.com").await;
    let mails = orion.mailbox.to("eva@example.com").await;
    assert!(mails[0].contains("Willkommen, Eva!"), "{}", mails[0]);
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
