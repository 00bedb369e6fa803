//! Pages whose form was sent too often: the form stays, says how long to wait, and is good again afterwards.

use super::flow::{FROM_SHOP, SHOP, begin};
use super::sign_in::code_in;
use super::{Browser, mark_in};
use crate::auth::two_factor::{enrol, now};
use orion_testkit::{Answer, PASSWORD, TestPlatform};
use std::time::Duration;

const SIGN_IN: &str = "/auth/sign-in";
const OTHER: &str = "another long password";

/// What a page says first of all that it is too early for; its form is there, with nothing secret in it.
fn said(page: &Answer) -> String {
    assert_eq!(page.status, 429, "{page:?}");
    assert!(page.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().unwrap() > 0), "{page:?}");
    assert!(!mark_in(&page.text).is_empty(), "the form stays: {}", page.text);
    assert!(!page.text.contains("long password") && !page.text.contains(PASSWORD), "{}", page.text);
    let alert = page.text.split_once("role=\"alert\">").unwrap().1.trim_start_matches("<p>");
    alert.split('<').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_has_to_wait_keeps_its_form_and_offers_the_link_that_ends_the_wait() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::new(&orion);
    let send =
        async |path: &str, password: &str| browser.send(path, &[("email", &ada.email), ("password", password)]).await;
    send(SIGN_IN, OTHER).await.expect(422);
    assert_eq!(said(&send(SIGN_IN, PASSWORD).await), "Too many tries. Wait a moment, then try again.");
    for _ in 0..11 {
        orion.advance(Duration::from_secs(901)).await;
        send(SIGN_IN, OTHER).await.expect(422);
    }
    for (language, words) in [
        ("en", "Too many tries. Try again in 15 minutes."),
        ("de", "Zu viele Versuche. Versuchen Sie es in 15 Minuten noch einmal."),
        ("es", "Demasiados intentos. Inténtelo de nuevo dentro de 15 minutos."),
    ] {
        let page = send(&format!("{SIGN_IN}?lang={language}"), PASSWORD).await;
        assert_eq!(said(&page), words);
        assert!(page.text.contains(&format!("value=\"{}\"", ada.email)), "what was typed stays: {}", page.text);
        let alert = page.text.split_once("role=\"alert\">").unwrap().1.split_once("</div>").unwrap().0;
        assert!(alert.contains("href=\"/auth/reset\""), "{alert}");
    }
    let unknown = browser.send(SIGN_IN, &[("email", "nobody@example.com"), ("password", OTHER)]).await;
    assert_eq!(unknown.status, 422, "it is told of what was tried, and of nothing else");

    browser.send("/auth/reset", &[("email", &ada.email)]).await.expect(303);
    orion.settle().await;
    let token = orion.mailbox.reset_tokens(&ada.email).await.pop().unwrap();
    let typed = [("password", OTHER), ("repeated", OTHER)];
    browser.send(&format!("/auth/reset?token={token}"), &typed).await.expect(200);
    send(SIGN_IN, OTHER).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_and_links_that_have_to_wait_keep_what_was_typed() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 1).start().await;
    let browser = Browser::new(&orion);
    let typed = [("display_name", "Eva <1>"), ("email", "eva@example.com"), ("password", PASSWORD)];
    browser.send("/auth/sign-up", &typed).await.expect(303);
    let page = browser.send("/auth/sign-up", &typed).await;
    assert_eq!(said(&page), "Too many tries. Try again in a minute.");
    for kept in ["value=\"Eva &#60;1&#62;\"", "value=\"eva@example.com\""] {
        assert!(page.text.contains(kept), "{kept}: {}", page.text);
    }
    assert!(!page.text.contains("aria-invalid=\"true\""), "no field is wrong: {}", page.text);
    orion.advance(Duration::from_secs(61)).await;
    browser.send("/auth/sign-up", &typed).await.expect(303);

    for _ in 0..10 {
        browser.send("/auth/reset", &[("email", "ada@example.com")]).await.expect(303);
    }
    let page = browser.send("/auth/reset", &[("email", "ada@example.com")]).await;
    assert_eq!(said(&page), "Too many tries. Try again in 30 minutes.");
    assert!(page.text.contains("value=\"ada@example.com\""), "{}", page.text);
    assert!(!page.text.contains("aria-invalid=\"true\""), "no field is wrong: {}", page.text);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_tried_too_often_keeps_its_form() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let browser = Browser::new(&orion);
    let link = format!("/auth/verify-email?token={}", orion.mailbox.verification_token(&guest.email).await);
    for _ in 0..20 {
        browser.send(&link, &[("password", OTHER)]).await.expect(422);
    }
    assert_eq!(said(&browser.send(&link, &[("password", OTHER)]).await), "Too many tries. Try again in 60 minutes.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_has_to_wait_keeps_its_form_and_the_box_that_was_ticked() {
    let orion =
        TestPlatform::builder().set("auth.return_urls", SHOP).set("auth.login_failures_before_delay", 1).start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let send = async |code: &str| browser.send(&next, &[("step", "totp"), ("code", code), ("trust", "yes")]).await;
    let wrong = send("000").await.expect(422);
    assert!(wrong.text.contains("value=\"yes\" checked"), "{}", wrong.text);
    let page = send("123456").await;
    assert_eq!(said(&page), "Too many tries. Wait a moment, then try again.");
    assert!(page.text.contains("value=\"yes\" checked") && !page.text.contains("123456"), "{}", page.text);
    orion.advance(Duration::from_secs(2)).await;
    code_in(&send(&app.code(now(&orion))).await);
}
