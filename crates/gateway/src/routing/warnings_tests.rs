use super::MOST_WARNINGS;
use crate::routing::RouteConfig;
use crate::routing::fixtures::{route, route_with, table};
use serde_json::{Value, json};
use std::time::Duration;

fn public(name: &str, path: &str, more: Value) -> RouteConfig {
    RouteConfig { access: orion_contracts::gateway::RouteAccess::Public, ..route_with(name, path, more) }
}

/// Which routes are told of, and beside which.
fn told(routes: &[RouteConfig]) -> Vec<(String, String)> {
    let warnings = table(routes).expect("a good table").warnings();
    warnings.into_iter().map(|warning| (warning.route, warning.other)).collect()
}

#[test]
fn routes_that_could_be_taken_for_one_another_are_told() {
    let get = json!({ "methods": ["GET"] });
    for (routes, expected) in [
        // An exact path, and what more of it leads to.
        (vec![route("admin", "/admin"), public("all", "/*", json!({}))], Some(("admin", "all"))),
        (vec![route("admin", "/admin"), public("below", "/admin/*", json!({}))], Some(("admin", "below"))),
        (vec![route("admin", "/admin/{id}"), public("all", "/*", json!({}))], Some(("admin", "all"))),
        (vec![route("admin", "/admin/*"), public("all", "/*", json!({}))], None),
        (vec![public("login", "/login", json!({})), route("all", "/*")], None),
        // Letters.
        (vec![route("small", "/admin/*"), route("large", "/Admin/*")], Some(("large", "small"))),
        (vec![route("plain", "/users/@me/*"), route("encoded", "/users/%40me/*")], Some(("encoded", "plain"))),
        (vec![route("small", "/admin/*"), route("large", "/Administration/*")], None),
        // What is asked for besides.
        (vec![route_with("read", "/a/*", get.clone()), public("all", "/*", json!({}))], Some(("read", "all"))),
        (vec![route("write", "/a/*"), public("read", "/a/*", get.clone())], None),
        // Names and what is written out.
        (vec![route("tenant", "/{tenant}/admin/*"), public("shop", "/shop/*", json!({}))], Some(("tenant", "shop"))),
        (
            vec![route("tenant", "/{tenant}/admin"), public("page", "/shop/{page}/*", json!({}))],
            Some(("tenant", "page")),
        ),
        (vec![public("tenant", "/{tenant}/x/*", json!({})), route("shop", "/shop/*")], None),
        // Parameters that pass.
        (
            vec![public("all", "/shop/*", json!({ "parameters": "pass" })), route("admin", "/shop/admin/*")],
            Some(("all", "admin")),
        ),
        (vec![public("all", "/shop/*", json!({})), route("admin", "/shop/admin/*")], None),
        // What is never asked.
        (vec![route("regex", "~/v[12]/.*"), route("all", "/*")], Some(("regex", "all"))),
        (vec![route("regex", "~/v[12]/.*"), route("shop", "/shop/*")], None),
    ] {
        let paths: Vec<_> = routes.iter().map(|route| route.path.clone()).collect();
        let expected: Vec<_> = expected.map(|(one, other)| (one.to_owned(), other.to_owned())).into_iter().collect();
        assert_eq!(told(&routes), expected, "{paths:?}");
    }
}

#[test]
fn routes_of_different_hosts_are_not_told_of() {
    let host = |host: &str| json!({ "hosts": [host] });
    let routes = [route_with("admin", "/admin", host("a.test")), public("all", "/*", host("b.test"))];
    assert!(told(&routes).is_empty());
}

#[test]
fn however_many_routes_there_are_warnings_are_few_and_soon_there() {
    let mut routes: Vec<_> = (0..5000).map(|number| route(&format!("e{number}"), &format!("/a/e{number}"))).collect();
    routes.extend((0..5000).map(|number| route(&format!("t{number}"), &format!("/{{x}}/{{y}}/t{number}/{{z}}"))));
    routes.push(public("all", "/*", json!({})));
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let told = |routes: &[RouteConfig]| table(routes).expect("a good table").warnings().len();
        let with = told(&routes);
        routes.pop();
        sender.send((with, told(&routes)))
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok((MOST_WARNINGS, 0)));
}
