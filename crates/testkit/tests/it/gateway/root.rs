//! The gateway's own first page: what this is, and where to go from here.

use orion_contracts::ServiceName;
use orion_testkit::shop::Shop;
use orion_testkit::{Answer, TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_root_says_what_this_is_and_where_the_console_and_the_documents_are() {
    let orion = TestPlatform::start().await;
    let told = orion.anonymous().get("/").await.expect(200);
    assert_eq!(told.header("content-type").unwrap(), "application/json");
    let told = told.value();
    assert_eq!((&told["name"], &told["version"]), (&"ORION".into(), &env!("CARGO_PKG_VERSION").into()), "{told}");
    assert!(told["console"].as_str().unwrap().starts_with("http://localhost:"), "{told}");
    let documents = format!("{}/docs", orion.service_url(ServiceName::Users));
    assert_eq!(told["docs"]["users"], documents, "{told}");
    let request = orion.anonymous().request("GET", "/").header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let page = Answer::of(request).await.expect(200);
    assert_eq!(page.header("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{page:?}");
    for link in [documents.as_str(), told["console"].as_str().unwrap()] {
        assert!(page.text.contains(&format!("href=\"{link}\"")), "{link} in {}", page.text);
    }
    let refused = Answer::of(orion.anonymous().request("POST", "/")).await;
    let refused = assert_problem!(refused, 405, "method-not-allowed");
    assert!(refused.text.contains("request_id"), "{}", refused.text);
    assert_problem!(Answer::of(orion.anonymous().request("POST", "/livez")).await, 405, "method-not-allowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_of_the_configuration_takes_the_root_when_it_wants_it() {
    for path in ["/", "/*"] {
        let shop = Shop::open().await;
        let file = shop.route("access = \"public\"").replace("/shop/*", path);
        let orion = TestPlatform::builder().file(file).start().await;
        assert_eq!(orion.anonymous().get("/").await.expect(200).value()["path"], "/");
        assert_eq!(shop.seen(), 1);
    }
}
