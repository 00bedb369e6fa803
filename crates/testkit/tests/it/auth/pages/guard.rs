//! What no page takes.

use super::flow::begin;
use super::{Browser, form, has_no_script_but_ours, mark_in};
use crate::auth::two_factor::enrol;
use orion_testkit::{Answer, PASSWORD, TestPlatform};

const PAGES: &[&str] = &[
    "/auth/sign-in",
    "/auth/sign-up",
    "/auth/flow",
    "/auth/reset",
    "/auth/reset?token=x",
    "/auth/verify-email?token=x",
    "/auth/nowhere",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_takes_a_form_that_came_from_elsewhere() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let mark = mark_in(&browser.open("/auth/sign-in").await.expect(200).text);
    assert!(!mark.is_empty());
    for path in PAGES {
        let send = |told: &[(&'static str, &'static str)]| {
            let request =
                form(browser.request("POST", path), &mark, &[("email", "a@example.com"), ("password", PASSWORD)]);
            told.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        for told in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null"), ("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
        ] {
            let page = Answer::of(send(told)).await;
            assert_eq!(page.status, 403, "{path} {told:?}: {page:?}");
            assert!(page.text.contains("send that again from here"), "{}", page.text);
        }
        // As the browser of somebody else sends it, whom a stranger gave the page.
        let other = Browser::new(&orion);
        other.open(path).await;
        other.send_marked(path, &mark, &[("password", PASSWORD)]).await.expect(403);
        other.send_marked(path, "", &[("password", PASSWORD)]).await.expect(403);
        let nobody = Browser::new(&orion);
        nobody.send_marked(path, &mark, &[("password", PASSWORD)]).await.expect(403);
    }
    let page = browser.send_marked("/auth/sign-in", &mark, &[("email", &"a".repeat(20_000))]).await;
    assert_eq!(page.status, 413, "{page:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_keeps_to_itself() {
    let orion = TestPlatform::start().await;
    for path in PAGES.iter().chain(&["/auth/sign-up/sent", "/auth/signed-in", "/auth/reset/sent"]) {
        let page = orion.anonymous().get(path).await;
        assert!(page.status < 500, "{page:?}");
        let policy = page.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && has_no_script_but_ours(&page.text) && !page.text.contains("style=\""));
        assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"));
        assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
        let cookie = page.header("set-cookie").unwrap();
        assert!(
            cookie.starts_with("orion_flow_3000=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
            "{cookie}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_products_logo_is_shown_and_served_from_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logo.svg");
    std::fs::write(&path, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>").unwrap();
    let orion = TestPlatform::builder().set("auth.logo_path", path.to_str().unwrap()).start().await;
    let page = orion.anonymous().get("/auth/sign-in").await.expect(200);
    let source = page.text.split_once("<img src=\"").unwrap().1.split('"').next().unwrap();
    assert!(source.starts_with("/auth/logo?v="), "{source}");
    let logo = orion.anonymous().get(source).await.expect(200);
    assert_eq!(logo.header("content-type").as_deref(), Some("image/svg+xml"));
    assert!(logo.header("content-security-policy").unwrap().contains("default-src 'none'"), "{logo:?}");
    assert!(logo.header("cache-control").unwrap().contains("immutable") && logo.header("set-cookie").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_https_the_cookie_belongs_to_this_host_alone() {
    let orion = TestPlatform::builder().set("public_url", "https://id.example").start().await;
    let page = orion.anonymous().get("/auth/sign-in").await.expect(200);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-orion_flow=") && cookie.ends_with("; SameSite=Lax; Secure"), "{cookie}");
    let browser = Browser::new(&orion);
    let mark = mark_in(&browser.open("/auth/sign-in").await.text);
    let sent = form(browser.request("POST", "/auth/sign-in"), &mark, &[]).header("origin", "null");
    Answer::of(sent).await.expect(403);
    let sent = form(browser.request("POST", "/auth/sign-in"), &mark, &[]).header("origin", "https://id.example");
    Answer::of(sent).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_platforms_on_one_host_take_nothing_from_each_other() {
    let one = TestPlatform::builder().set("public_url", "http://localhost:3000").start().await;
    let other = TestPlatform::builder().set("public_url", "http://localhost:4000").start().await;
    let (ada, bob) = (one.user("ada").await, other.user("bob").await);
    let (_, codes) = enrol(&one, &ada).await;
    let at_one = Browser::new(&one);
    let at_other = at_one.elsewhere(&other);
    let next = begin(&at_one, &ada.email, "").await;
    at_other.open("/auth/sign-in?lang=de").await.expect(200);
    let typed = [("email", bob.email.as_str()), ("password", PASSWORD)];
    at_other.send("/auth/sign-in", &typed).await.expect(303);
    let page = at_one.open(&next).await.expect(200);
    assert!(page.text.contains("<html lang=\"en\">"), "{}", page.text);
    at_one.send(&next, &[("step", "backup_code"), ("code", &codes[0]), ("trust", "yes")]).await.expect(303);
    let done = at_one.send(&next, &[("step", "declined")]).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
    // Each knows this browser by a token of its own, and the one trusts it.
    at_other.send("/auth/sign-in", &typed).await.expect(303);
    let typed = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let done = at_one.send("/auth/sign-in", &typed).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_speaks_the_browsers_language_or_the_chosen_one() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let open = |path: &str, accept: &'static str| browser.request("GET", path).header("accept-language", accept);
    let page = browser.answer(open("/auth/sign-in", "de-AT,de;q=0.9,en;q=0.5")).await.expect(200);
    assert!(page.text.contains("<html lang=\"de\">") && page.text.contains("Bei ORION anmelden"), "{}", page.text);
    let page = browser.answer(open("/auth/sign-in", "fr")).await.expect(200);
    assert!(page.text.contains("<html lang=\"en\">") && page.text.contains("Sign in to ORION"), "{}", page.text);
    browser.answer(open("/auth/sign-in?lang=es", "de")).await.expect(200);
    assert_eq!(browser.cookie("orion_language_3000").as_deref(), Some("es"));
    let page = browser.answer(open("/auth/sign-up", "de")).await.expect(200);
    assert!(page.text.contains("<html lang=\"es\">") && page.text.contains("Crear su cuenta"), "{}", page.text);
    assert!(page.text.contains("href=\"/auth/sign-up?lang=de\""), "{}", page.text);
}
