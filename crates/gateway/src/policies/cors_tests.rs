use super::{Cors, CorsConfig};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

fn config(text: &str) -> CorsConfig {
    toml::from_str(text).expect("an example")
}

fn prepared(text: &str) -> Cors {
    config(text).prepare("cors").unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).expect("a name"), HeaderValue::from_str(value).expect("a value"))
    };
    pairs.iter().map(pair).collect()
}

fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn answer_to(cors: &Cors, request: &HeaderMap, answer: &mut HeaderMap) {
    cors.answer(cors.allowed(request), answer);
}

/// The origin that an answer allows.
fn allowed(cors: &Cors, origin: &str) -> Option<String> {
    let mut answer = HeaderMap::new();
    answer_to(cors, &headers(&[("origin", origin)]), &mut answer);
    get(&answer, "access-control-allow-origin").map(str::to_owned)
}

#[test]
fn an_origin_is_allowed_as_it_is_sent_and_no_other_that_looks_like_it() {
    let cors = prepared(r#"origins = ["https://app.example.com", "http://localhost:5173", "capacitor://localhost"]"#);
    for origin in ["https://app.example.com", "http://localhost:5173", "capacitor://localhost"] {
        assert_eq!(allowed(&cors, origin).as_deref(), Some(origin));
    }
    for origin in [
        "https://app.example.com.evil.example",
        "https://app.example.com:443",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://app.example.com.",
        "http://app.example.com",
        "https://evilapp.example.com",
        "https://example.com",
        "https://APP.example.com",
        "HTTPS://app.example.com",
        "https://app.example.com https://evil.example",
        "https://user@app.example.com",
        "http://localhost",
        "http://localhost:51730",
        "null",
        "*",
        "",
    ] {
        assert_eq!(allowed(&cors, origin), None, "{origin}");
    }
}

#[test]
fn hosts_below_a_domain_are_allowed_and_no_other() {
    let cors = prepared(r#"origins = ["https://*.example.com", "https://*.test.example:8443"]"#);
    for origin in [
        "https://a.example.com",
        "https://a.b-2.example.com",
        "https://xn--bcher-kva.example.com",
        "https://a.test.example:8443",
    ] {
        assert_eq!(allowed(&cors, origin).as_deref(), Some(origin));
    }
    for origin in [
        "https://example.com",
        "https://.example.com",
        "https://a..example.com",
        "https://evilexample.com",
        "https://a.example.com.evil.example",
        "https://evil.example/.example.com",
        "https://evil.example?.example.com",
        "https://evil.example#.example.com",
        "https://evil.example:80.example.com",
        "https://evil.example\\.example.com",
        "https://user@a.example.com",
        "https://%2e.example.com",
        "https://A.example.com",
        "https://a.example.com:8443",
        "https://a.test.example",
        "http://a.example.com",
        "https://*.example.com",
    ] {
        assert_eq!(allowed(&cors, origin), None, "{origin}");
    }
}

#[test]
fn null_is_allowed_only_by_name() {
    assert_eq!(allowed(&prepared(r#"origins = ["https://*.example.com"]"#), "null"), None);
    assert_eq!(allowed(&prepared(r#"origins = ["null"]"#), "null").as_deref(), Some("null"));
}

#[test]
fn every_origin_is_allowed_without_credentials_and_caches_may_keep_one_answer() {
    let cors = prepared(r#"origins = ["*"]"#);
    let mut answer = HeaderMap::new();
    answer_to(&cors, &HeaderMap::new(), &mut answer);
    assert_eq!(get(&answer, "access-control-allow-origin"), Some("*"));
    assert_eq!((get(&answer, "vary"), get(&answer, "access-control-allow-credentials")), (None, None));
}

#[test]
fn caches_are_told_that_the_origin_counts_also_where_none_was_sent() {
    let cors = prepared(r#"origins = ["https://app.example.com"]"#);
    for request in [
        headers(&[]),
        headers(&[("origin", "https://evil.example")]),
        headers(&[("origin", "https://app.example.com")]),
    ] {
        let mut answer = headers(&[("vary", "accept-encoding")]);
        answer_to(&cors, &request, &mut answer);
        assert_eq!(answer.get_all("vary").iter().collect::<Vec<_>>(), ["accept-encoding", "origin"], "{request:?}");
    }
}

#[test]
fn what_the_upstream_says_is_taken_out() {
    let cors = prepared(r#"origins = ["https://app.example.com"]"#);
    let said = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-origin", "https://evil.example"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "set-cookie"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-headers", "*"),
        ("access-control-max-age", "86400"),
        ("access-control-allow-private-network", "true"),
        ("content-type", "text/plain"),
    ];
    let mut answer = headers(&said);
    answer_to(&cors, &headers(&[("origin", "https://evil.example")]), &mut answer);
    let left: Vec<_> = answer.keys().map(HeaderName::as_str).collect();
    assert_eq!(left, ["content-type", "vary"]);

    let mut answer = headers(&said);
    answer_to(&cors, &headers(&[("origin", "https://app.example.com")]), &mut answer);
    assert_eq!(answer.get_all("access-control-allow-origin").iter().collect::<Vec<_>>(), ["https://app.example.com"]);
    assert_eq!(get(&answer, "access-control-allow-credentials"), None);
    assert!(get(&answer, "access-control-expose-headers").is_some_and(|exposed| exposed.contains("retry-after")));
}

#[test]
fn two_origins_in_one_request_are_none() {
    let cors = prepared(r#"origins = ["https://app.example.com"]"#);
    let mut answer = HeaderMap::new();
    answer_to(
        &cors,
        &headers(&[("origin", "https://app.example.com"), ("origin", "https://evil.example")]),
        &mut answer,
    );
    assert_eq!(get(&answer, "access-control-allow-origin"), None);
}

#[test]
fn a_preflight_asks_by_options_with_origin_and_method() {
    let asks = [("origin", "https://app.example.com"), ("access-control-request-method", "PUT")];
    assert!(Cors::is_preflight(&Method::OPTIONS, &headers(&asks)));
    assert!(!Cors::is_preflight(&Method::GET, &headers(&asks)));
    assert!(!Cors::is_preflight(&Method::OPTIONS, &headers(&asks[..1])));
    assert!(!Cors::is_preflight(&Method::OPTIONS, &headers(&asks[1..])));
}

#[test]
fn a_preflight_is_told_what_is_allowed() {
    let cors = prepared(
        r#"
        origins = ["https://app.example.com"]
        methods = ["GET", "PUT"]
        headers = ["Authorization", "X-Mine"]
        max_age_seconds = 60
        credentials = true
        "#,
    );
    let answer = cors
        .preflight(&headers(&[
            ("origin", "https://app.example.com"),
            ("access-control-request-method", "DELETE"),
            ("access-control-request-headers", "x-other"),
            ("access-control-request-private-network", "true"),
        ]))
        .expect("an answer");
    let told: Vec<_> = answer.iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text"))).collect();
    let expected = [
        ("access-control-allow-origin", "https://app.example.com"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "authorization, x-mine"),
        ("access-control-max-age", "60"),
        ("vary", "origin"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_preflight_of_another_origin_is_refused() {
    let cors = prepared(r#"origins = ["https://app.example.com"]"#);
    let asks = headers(&[("origin", "https://evil.example"), ("access-control-request-method", "GET")]);
    assert_eq!(cors.preflight(&asks).expect_err("refused").status, 403);
}

#[test]
fn all_headers_are_allowed_by_name_for_a_star_does_not_mean_authorization() {
    let cors = prepared("origins = [\"*\"]\nheaders = [\"*\"]");
    let ask = |asked: &str| {
        let asks = [
            ("origin", "https://a.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", asked),
        ];
        cors.preflight(&headers(&asks)).expect("an answer")
    };
    let answer = ask("authorization,x-mine");
    assert_eq!(get(&answer, "access-control-allow-headers"), Some("authorization,x-mine"));
    assert_eq!(get(&answer, "vary"), Some("access-control-request-headers"));
    for odd in ["a b", "x-a,,x-b", "x-a:1", "\"", ""] {
        assert_eq!(get(&ask(odd), "access-control-allow-headers"), None, "{odd:?}");
    }
}

#[test]
fn a_private_network_is_opened_only_where_it_is_asked_for_and_allowed() {
    let asks = |asked: &str| {
        headers(&[
            ("origin", "https://a.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-private-network", asked),
        ])
    };
    let open = prepared("origins = [\"https://a.example\"]\nprivate_network = true");
    let closed = prepared("origins = [\"https://a.example\"]");
    let told = |cors: &Cors, asked| {
        let answer = cors.preflight(&asks(asked)).expect("an answer");
        get(&answer, "access-control-allow-private-network").map(str::to_owned)
    };
    assert_eq!(told(&open, "true").as_deref(), Some("true"));
    assert_eq!((told(&open, "false"), told(&closed, "true")), (None, None));
}

#[test]
fn what_would_open_a_route_to_everybody_is_refused_when_it_is_saved() {
    for (text, key) in [
        ("", "c.origins"),
        ("origins = []", "c.origins"),
        ("origins = [\"*\"]\ncredentials = true", "c.origins[0]"),
        ("origins = [\"null\"]\ncredentials = true", "c.origins[0]"),
        ("origins = [\"https://a.example\", \"*\"]", "c.origins[1]"),
        (r#"origins = ["https://*"]"#, "c.origins[0]"),
        (r#"origins = ["https://*.com"]"#, "c.origins[0]"),
        (r#"origins = ["https://*.com."]"#, "c.origins[0]"),
        (r#"origins = ["*.example.com"]"#, "c.origins[0]"),
        (r#"origins = ["*://a.example.com"]"#, "c.origins[0]"),
        (r#"origins = ["*://*.example.com"]"#, "c.origins[0]"),
        (r#"origins = ["https://a.*.example.com"]"#, "c.origins[0]"),
        (r#"origins = ["https://*.*.example.com"]"#, "c.origins[0]"),
        (r#"origins = ["https://*.example.com/x"]"#, "c.origins[0]"),
        (r#"origins = ["https://*.1.2.3.4"]"#, "c.origins[0]"),
        (r#"origins = ["https://a.example/"]"#, "c.origins[0]"),
        (r#"origins = ["https://A.example"]"#, "c.origins[0]"),
        (r#"origins = ["https://a.example:443"]"#, "c.origins[0]"),
        (r#"origins = ["https://bücher.example"]"#, "c.origins[0]"),
        (r#"origins = ["a.example"]"#, "c.origins[0]"),
        (r#"origins = ["file:///x"]"#, "c.origins[0]"),
        ("origins = [\"*\"]\nmethods = [\"get\"]", "c.methods[0]"),
        ("origins = [\"*\"]\nmethods = [\"*\"]", "c.methods[0]"),
        ("origins = [\"*\"]\nmethods = [\"TRACE\"]", "c.methods[0]"),
        ("origins = [\"*\"]\nheaders = [\"a b\"]", "c.headers[0]"),
        ("origins = [\"*\"]\nheaders = [\"x-a\", \"*\"]", "c.headers[1]"),
        ("origins = [\"https://a.example\"]\ncredentials = true\nexposed_headers = [\"*\"]", "c.exposed_headers"),
        ("origins = [\"*\"]\nmax_age_seconds = 86401", "c.max_age_seconds"),
    ] {
        let faults = config(text).prepare("c").expect_err(text);
        assert_eq!(faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(), [key], "{text}");
    }
    assert!(toml::from_str::<CorsConfig>("origin = [\"*\"]").is_err());
    let told = config(r#"origins = ["https://bücher.example:443"]"#).prepare("c").expect_err("another spelling");
    assert!(told[0].message.contains("\"https://xn--bcher-kva.example\""), "{}", told[0].message);
}

proptest! {
    #[test]
    fn an_origin_that_is_allowed_is_one_of_the_domain(origin in "(https|http)://[a-z.@:/?#\\\\%*-]{0,12}\\.example\\.com[:.0-9a-z/]{0,6}") {
        let cors = prepared(r#"origins = ["https://*.example.com"]"#);
        if allowed(&cors, &origin).is_some() {
            let url = url::Url::parse(&origin).expect("an origin is a URL");
            prop_assert!(url.host_str().is_some_and(|host| host.ends_with(".example.com")));
            prop_assert_eq!((url.scheme(), url.port(), url.path()), ("https", None, "/"));
            prop_assert_eq!(url.origin().ascii_serialization(), origin);
        }
    }
}
