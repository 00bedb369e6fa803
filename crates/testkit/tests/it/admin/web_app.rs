//! The console's page and its files

use super::Browser;
use orion_testkit::{Answer, TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_the_server_are_never_pages() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    for path in ["/console/nothing", "/internal/v1/nothing", "/assets/nothing.js", "/api/nothing"] {
        assert_problem!(browser.get(path).await, 404, "not-found");
    }
    assert_problem!(Answer::of(browser.proven("POST", "/users")).await, 405, "method-not-allowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_address_is_the_page_under_its_strict_policy() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let page = browser.get("/").await;
    if page.status == 503 {
        assert!(page.text.contains("./orion web build"), "the web app was not built: {}", page.text);
        return;
    }
    for path in ["/", "/users", "/mails/some-id", "/no/such/page"] {
        let page = browser.get(path).await.expect(200);
        assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control").as_deref(), Some("no-cache"));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self';") && policy.ends_with("trusted-types 'none'"), "{policy}");
    }
    let tag = page.header("etag").expect("a tag");
    let again = browser.request("GET", "/").header("if-none-match", tag);
    Answer::of(again).await.expect(304);
    let (_, rest) = page.text.split_once("src=\"/assets/").expect("a script");
    let script = rest.split('"').next().expect("a name");
    let asset = browser.get(&format!("/assets/{script}")).await.expect(200);
    assert_eq!(asset.header("content-type").as_deref(), Some("text/javascript; charset=utf-8"));
    assert_eq!(asset.header("cache-control").as_deref(), Some("public, max-age=31536000, immutable"));
}
