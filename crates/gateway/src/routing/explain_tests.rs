use crate::routing::fixtures::{Sent, get, route, route_with, table};
use orion_contracts::route_test::{RouteExplanation, RouteNear};
use serde_json::json;

fn explain(sent: &Sent) -> RouteExplanation {
    let routes = [
        route_with("all", "/*", json!({ "access": "public" })),
        route_with(
            "items",
            "/shop/{id}/items",
            json!({
                "hosts": ["*.example.com"],
                "methods": ["GET"],
                "rewrite": { "path": "/items/{id}" },
                "rate_limit": { "requests": 10, "seconds": 60 },
                "total_ms": 5000,
                "upstream": null,
                "split": [{ "upstream": "http://one/base", "weight": 3 }, { "upstream": "http://two", "weight": 1 }],
                "canary": [{ "cookie": "next", "value": "1", "upstream": "http://three/next/" }],
            }),
        ),
        route_with(
            "write",
            "/shop/{id}/items",
            json!({ "methods": ["POST"], "headers": [{ "name": "x", "is": "1" }] }),
        ),
        route("shop", "/shop/*"),
        route_with("other", "/shop/17/items", json!({ "hosts": ["b.test"] })),
    ];
    table(&routes).expect("a good table").explain(&sent.asked())
}

fn near(name: &str, path: &str, lacks: &[&str]) -> RouteNear {
    RouteNear { name: name.to_owned(), path: path.to_owned(), lacks: lacks.iter().map(ToString::to_string).collect() }
}

#[test]
fn a_request_is_told_its_route_why_and_what_applies() {
    let explained = explain(&get("/shop/17/items?x=1").host("a.example.com:80"));
    assert_eq!((&*explained.host, &*explained.path, &explained.refused), ("a.example.com", "/shop/17/items", &None));
    let taken = explained.route.expect("a route");
    assert_eq!(taken.name, "items");
    let because =
        ["host a.example.com is below example.com", "path /shop/17/items fits /shop/{id}/items", "method GET"];
    assert_eq!(taken.because, because);
    assert_eq!(taken.captures.get("id").map(String::as_str), Some("17"));
    let applies = taken.applies;
    let limit = applies.rate_limit.map(|rate| (rate.requests, rate.seconds));
    assert_eq!((limit, applies.total_ms, applies.timeout_ms), (Some((10, 60)), Some(5000), 30_000));
    let destinations: Vec<_> = applies
        .destinations
        .iter()
        .map(|destination| (&*destination.upstream, destination.percent, destination.target.as_deref()))
        .collect();
    let expected =
        [("http://one/base", 75.0, Some("/base/items/17?x=1")), ("http://two/", 25.0, Some("/items/17?x=1"))];
    assert_eq!(destinations, expected);
    let others = [
        near("write", "/shop/{id}/items", &["method POST", "header x is \"1\""]),
        near("shop", "/shop/*", &[]),
        near("all", "/*", &[]),
        near("other", "/shop/17/items", &["host b.test"]),
    ];
    assert_eq!(explained.others, others);
}

#[test]
fn a_canary_is_told_with_where_it_leads() {
    let explained = explain(&get("/shop/17/items").host("a.example.com").header("cookie", "next=1"));
    let applies = explained.route.expect("a route").applies;
    assert_eq!(applies.canary.as_deref(), Some("cookie next is \"1\""));
    let targets: Vec<_> = applies.destinations.iter().map(|destination| destination.target.as_deref()).collect();
    assert_eq!(targets, [Some("/next/items/17")]);
}

#[test]
fn a_refusal_says_how_a_path_is_read_otherwise() {
    let refused = |sent: &Sent| explain(sent).refused.map(|refused| (refused.status, refused.reason));
    let reason = "Its path is the route \"all\"'s, but some servers read it as /shop, which is the route \"shop\"'s.";
    assert_eq!(refused(&get("/shop;x")), Some((400, reason.to_owned())));
    let reason = "Its path is the route \"all\"'s, but some servers read it as /shop/a, which is the route \"shop\"'s.";
    assert_eq!(refused(&get("/Shop/a")), Some((400, reason.to_owned())));
    let reason = "The path has an encoded slash, which its route does not take.";
    assert_eq!(refused(&get("/shop/a%2Fb")), Some((400, reason.to_owned())));
    assert_eq!(refused(&get("/internal/v1")), Some((404, "No route takes it.".to_owned())));
}

#[test]
fn orions_own_routes_are_explained_as_well() {
    let taken = explain(&get("/api/v1/users/me")).route.expect("a route");
    assert!(taken.reserved && taken.because == ["any host", "path /api/v1/users/me is below /api/v1/users"]);
    let pages = explain(&get("/livez")).route.expect("a route");
    assert!(pages.applies.destinations.is_empty() && pages.applies.rate_limit.is_none());
}
