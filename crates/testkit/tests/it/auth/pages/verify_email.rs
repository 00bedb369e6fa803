//! `/auth/verify-email`

use super::{Browser, has_no_script_but_ours, mark_in, said_of};
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use serde_json::json;

const PATH: &str = "/auth/verify-email";
const API: &str = "/api/v1/auth/verify-email";

/// Opens the link, and sends its form.
async fn confirm(browser: &Browser, token: &str, fields: &[(&str, &str)]) -> Answer {
    browser.send(&format!("{PATH}?token={token}"), fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_confirms_by_the_password_and_not_by_being_opened() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let (client, browser) = (orion.anonymous(), Browser::new(&orion));
    let token = orion.mailbox.verification_token(&guest.email).await;
    let link = format!("{PATH}?token={token}");

    // As programs do that look through mails.
    for method in ["HEAD", "GET", "GET"] {
        Answer::of(client.request(method, &link)).await.expect(200);
    }
    let page = browser.open(&link).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self';"), "{policy}");
    assert!(
        !policy.contains("unsafe") && policy.contains("script-src 'sha256-") && !policy.contains("script-src 'self'"),
        "{policy}"
    );
    assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"), "the token goes nowhere else");
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    assert!(page.text.contains("type=\"password\"") && has_no_script_but_ours(&page.text), "{}", page.text);
    let roles = || async {
        let login = json!({ "email": guest.email, "password": PASSWORD });
        client.post("/api/v1/auth/login", login).await.value()["roles"].clone()
    };
    assert_eq!(roles().await, json!(["guest"]), "opening the link changes nothing");
    confirm(&browser, &token, &[]).await.expect(422);
    assert_eq!(roles().await, json!(["guest"]), "nor does sending the form without a password");

    let done = confirm(&browser, &token, &[("password", PASSWORD)]).await.expect(200);
    assert!(done.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(roles().await, json!(["user"]));
    let nonsense = format!("{PATH}?token=nonsense");
    browser.send_marked(&nonsense, &mark_in(&page.text), &[("password", PASSWORD)]).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_says_that_all_is_well() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let browser = Browser::new(&orion);
    let token = orion.mailbox.verification_token(&guest.email).await;
    let link = format!("{PATH}?token={token}");
    let mark = mark_in(&browser.open(&link).await.expect(200).text);
    let order = json!({ "token": token, "password": PASSWORD });
    orion.anonymous().post(API, &order).await.expect(204);
    orion.anonymous().post(API, &order).await.expect(204);
    for page in [browser.open(&link).await, browser.send_marked(&link, &mark, &[("password", PASSWORD)]).await] {
        let page = page.expect(200);
        assert!(page.text.contains("already confirmed") && !page.text.contains("egister again"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_is_asked_for_twice_before_it_counts() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let browser = Browser::new(&orion);
    let token = orion.mailbox.verification_token(&guest.email).await;
    const OTHER: &str = "another long password";
    let page = confirm(&browser, &token, &[("password", OTHER)]).await.expect(422);
    assert!(page.text.contains("name=\"repeated\""), "{}", page.text);
    let page = confirm(&browser, &token, &[("password", OTHER), ("repeated", "another lonk password")]).await;
    assert_eq!(said_of(&page.expect(422).text, "repeated"), Some("The two passwords are not the same."));
    let page = confirm(&browser, &token, &[("password", "short"), ("repeated", "short")]).await.expect(422);
    assert_eq!(said_of(&page.text, "password"), Some("Use at least 15 characters."));
    confirm(&browser, &token, &[("password", OTHER), ("repeated", OTHER)]).await.expect(200);
    let login = |password: &str| {
        let login = json!({ "email": guest.email, "password": password });
        async { orion.anonymous().post("/api/v1/auth/login", login).await }
    };
    assert_problem!(login(PASSWORD).await, 401, "invalid-credentials");
    login(OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_leads_back_to_the_password_of_before() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let browser = Browser::new(&orion);
    let token = orion.mailbox.verification_token(&guest.email).await;
    let page = confirm(&browser, &token, &[("password", "one letter is wronk")]).await.expect(422);
    assert!(page.text.contains(&format!("<a href=\"{PATH}?token={token}\"")), "{}", page.text);
    let page = browser.open(PATH).await.expect(400);
    assert!(page.text.contains("Copy the whole link"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_bear_the_products_name_and_lead_on_to_its_sign_in() {
    let orion = TestPlatform::builder()
        .set("notifications.product_name", "Acme & Sons")
        .set("auth.sign_in_url", "https://acme.example/sign-in?from=mail&x=1")
        .start()
        .await;
    let guest = orion.user("pia").unverified().await;
    let token = orion.mailbox.verification_token(&guest.email).await;
    let browser = Browser::new(&orion);
    let page = browser.open(&format!("{PATH}?token={token}")).await.expect(200);
    assert!(!page.text.contains("Acme & Sons") && page.text.contains("Acme &#38; Sons"), "{}", page.text);
    let done = confirm(&browser, &token, &[("password", PASSWORD)]).await.expect(200);
    let link = "href=\"https://acme.example/sign-in?from=mail&#38;x=1\"";
    assert!(done.text.contains(link), "{}", done.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_values_are_inert() {
    let orion = TestPlatform::start().await;
    let hostile = "\"><script>alert(1)</script>";
    let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let browser = Browser::new(&orion);
    for path in [
        format!("{PATH}?token={encoded}"),
        format!("/auth/sign-in?return_to={encoded}"),
        format!("/auth/sign-up?state={encoded}&{encoded}={encoded}"),
        format!("/auth/sign-in?lang={encoded}"),
        format!("/auth/{encoded}"),
    ] {
        let page = browser.open(&path).await;
        assert!(page.status < 500 && has_no_script_but_ours(&page.text), "{path}: {}", page.text);
    }
    let typed = [("email", hostile), ("display_name", hostile), ("password", "short")];
    let page = browser.send("/auth/sign-up", &typed).await.expect(422);
    assert!(page.text.contains("value=\"&#34;&#62;&#60;script&#62;"), "it comes back as it was typed: {}", page.text);
    assert!(has_no_script_but_ours(&page.text), "{}", page.text);
    assert!(!page.text.contains("value=\"short\""), "a password never comes back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_invited_and_registers_themselves_is_told_why_they_choose_a_password_again() {
    let orion = TestPlatform::start().await;
    let (root, client) = (orion.administrator().await, orion.anonymous());
    let eve = json!({ "email": "eve@example.com", "password": PASSWORD });
    root.post("/api/v1/users", json!({ "email": eve["email"] })).await.expect(201);
    orion.settle().await;
    client.post("/api/v1/auth/register", &eve).await.expect(201);
    orion.settle().await;
    let token = orion.mailbox.verification_token("eve@example.com").await;
    let browser = Browser::new(&orion);
    let page = browser.open(&format!("{PATH}?token={token}")).await.expect(200);
    for words in ["You were invited", "If you have registered this address yourself", "name=\"repeated\""] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    // Nor is a program told of another password that somebody has chosen: nobody has.
    let refused = client.post(API, json!({ "token": token, "password": PASSWORD })).await;
    let refused = assert_problem!(refused, 422, "validation");
    assert!(refused.text.contains("is not chosen yet") && !refused.text.contains("at registration"), "{refused:?}");
    confirm(&browser, &token, &[("password", PASSWORD), ("repeated", PASSWORD)]).await.expect(200);
    client.post("/api/v1/auth/login", &eve).await.expect(200);
}
