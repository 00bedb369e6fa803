use crate::routing::RouteConfig;
use crate::routing::fixtures::{get, route, route_with, table};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

fn found<'a>(table: &'a super::RouteTable, path: &str) -> Option<&'a str> {
    get(path).route(table).ok()
}

#[test]
fn the_longest_match_wins_and_an_exact_one_beats_a_prefix() {
    let table = table(&[
        route("all", "/*"),
        route("shop", "/shop/*"),
        route("cart", "/shop/cart/*"),
        route("sale", "/shop/sale"),
        route("root", "/"),
        route("list", "/list/"),
        route("both", "/both"),
        route("below both", "/both/*"),
    ])
    .expect("a good table");
    for (path, name) in [
        ("/", "root"),
        ("/else", "all"),
        ("/shop", "shop"),
        ("/shop/", "shop"),
        ("/shopping", "all"),
        ("/shop/cart", "cart"),
        ("/shop/cart/1/2", "cart"),
        ("/shop/sale", "sale"),
        ("/shop/sale/", "sale"),
        ("/shop/sale/x", "shop"),
        ("/list", "list"),
        ("/list/", "list"),
        ("/both", "both"),
        ("/both/", "below both"),
        ("/livez", "/livez"),
        ("/api/v1/auth/login", "/api/v1/auth/*"),
        ("/api/v1/users", "/api/v1/users/*"),
        ("/api/v1/usersx", "all"),
    ] {
        assert_eq!(found(&table, path), Some(name), "{path}");
    }
}

#[test]
fn internal_paths_are_never_routed() {
    let table = table(&[route("all", "/*")]).expect("a good table");
    for path in [
        "/internal",
        "/internal/",
        "/internal/v1/events",
        "/INTERNAL/v1",
        "/Internal",
        "/internal;x/v1",
        "/Internal%3Bx/v1",
        "/;/internal/v1",
        "/%3B/;a=1/internal",
    ] {
        assert_eq!(found(&table, path), None, "{path}");
    }
    assert_eq!(found(&table, "/internals"), Some("all"));
}

#[test]
fn a_bad_route_is_refused_by_the_key_that_is_wrong() {
    let with_upstream = |upstream: &str| vec![route_with("a", "/a", json!({ "upstream": upstream }))];
    for (routes, key, message) in [
        (vec![route("a", "/api/v1/auth/*")], "gateway.routes[0].path", "/api/v1/auth/* belongs to ORION"),
        (vec![route("a", "/api/v1/auth/extra")], "gateway.routes[0].path", "/api/v1/auth/* belongs to ORION"),
        (vec![route("a", "/readyz")], "gateway.routes[0].path", "/readyz belongs to ORION"),
        (vec![route("a", "/internal/*")], "gateway.routes[0].path", "/internal is never routed"),
        (vec![route("a", "/Internal/v1")], "gateway.routes[0].path", "/internal is never routed"),
        (vec![route("a", "shop")], "gateway.routes[0].path", "is not a path"),
        (vec![route("a", "/a/../b")], "gateway.routes[0].path", "must be written as \"/b\""),
        (vec![route("a", "/a;b/*")], "gateway.routes[0].path", "neither parameters"),
        (vec![route("a", "/a%2Fb")], "gateway.routes[0].path", "neither parameters"),
        (vec![route("a", "/a*")], "gateway.routes[0].path", "only as its last segment"),
        (vec![route("a", "/*/a")], "gateway.routes[0].path", "only as its last segment"),
        (vec![route("a", "/a"), route("a", "/b")], "gateway.routes[1].name", "already"),
        (vec![route("a", "/a"), route("b", "/a")], "gateway.routes[1].path", "\"a\" has this path already"),
        (vec![route("", "/a")], "gateway.routes[0].name", "1 to 64"),
        (with_upstream("ftp://host"), "gateway.routes[0].upstream", "http://"),
        (with_upstream("http://user@host"), "gateway.routes[0].upstream", "neither user"),
        (with_upstream("http://host/?x"), "gateway.routes[0].upstream", "neither user"),
    ] {
        let faults = table(&routes).err().expect(message);
        assert_eq!(faults.iter().map(|fault| &*fault.key).collect::<Vec<_>>(), [key]);
        assert!(faults[0].message.contains(message), "{faults:?}");
    }
}

#[test]
fn all_that_is_wrong_with_routes_is_told_at_once() {
    let odd = route_with("", "/a;b", json!({ "timeout_ms": 0, "silence_ms": 0, "upstream": "ftp://host" }));
    let routes = [route("good", "/good"), odd, route("shop", "/readyz"), route("good", "/good")];
    let faults = table(&routes).err().expect("refused");
    let keys: Vec<_> = faults.iter().filter_map(|fault| fault.key.strip_prefix("gateway.routes")).collect();
    let odd = ["[1].path", "[1].name", "[1].timeout_ms", "[1].silence_ms", "[1].upstream"];
    assert_eq!(keys, [&odd[..], &["[2].path", "[3].path", "[3].name"]].concat());
}

#[test]
fn fifty_thousand_routes_are_a_table_at_once() {
    let routes: Vec<_> = (0..50_000).map(|number| route(&format!("r{number}"), &format!("/a/r{number}/*"))).collect();
    // It took longer than a test may when every route was compared with every other.
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(table(&routes).map(|table| table.routes().len())));
    let built = receiver.recv_timeout(Duration::from_secs(5)).expect("in time");
    assert!(built.expect("a good table") > 50_000);
}

#[test]
fn the_first_page_is_the_gateways_until_a_route_takes_it() {
    assert_eq!(found(&table(&[]).expect("a good table"), "/"), Some("/"));
    for path in ["/", "/*"] {
        assert_eq!(found(&table(&[route("mine", path)]).expect("a good table"), "/"), Some("mine"));
    }
}

#[test]
fn an_unknown_key_in_a_route_is_refused() {
    let value = serde_json::json!({ "name": "a", "path": "/a", "upstream": "http://host", "acces": "public" });
    assert!(serde_json::from_value::<RouteConfig>(value).is_err());
}

proptest! {
    #[test]
    fn a_match_is_that_of_comparing_every_route(
        prefixes in proptest::collection::btree_set("(/[ab]){1,4}", 0..8),
        path in "(/[abc]){1,5}",
    ) {
        let routes: Vec<_> = prefixes.iter().map(|prefix| route(prefix, &format!("{prefix}/*"))).collect();
        let table = table(&routes).expect("a good table");
        let covers = |prefix: &&String| path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let expected = prefixes.iter().filter(covers).max_by_key(|prefix| prefix.len());
        prop_assert_eq!(found(&table, &path), expected.map(String::as_str));
    }
}
