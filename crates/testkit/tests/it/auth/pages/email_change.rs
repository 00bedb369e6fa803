//! `/auth/email-change`

use super::{Browser, has_no_script_but_ours, mark_in};
use crate::users::email_changes::asked;
use orion_contracts::email_changes::EmailChangeState;
use orion_testkit::{Answer, PASSWORD, TestPlatform};
use serde_json::json;

const OWN: &str = "/api/v1/users/me/email-change";
const NEW: &str = "new@example.com";

fn link(token: &str) -> String {
    format!("/auth/email-change?token={token}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_links_confirm_by_their_form_and_not_by_being_opened() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    // As programs do that look through mails.
    for token in [&at_old, &at_new] {
        for method in ["HEAD", "GET", "GET"] {
            Answer::of(orion.anonymous().request(method, &link(token))).await.expect(200);
        }
    }
    let waits = ada.get(OWN).await.expect(200).json::<EmailChangeState>().pending.expect("it waits");
    assert!(!waits.is_confirmed_at_current && !waits.is_confirmed_at_new, "opening a link changes nothing");

    let browser = Browser::new(&orion);
    let page = browser.open(&link(&at_new)).await.expect(200);
    assert!(page.text.contains(NEW) && page.text.contains(&ada.email), "whose account it is: {}", page.text);
    assert!(!page.text.contains("Refuse the change"), "only the old address refuses");
    assert!(has_no_script_but_ours(&page.text));
    assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"), "the token goes nowhere else");
    browser.send_marked(&link(&at_new), "forged", &[]).await.expect(403);
    let done = browser.send_marked(&link(&at_new), &mark_in(&page.text), &[]).await.expect(200);
    assert!(done.text.contains("Confirmed at this address"), "{}", done.text);
    let again = browser.open(&link(&at_new)).await.expect(200);
    assert!(again.text.contains("Confirmed at this address"), "{}", again.text);

    let other = Browser::new(&orion);
    let page = other.open(&link(&at_old)).await.expect(200);
    assert!(page.text.contains("Refuse the change"), "{}", page.text);
    let done = other.send_marked(&link(&at_old), &mark_in(&page.text), &[]).await.expect(200);
    assert!(done.text.contains("Your address has changed") && done.text.contains(NEW), "{}", done.text);
    orion.settle().await;
    let login = json!({ "email": NEW, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/login", login).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_address_refuses_by_its_page_and_the_links_are_dead_then() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    let browser = Browser::new(&orion);
    let refused = browser.send(&link(&at_old), &[("refuse", "yes")]).await.expect(200);
    assert!(
        refused.text.contains("The change was refused") && refused.text.contains("/auth/reset"),
        "{}",
        refused.text
    );
    for token in [&at_old, &at_new] {
        let page = browser.open(&link(token)).await.expect(200);
        assert!(page.text.contains("The change was refused") && mark_in(&page.text).is_empty(), "{}", page.text);
    }
    browser.open(&link("nonsense")).await.expect(422);
    browser.open("/auth/email-change").await.expect(400);
    let withdrawn = asked(&orion, &ada, NEW).await;
    ada.delete(OWN).await.expect(204);
    let dead = browser.open(&link(&withdrawn.0)).await.expect(422);
    assert!(dead.text.contains("This link does not work"), "{}", dead.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_and_pages_speak_the_persons_language() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for (locale, mail, page) in [("de", "soll sich", "Änderung ablehnen"), ("es", "va a cambiar", "Rechazar el cambio")]
    {
        ada.patch("/api/v1/users/me", json!({ "locale": locale })).await.expect(200);
        let (at_old, _) = asked(&orion, &ada, NEW).await;
        let mails = orion.mailbox.to(&ada.email).await;
        assert!(mails.last().unwrap().contains(mail), "{mails:?}");
        let shown =
            Answer::of(orion.anonymous().request("GET", &link(&at_old)).header("accept-language", locale)).await;
        assert!(shown.expect(200).text.contains(page));
    }
}
