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

/// The script that the page loads first; none when the web app was not built.
async fn first_script(browser: &Browser) -> Option<String> {
    let page = browser.get("/").await;
    let (_, rest) = page.text.split_once("src=\"/assets/")?;
    rest.split('"').next().map(|name| format!("/assets/{name}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_sent_compressed_to_those_who_take_it() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let Some(script) = first_script(&browser).await else { return };
    let ask = async |path: &str, accepted: Option<&str>| {
        let request = browser.request("GET", path);
        let request = match accepted {
            Some(accepted) => request.header("accept-encoding", accepted),
            None => request,
        };
        request.send().await.unwrap()
    };
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let plain = ask(&script, None).await;
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), (None, Some("accept-encoding".into())));
    let plain_tag = header(&plain, "etag");
    let plain = plain.bytes().await.unwrap();
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.5", Some("gzip")),
        ("gzip;q=1, br;q=0.5", Some("gzip")),
        ("*", Some("br")),
        ("identity, gzip;q=0", None),
        ("zstd", None),
        ("", None),
    ] {
        let response = ask(&script, Some(accepted)).await;
        assert_eq!(response.status(), 200, "{accepted}");
        assert_eq!(header(&response, "content-encoding").as_deref(), coding, "{accepted}");
        assert_eq!(header(&response, "vary").as_deref(), Some("accept-encoding"), "{accepted}");
        assert_eq!(header(&response, "content-type").as_deref(), Some("text/javascript; charset=utf-8"), "{accepted}");
        let tag = header(&response, "etag").expect("a tag");
        assert_eq!(plain_tag.as_ref() == Some(&tag), coding.is_none(), "each form has a tag of its own: {accepted}");
        let bytes = response.bytes().await.unwrap();
        assert!(coding.is_none() || bytes.len() * 2 < plain.len(), "{accepted}: {} of {}", bytes.len(), plain.len());
        let known = browser.request("GET", &script).header("accept-encoding", accepted).header("if-none-match", &tag);
        let known = Answer::of(known).await.expect(304);
        assert_eq!(known.header("vary").as_deref(), Some("accept-encoding"), "{accepted}");
        assert_eq!(known.header("etag"), Some(tag), "{accepted}");
    }
    // What is compressed in itself has one form, and the forms have no addresses.
    let page = ask("/", Some("br")).await;
    assert_eq!(header(&page, "content-encoding").as_deref(), Some("br"));
    assert!(header(&page, "content-security-policy").is_some());
    for form in ["br", "gz"] {
        assert_problem!(browser.get(&format!("{script}.{form}")).await, 404, "not-found");
    }
}
