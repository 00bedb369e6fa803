use super::{Redirect, RedirectConfig};
use crate::policies::template::Facts;
use http::StatusCode;
use http::header::LOCATION;
use proptest::prelude::*;
use url::Url;

const FACTS: Facts<'static> = Facts {
    scheme: "http",
    authority: "shop.example:3000",
    path: "/old/a%20b",
    query: Some("q=1&r=a%20b"),
    captures: &["a%20b", "x/y"],
    request_id: "r-1",
    client: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
    user_id: None,
};

fn config(to: &str) -> RedirectConfig {
    RedirectConfig { to: to.to_owned(), status: 307 }
}

fn prepared(to: &str) -> Redirect {
    config(to).prepare("redirect", &["id", "rest"]).unwrap_or_else(|faults| panic!("{to}: {faults:?}"))
}

#[test]
fn a_target_is_filled_from_what_was_asked() {
    for (to, location) in [
        ("https://{host}{path}{query}", "https://shop.example/old/a%20b?q=1&r=a%20b"),
        ("https://{host}:8443{path}", "https://shop.example:8443/old/a%20b"),
        ("{scheme}://{authority}/new{path}", "http://shop.example:3000/new/old/a%20b"),
        ("https://www.example.com{path}{query}", "https://www.example.com/old/a%20b?q=1&r=a%20b"),
        ("https://www.example.com:444/", "https://www.example.com:444/"),
        ("https://www.example.com", "https://www.example.com"),
        ("https://www.example.com{query}", "https://www.example.com?q=1&r=a%20b"),
        ("/new/{id}/{rest}", "/new/a%20b/x/y"),
        ("/new?from={path}{query}", "/new?from=%2Fold%2Fa%20b&q=1&r=a%20b"),
        ("/new?id={id}&rest={rest}", "/new?id=a%20b&rest=x%2Fy"),
        ("{path}/more", "/old/a%20b/more"),
        ("/{{id}}", "/%7Bid%7D"),
    ] {
        assert_eq!(prepared(to).location(&FACTS), location, "{to}");
    }
    let without = Facts { query: None, ..FACTS };
    assert_eq!(prepared("/new{query}").location(&without), "/new");
    assert_eq!(prepared("/new{query}").location(&Facts { query: Some(""), ..FACTS }), "/new");
}

#[test]
fn an_answer_has_the_status_and_no_body() {
    for status in [301, 302, 303, 307, 308] {
        let redirect = RedirectConfig { to: "/new".to_owned(), status }.prepare("redirect", &[]).expect("a redirect");
        let (told, headers) = redirect.answer(&FACTS);
        assert_eq!(
            (told, headers[LOCATION].as_bytes()),
            (StatusCode::from_u16(status).expect("a status"), &b"/new"[..])
        );
        assert_eq!(headers["content-length"], "0");
    }
    for status in [200, 300, 304, 305, 306, 309] {
        let faults = RedirectConfig { to: "/new".to_owned(), status }.prepare("r", &[]).expect_err("no redirect");
        assert_eq!(faults[0].key, "r.status");
    }
}

#[test]
fn whoever_asks_cannot_choose_the_host() {
    // What a route that keeps double slashes may hand on.
    for path in ["//evil.example/x", "///evil.example"] {
        let facts = Facts { path, captures: &["/evil.example", "//evil.example"], ..FACTS };
        for to in ["{path}/more", "/{id}", "/{rest}", "{path}?a=b"] {
            let location = prepared(to).location(&facts);
            assert!(location.starts_with('/') && !location.starts_with("//"), "{to}: {location}");
        }
        assert!(prepared("https://a.example{path}").location(&facts).starts_with("https://a.example/"));
    }
    for to in [
        "https://{id}/",
        "https://{rest}",
        "https://a.example{id}",
        "https://a.example.{id}/",
        "https://{id}.example.com/",
        "https://{host}{id}",
        "https://{host}.evil.example/",
        "https://{host}@evil.example/",
        "https://{host}:{id}/",
        "https://{host}:/",
        "https://{host}:99999/",
        "https://user@a.example/",
        "https:///x",
        "https://A.example/",
        "//evil.example",
        "//{id}",
        "{id}",
        "{rest}/x",
        "{host}/x",
        "javascript:alert(1)",
        "javascript://x",
        "{id}://x/",
        "ftp://a.example/",
        "new",
        "",
        "/\\evil.example",
        "/a b",
        "/a\r\nSet-Cookie: x",
        "/a#b",
        "/ü",
        "/{query}/x",
        "/{nothing}",
        "/{user_id}",
        "{path}",
        "{path}{query}",
        "{scheme}://{authority}{path}{query}",
    ] {
        let faults = config(to).prepare("gateway.routes[0].redirect", &["id", "rest"]).expect_err(to);
        assert_eq!(
            faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(),
            ["gateway.routes[0].redirect.to"],
            "{to}"
        );
    }
}

#[test]
fn an_example_is_read_with_its_default() {
    let read: RedirectConfig = toml::from_str("to = \"/new\"").expect("an example");
    assert_eq!(read, config("/new"));
    assert!(toml::from_str::<RedirectConfig>("to = \"/new\"\ncode = 301").is_err());
}

proptest! {
    #[test]
    fn a_location_is_a_url_of_the_host_that_was_said(
        path in "/[!-~]{0,12}",
        query in "\\PC{0,12}|[\\x00-\\x7f]{0,12}",
        id in "[ -~]{0,8}|[/.@:\\\\]{0,8}",
        to in prop::sample::select(vec![
            "https://a.example{path}{query}", "https://a.example/{id}?x={id}{query}", "/{id}{query}", "{path}/{id}?{id}{query}",
        ]),
    ) {
        let facts = Facts { path: &path, query: Some(&query), captures: &[&id, &id], authority: "a.example", ..FACTS };
        let (_, headers) = prepared(to).answer(&facts);
        let location = headers[LOCATION].to_str().expect("ASCII");
        prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{}", location);
        let url = Url::parse("https://a.example/").and_then(|base| base.join(location)).expect("a URL");
        prop_assert_eq!(url.host_str(), Some("a.example"), "{}", location);
        prop_assert_eq!((url.scheme(), url.port(), url.username()), ("https", None, ""));
    }
}
