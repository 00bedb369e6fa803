//! `/auth/sign-up`

use super::{Browser, said_of};
use orion_testkit::{PASSWORD, TestPlatform, TestUser};
use serde_json::Value;

const PATH: &str = "/auth/sign-up";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_registers_confirms_and_signs_in_by_pages_alone() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let email = "eva@example.com";
    let typed = [("display_name", "Eva"), ("email", " Eva@Example.com "), ("password", PASSWORD)];
    let sent = browser.send(&format!("{PATH}?lang=de"), &typed).await.expect(303);
    assert_eq!(sent.header("location").as_deref(), Some("/auth/sign-up/sent"));
    let page = browser.open("/auth/sign-up/sent").await.expect(200);
    assert!(page.text.contains("Sehen Sie in Ihr Postfach"), "{}", page.text);
    let token = orion.mailbox.verification_token(email).await;
    let link = format!("/auth/verify-email?token={token}");
    let done = browser.send(&link, &[("password", PASSWORD)]).await.expect(200);
    assert!(done.text.contains("href=\"/auth/sign-in\""), "{}", done.text);
    let done = browser.send("/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
    browser.open("/auth/signed-in").await.expect(200);
    let eva = TestUser::sign_in(&orion.anonymous(), email, PASSWORD).await;
    let me: Value = eva.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!((&me["display_name"], &me["locale"]), (&"Eva".into(), &"de".into()), "{me}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_address_is_answered_as_a_new_one() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let send = async |email: &str| {
        let answer = browser.send(PATH, &[("email", email), ("password", "another long password")]).await;
        (answer.status, answer.header("location"), answer.text)
    };
    assert_eq!(send(&ada.email).await, send("nobody@example.com").await);
    TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_told_at_its_field_and_in_the_title() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let send = async |email, name, password| {
        let page = browser.send(PATH, &[("email", email), ("display_name", name), ("password", password)]).await;
        let text = page.expect(422).text;
        assert!(text.contains("<title>Error: Create your account"), "{text}");
        text
    };
    for (email, name, password, field, said) in [
        ("nonsense", "", PASSWORD, "email", "Enter a whole e-mail address, such as name@example.com."),
        ("a@example.com", "", "", "password", "Enter your password."),
        ("a@example.com", "", "short", "password", "Use at least 15 characters."),
        (
            "a@example.com",
            "",
            "passwordpassword",
            "password",
            "Choose another password: this one is known to many, or is your own address, your name, or the one of before.",
        ),
        ("a@example.com", "", "a\u{0}bcdefghijklmnopqrs", "password", "Leave out control characters and line ends."),
        (
            "a@example.com",
            "a\u{0}b",
            PASSWORD,
            "display_name",
            "Enter a name of at most 200 characters, without control characters.",
        ),
    ] {
        let page = send(email, name, password).await;
        assert_eq!(said_of(&page, field), Some(said), "{page}");
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), 1, "{page}");
    }
}
