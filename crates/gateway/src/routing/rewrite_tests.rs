use super::NoTarget;
use crate::routing::fixtures::{get, route_with, table};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The path that the upstream with this base sees.
fn seen(path: &str, more: Value, base: &str, asked: &str) -> Result<String, NoTarget> {
    let table = table(&[route_with("a", path, more)]).expect("a good table");
    let sent = get(asked);
    let found = table.find(&sent.asked()).expect("a route");
    found.route.upstream_path(base, &sent.asked()).map(Into::into)
}

#[test]
fn the_upstream_sees_the_path_unless_it_is_rewritten() {
    let prefix = |prefix: &str| json!({ "rewrite": { "prefix": prefix } });
    let whole = |path: &str| json!({ "rewrite": { "path": path } });
    for (path, more, base, asked, expected) in [
        ("/shop/*", json!({}), "", "/shop/a%20b;v=1/", "/shop/a%20b;v=1/"),
        ("/shop/*", json!({}), "/base", "/shop", "/base/shop"),
        ("/shop/*", json!({ "strip_prefix": true }), "", "/shop/cart", "/cart"),
        ("/shop/*", json!({ "strip_prefix": true }), "", "/shop", "/"),
        ("/shop/*", json!({ "strip_prefix": true }), "/base", "/shop/", "/base/"),
        ("/shop/*", json!({ "strip_prefix": true }), "/base", "/shop", "/base"),
        ("/shop", json!({ "strip_prefix": true }), "", "/shop/", "/"),
        ("/*", json!({ "strip_prefix": true }), "", "/a/b", "/a/b"),
        ("/shop/*", prefix("/v2"), "", "/shop/cart", "/v2/cart"),
        ("/shop/*", prefix("/v2/"), "", "/shop", "/v2"),
        ("/shop/*", prefix("/"), "", "/shop/cart", "/cart"),
        ("/shop/{id}/*", prefix("/v2"), "/base", "/shop/17/cart/1", "/base/v2/cart/1"),
        ("/shop/{id}/{rest...}", prefix("/v2"), "", "/shop/17/", "/v2/"),
        ("/shop/{id}/items", whole("/items/{id}"), "", "/shop/a%2Cb/items", "/items/a%2Cb"),
        ("/shop/{id}", whole("/one"), "/base", "/shop/17", "/base/one"),
        ("/{a}/{b}", whole("/{b}-{a}"), "", "/x/y", "/y-x"),
        ("/files/{rest...}", whole("/f/{rest}"), "", "/files/a/b", "/f/a/b"),
        ("~/v(?P<version>[0-9]+)/(?P<rest>.*)", whole("/{rest}/{version}"), "", "/v2/a/b", "/a/b/2"),
    ] {
        assert_eq!(seen(path, more.clone(), base, asked).as_deref(), Ok(expected), "{path} {more} {asked}");
    }
}

#[test]
fn nothing_is_put_together_that_is_no_path_or_belongs_to_orion() {
    let whole = |path: &str| json!({ "rewrite": { "path": path } });
    for (path, more, asked, reason) in [
        ("/files/{rest...}", whole("/f/{rest}/g"), "/files/", NoTarget::NotCanonical),
        ("/files/{rest...}", whole("/f/{rest}/g"), "/files", NoTarget::NotCanonical),
        ("/a/*", json!({ "strip_prefix": true }), "/a/internal/v1", NoTarget::Internal),
        ("/a/*", json!({ "strip_prefix": true, "encoded_slashes": true }), "/a/%2Finternal", NoTarget::Internal),
        ("/a/{b}", whole("/{b}/x"), "/a/INTERNAL", NoTarget::Internal),
    ] {
        assert_eq!(seen(path, more.clone(), "", asked), Err(reason), "{path} {more} {asked}");
    }
}

#[test]
fn double_slashes_become_one_are_kept_or_are_refused() {
    let with = |choice: &str, more: Value| {
        let mut all = json!({ "double_slashes": choice });
        let (Value::Object(own), Value::Object(more)) = (&mut all, more) else { panic!("no object") };
        own.extend(more);
        all
    };
    assert_eq!(seen("/a/*", json!({}), "", "/a//b///c").as_deref(), Ok("/a/b/c"));
    for (more, base, asked, expected) in [
        (json!({}), "", "//a//b%2f%41///", "//a//b%2FA///"),
        (json!({}), "/base", "/a//b", "/base/a//b"),
        (json!({ "strip_prefix": true }), "", "//a//b///c", "//b///c"),
        (json!({ "rewrite": { "prefix": "/v2" } }), "", "/a/b//", "/v2/b//"),
    ] {
        let more = with("keep", {
            let mut more = more;
            more["encoded_slashes"] = json!(true);
            more
        });
        assert_eq!(seen("/a/*", more.clone(), base, asked).as_deref(), Ok(expected), "{more} {asked}");
    }
    let refusing = table(&[route_with("a", "/a/*", with("refuse", json!({})))]).expect("a good table");
    assert!(get("/a/b").route(&refusing).is_ok() && get("/a//b").route(&refusing).is_err());
    // A server that merges them and one that does not would have two routes.
    let keeping = [
        route_with("a", "/a/*", with("keep", json!({ "access": "public" }))),
        route_with("b", "/a/b/*", with("keep", json!({}))),
    ];
    let keeping = table(&keeping).expect("a good table");
    assert!(get("/a/b/c").route(&keeping).is_ok() && get("/a//b/c").route(&keeping).is_err());
    assert!(get("/a//../a/b").route(&keeping).is_err());
}

#[test]
fn what_cannot_be_rewritten_is_refused_by_its_key() {
    for (path, more, key) in [
        ("/a/*", json!({ "rewrite": {} }), "rewrite"),
        ("/a/*", json!({ "rewrite": { "prefix": "/b", "path": "/c" } }), "rewrite"),
        ("/a/*", json!({ "rewrite": { "prefix": "/b" }, "strip_prefix": true }), "rewrite"),
        ("/a", json!({ "rewrite": { "prefix": "/b" } }), "rewrite.prefix"),
        ("/a/*", json!({ "rewrite": { "prefix": "b" } }), "rewrite.prefix"),
        ("/a/*", json!({ "rewrite": { "prefix": "/b/../c" } }), "rewrite.prefix"),
        ("/a/{b}", json!({ "rewrite": { "path": "/{c}" } }), "rewrite.path"),
        ("/a/{b}", json!({ "rewrite": { "path": "/{b" } }), "rewrite.path"),
        ("/a/{b}", json!({ "rewrite": { "path": "{b}" } }), "rewrite.path"),
        ("/a/{b}", json!({ "rewrite": { "path": "/x?{b}" } }), "rewrite.path"),
    ] {
        let faults = table(&[route_with("a", path, more.clone())]).err().expect("refused");
        assert_eq!(faults[0].key, format!("gateway.routes[0].{key}"), "{path} {more}");
    }
}

proptest! {
    #[test]
    fn what_an_upstream_sees_is_a_path_in_its_canonical_form(
        path in "/[a-z]{1,3}(/[a-z.;%2F]{0,3}){1,4}",
        template in "/x(/?[{](a|rest)[}]){1,3}",
    ) {
        let more = json!({ "rewrite": { "path": template }, "encoded_slashes": true, "parameters": "pass" });
        let Ok(table) = table(&[route_with("a", "/{a}/{rest...}", more)]) else { return Ok(()) };
        let sent = get(&path);
        let Ok(found) = table.find(&sent.asked()) else { return Ok(()) };
        if let Ok(target) = found.route.upstream_path("", &sent.asked()) {
            prop_assert_eq!(crate::routing::canonical::path(&target), Ok(target.clone()));
        }
    }
}
