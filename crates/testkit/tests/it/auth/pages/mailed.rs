//! `/auth/sign-up/sent` and `/auth/reset/sent`: where a mail is waited for.

use super::Browser;
use orion_testkit::{PASSWORD, TestPlatform, eventually};

const OTHER: &str = "another long password";

/// Waits until an address has so many mails.
async fn mails(orion: &TestPlatform, email: &str, number: usize) -> Vec<String> {
    eventually("the mails", || async {
        let mails = orion.mailbox.to(email).await;
        (mails.len() >= number).then_some(mails)
    })
    .await
}

async fn sign_up(browser: &Browser, email: &str) {
    let sent = browser.send("/auth/sign-up", &[("email", email), ("password", OTHER)]).await.expect(303);
    assert_eq!(sent.header("location").as_deref(), Some("/auth/sign-up/sent"), "the address stands in no address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registrations_mail_is_sent_once_more_to_whoever_waits_for_it() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    sign_up(&browser, "eva@example.com").await;
    let page = browser.open("/auth/sign-up/sent").await.expect(200).text;
    assert!(page.contains("eva@example.com") && page.contains("Send it again"), "{page}");
    assert!(page.contains("Wrong address? <a href=\"/auth/sign-up\">Start over"), "{page}");
    mails(&orion, "eva@example.com", 1).await;
    let again = browser.send("/auth/sign-up/sent", &[]).await.expect(303).header("location").unwrap();
    let page = browser.open(&again).await.expect(200).text;
    assert!(page.contains("another mail is on its way") && page.contains("Send it again"), "{page}");
    let mails = mails(&orion, "eva@example.com", 2).await;
    assert!(mails.iter().all(|mail| mail.contains("/auth/verify-email?token=")), "{mails:?}");
    // Only this browser knows the address, and without it nothing is sent.
    let other = Browser::new(&orion);
    let page = other.open("/auth/sign-up/sent").await.expect(200).text;
    assert!(!page.contains("eva@example.com") && !page.contains("Send it again"), "{page}");
    let mark = super::mark_in(&other.open("/auth/sign-up").await.text);
    let back = other.send_marked("/auth/sign-up/sent", &mark, &[]).await.expect(303);
    assert_eq!(back.header("location").as_deref(), Some("/auth/sign-up"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_again_learns_not_who_has_an_account_and_its_owner_is_told_the_same_as_before() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let before = orion.mailbox.to(&ada.email).await.len();
    let send = async |email: &str| {
        let browser = Browser::new(&orion);
        sign_up(&browser, email).await;
        let again = browser.send("/auth/sign-up/sent", &[]).await;
        let page = browser.open(&again.header("location").unwrap()).await;
        (again.status, again.header("location"), again.text, page.status, page.text.replace(email, ""))
    };
    // What marks the browser's forms is its own.
    let plain = |told: (u16, Option<String>, String, u16, String)| {
        let mark = super::mark_in(&told.4);
        (told.0, told.1, told.2, told.3, told.4.replace(&mark, ""))
    };
    assert_eq!(plain(send(&ada.email).await), plain(send("nobody@example.com").await));
    let mails = mails(&orion, &ada.email, before + 2).await;
    let told = mails.iter().filter(|mail| mail.contains("already has an account")).count();
    assert_eq!(told, 2, "no link for a password that nobody asked for: {mails:?}");
    assert!(orion.mailbox.reset_tokens(&ada.email).await.is_empty());
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_password_is_sent_once_more_within_the_same_limits() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    browser.send("/auth/reset", &[("email", &ada.email)]).await.expect(303);
    let page = browser.open("/auth/reset/sent").await.expect(200).text;
    assert!(page.contains(&ada.email) && page.contains("<a href=\"/auth/reset\">Start over"), "{page}");
    // Ten in an hour, the first included.
    for _ in 0..9 {
        browser.send("/auth/reset/sent", &[]).await.expect(303);
    }
    let page = browser.send("/auth/reset/sent", &[]).await.expect(429);
    assert!(page.header("retry-after").is_some() && page.text.contains("role=\"alert\">Too many tries"), "{page:?}");
    assert!(page.text.contains(&ada.email), "{}", page.text);
    eventually("two links", || async { (orion.mailbox.reset_tokens(&ada.email).await.len() >= 2).then_some(()) }).await;
    orion
        .anonymous()
        .post("/api/v1/auth/login", serde_json::json!({ "email": ada.email, "password": PASSWORD }))
        .await
        .expect(200);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_registrations_mail_keeps_back_no_link_for_a_new_password() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let stranger = Browser::new(&orion);
    sign_up(&stranger, &ada.email).await;
    let mut refused = 0;
    for _ in 0..12 {
        refused += u8::from(stranger.send("/auth/sign-up/sent", &[]).await.status == 429);
    }
    assert!(refused > 0, "nor is it without a limit");
    let owner = Browser::new(&orion);
    owner.send("/auth/reset", &[("email", &ada.email)]).await.expect(303);
    eventually("a link", || async { (orion.mailbox.reset_tokens(&ada.email).await.len() == 1).then_some(()) }).await;
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_person_at_a_browser_reads_nobodys_address() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let shows = async |path: &str| browser.open(path).await.expect(200).text.contains(&ada.email);
    let ask = async || browser.send("/auth/reset", &[("email", &ada.email)]).await.expect(303);
    ask().await;
    assert!(shows("/auth/reset/sent").await && !shows("/auth/sign-up/sent").await, "each page waits for its own mail");
    browser.open("/auth/reset").await.expect(200);
    assert!(!shows("/auth/reset/sent").await, "they have started over");
    ask().await;
    browser.send("/auth/sign-in", &[("email", &ada.email), ("password", PASSWORD)]).await.expect(303);
    assert!(!shows("/auth/reset/sent").await, "they have signed in");
    ask().await;
    let token = eventually("a link", || async { orion.mailbox.reset_tokens(&ada.email).await.pop() }).await;
    let chosen = [("password", OTHER), ("repeated", OTHER)];
    browser.send(&format!("/auth/reset?token={token}"), &chosen).await.expect(200);
    assert!(!shows("/auth/reset/sent").await, "they have chosen a password");
    orion.settle().await;
}
