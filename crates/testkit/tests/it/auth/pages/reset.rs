//! `/auth/reset`

use super::{Browser, mark_in, said_of};
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, eventually};

const PATH: &str = "/auth/reset";
const OTHER: &str = "a wholly different passphrase";

async fn token_of(orion: &TestPlatform, email: &str) -> String {
    eventually("the mail", || async { orion.mailbox.reset_tokens(email).await.pop() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_chosen_anew_and_only_by_the_form() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let sent = browser.send(PATH, &[("email", &ada.email)]).await.expect(303);
    assert_eq!(sent.header("location").as_deref(), Some("/auth/reset/sent"));
    browser.open("/auth/reset/sent").await.expect(200);
    let link = format!("{PATH}?token={}", token_of(&orion, &ada.email).await);
    for method in ["HEAD", "GET", "GET"] {
        Answer::of(orion.anonymous().request(method, &link)).await.expect(200);
    }
    let mark = mark_in(&browser.open(&link).await.expect(200).text);
    for (password, repeated, field) in [
        ("", "", "password"),
        ("short", "short", "password"),
        (PASSWORD, PASSWORD, "password"),
        (OTHER, "x", "repeated"),
    ] {
        let page = browser.send(&link, &[("password", password), ("repeated", repeated)]).await.expect(422);
        assert!(said_of(&page.text, field).is_some(), "{}", page.text);
    }
    TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let typed = [("password", OTHER), ("repeated", OTHER)];
    let done = browser.send(&link, &typed).await.expect(200);
    assert!(done.text.contains("Your new password is in force"), "{}", done.text);
    TestUser::sign_in(&orion.anonymous(), &ada.email, OTHER).await;
    let again = browser.send_marked(&link, &mark, &typed).await.expect(422);
    assert!(again.text.contains("href=\"/auth/reset\""), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_tells_nobody_who_has_an_account() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let send = async |email: &str| {
        let answer = browser.send(PATH, &[("email", email)]).await;
        (answer.status, answer.header("location"), answer.text)
    };
    assert_eq!(send(&ada.email).await, send("nobody@example.com").await);
    let page = browser.send(PATH, &[("email", "nonsense")]).await.expect(422);
    assert!(said_of(&page.text, "email").is_some(), "{}", page.text);
    orion.settle().await;
}
