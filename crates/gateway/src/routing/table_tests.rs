use super::{NoRoute, Written};
use crate::routing::RouteConfig;
use crate::routing::fixtures::{defaults, get, route, route_with, services, table};
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

#[test]
fn a_path_that_a_server_reads_as_another_routes_is_refused() {
    let table = table(&[
        route_with("public", "/shop/*", json!({ "access": "public", "encoded_slashes": true })),
        route("admin", "/shop/admin/*"),
        route_with("limited", "/shop/limited/*", json!({ "access": "public" })),
        route("capital", "/Team/*"),
        route_with("team", "/team/*", json!({ "access": "public" })),
        route("me", "/users/@me"),
        route_with("user", "/users/{id}", json!({ "access": "public", "parameters": "refuse" })),
        route_with("raw", "/raw/*", json!({ "access": "public", "parameters": "pass", "double_slashes": "refuse" })),
        route("raw admin", "/raw/admin/*"),
    ])
    .expect("a good table");
    for (path, reason) in [
        ("/shop/admin;x/a", NoRoute::Ambiguous),
        ("/shop/;/admin/a", NoRoute::Ambiguous),
        ("/shop/admin%3Bx/a", NoRoute::Ambiguous),
        ("/shop%2Fadmin/a", NoRoute::Ambiguous),
        ("/shop/admin%2Fa", NoRoute::Ambiguous),
        ("/shop/admin./a", NoRoute::Ambiguous),
        ("/shop/admin%20/a", NoRoute::Ambiguous),
        ("/shop/ADMIN;x/a", NoRoute::Ambiguous),
        ("/shop/Admin", NoRoute::Ambiguous),
        // Two public routes have two limits.
        ("/shop/limited;x", NoRoute::Ambiguous),
        ("/team/a", NoRoute::Ambiguous),
        ("/users/%40me", NoRoute::Ambiguous),
        ("/users/a;x", NoRoute::Parameters),
        ("/users/a%2Fb", NoRoute::Ambiguous),
        ("/raw//a", NoRoute::DoubleSlashes),
    ] {
        assert_eq!(get(path).route(&table), Err(reason), "{path}");
    }
    for (path, name) in [
        ("/shop/a;x", "public"),
        ("/shop/a%2Fb", "public"),
        ("/shop/Limited/a", "public"),
        ("/Team/a", "capital"),
        ("/TEAM/a", "none"),
        ("/users/%41", "user"),
        ("/raw/admin;x/a", "raw"),
        ("/API/v1/users", "none"),
    ] {
        assert_eq!(found(&table, path).unwrap_or("none"), name, "{path}");
    }
}

#[test]
fn what_is_said_twice_or_of_another_method_reaches_no_route_that_demands_more() {
    let header = |value: &str| json!([{ "name": "x", "is": value }]);
    let table = table(&[
        route_with("open", "/a", json!({ "access": "public", "headers": header("1") })),
        route_with("closed", "/a", json!({ "headers": header("2") })),
        route_with("any", "/a", json!({ "access": "public" })),
        route_with("query", "/a", json!({ "when": "\"q\" in request.query && request.query[\"q\"] == \"2\" && true" })),
        route_with("read", "/b", json!({ "access": "public", "methods": ["GET"] })),
        route_with("write", "/b", json!({ "methods": ["DELETE"] })),
    ])
    .expect("a good table");
    let twice = |one: &str, other: &str| get("/a").header("x", one).header("x", other);
    assert_eq!(twice("1", "1").route(&table), Ok("open"));
    assert_eq!(twice("1", "3").route(&table), Ok("open"));
    assert_eq!(twice("2", "2").route(&table), Ok("closed"));
    assert_eq!(twice("1", "2").route(&table), Err(NoRoute::Contradictory));
    assert_eq!(twice("2", "1").route(&table), Err(NoRoute::Contradictory));
    assert_eq!(twice("2", "3").route(&table), Ok("closed"));
    assert_eq!(get("/a?q=1").route(&table), Ok("any"));
    assert_eq!(get("/a?q=2&q=1").route(&table), Ok("query"));
    assert_eq!(get("/a?q=1&q=2").route(&table), Err(NoRoute::Contradictory));
    assert_eq!(get("/b").route(&table), Ok("read"));
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        assert_eq!(get("/b").header(name, "delete").route(&table), Err(NoRoute::Contradictory), "{name}");
        assert_eq!(get("/b").header(name, "GET").route(&table), Ok("read"));
    }
}

#[test]
fn a_changed_table_shares_what_stayed_and_finds_what_is_new() {
    let mut routes = vec![route("a", "/a"), route("b", "/b"), route("c", "/c/*")];
    let before = table(&routes).expect("a good table");
    routes[1].path = "/x".to_owned();
    routes.remove(0);
    let change = |routes: &[RouteConfig]| {
        before.changed(&services(), Written { routes, upstreams: &[] }, &defaults(), Duration::ZERO)
    };
    let after = change(&routes).expect("a good table");
    assert_eq!((found(&after, "/x"), found(&after, "/b"), found(&after, "/c/1")), (Some("b"), None, Some("c")));
    let of = |table: &super::RouteTable, name: &str| {
        let at = table.all().iter().position(|route| &*route.name == name).expect("a route");
        std::sync::Arc::as_ptr(&table.all()[at])
    };
    assert!(of(&before, "c") == of(&after, "c") && of(&before, "b") != of(&after, "b"));
    routes.push(route("d", "/c/*"));
    let faults = change(&routes).err().expect("refused");
    assert!(faults[0].message.contains("\"c\" has this path already"), "{faults:?}");
    // Other defaults change all of them.
    let slower = super::RouteDefaults { timeout: Duration::from_secs(60), ..defaults() };
    let slower = before
        .changed(&services(), Written { routes: &[route("c", "/c/*")], upstreams: &[] }, &slower, Duration::ZERO)
        .expect("a good table");
    assert_eq!(slower.find(&get("/c/1").asked()).map(|found| found.route.timeout), Ok(60_000));
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
