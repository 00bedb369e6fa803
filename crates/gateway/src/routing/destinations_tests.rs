use crate::routing::fixtures::{get, route_with, table};
use crate::routing::{Route, RouteConfig};
use serde_json::{Value, json};

fn split(more: Value) -> RouteConfig {
    let mut all = json!({
        "upstream": null,
        "split": [
            { "upstream": "http://one", "weight": 90 },
            { "upstream": "http://none", "weight": 0 },
            { "upstream": "http://two", "weight": 10 },
        ],
    });
    let (Value::Object(own), Value::Object(more)) = (&mut all, more) else { panic!("no object") };
    own.extend(more);
    route_with("a", "/a/*", all)
}

/// Where a request with these headers goes by this number.
fn goes(route: &Route, headers: &[(&str, &str)], random: u64) -> String {
    let sent = headers.iter().fold(get("/a"), |sent, (name, value)| sent.header(name, value));
    route.upstream_of(sent.asked().headers, random).expect("an upstream").name().to_string()
}

#[test]
fn requests_are_spread_by_weight() {
    let table = table(&[split(json!({}))]).expect("a good table");
    let route = table.find(&get("/a").asked()).expect("a route").route;
    // Evenly spread numbers (Weyl's sequence) fall into the shares as exactly as there are numbers.
    let at = |number: u64| goes(route, &[], number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let counted = |address: &str| (0..10_000).filter(|number| at(*number) == address).count();
    assert!((8990..=9010).contains(&counted("one:80")));
    assert!((990..=1010).contains(&counted("two:80")));
    assert_eq!((goes(route, &[], 0), goes(route, &[], u64::MAX)), ("one:80".to_owned(), "two:80".to_owned()));
}

#[test]
fn a_canary_takes_who_has_its_header_or_cookie() {
    let canaries = json!({ "canary": [
        { "header": "X-Canary", "value": "always", "upstream": "http://canary" },
        { "cookie": "version", "value": "next", "upstream": "http://next" },
    ] });
    let table = table(&[split(canaries)]).expect("a good table");
    let route = table.find(&get("/a").asked()).expect("a route").route;
    for (headers, address) in [
        (&[("x-canary", "always")][..], "canary:80"),
        (&[("x-canary", "Always")][..], "one:80"),
        (&[("cookie", "a=b; version=next")][..], "next:80"),
        (&[("cookie", "a=b"), ("cookie", "version=next")][..], "next:80"),
        (&[("cookie", "version=next"), ("x-canary", "always")][..], "canary:80"),
        (&[("cookie", "xversion=next; version=nextx; version")][..], "one:80"),
    ] {
        assert_eq!(goes(route, headers, 0), address, "{headers:?}");
    }
}

#[test]
fn what_leads_nowhere_is_refused_by_its_key() {
    let one = |weight: u32| json!([{ "upstream": "http://one", "weight": weight }]);
    for (more, key) in [
        (json!({ "upstream": null }), "upstream"),
        (json!({ "upstream": "shop" }), "upstream"),
        (json!({ "split": one(1) }), "split"),
        (json!({ "upstream": null, "split": one(0) }), "split"),
        (json!({ "upstream": null, "split": one(1_000_001) }), "split[0].weight"),
        (json!({ "upstream": null, "split": [{ "upstream": "ftp://one", "weight": 1 }] }), "split[0].upstream"),
        (json!({ "canary": [{ "header": "x", "value": "1", "upstream": "shop" }] }), "canary[0].upstream"),
        (json!({ "canary": [{ "value": "1", "upstream": "http://one" }] }), "canary[0]"),
        (json!({ "canary": [{ "cookie": "a b", "value": "1", "upstream": "http://one" }] }), "canary[0]"),
        (json!({ "canary": [{ "header": "x", "cookie": "y", "value": "1", "upstream": "http://one" }] }), "canary[0]"),
    ] {
        let faults = table(&[route_with("a", "/a", more.clone())]).err().expect("refused");
        let keys: Vec<_> = faults.iter().map(|fault| fault.key.trim_start_matches("gateway.routes[0].")).collect();
        assert_eq!(keys, [key], "{more}: {faults:?}");
    }
    let text = r#"{ "name": "a", "path": "/a", "upstream": "http://[" }"#;
    assert!(serde_json::from_str::<RouteConfig>(text).is_err_and(|error| error.to_string().contains("is no URL")));
}
