use super::*;
use crate::document::Item;
use crate::document::testing::serves;
use chrono::DateTime;
use orion_contracts::gateway_changes::GatewayItemKind::Route;
use serde_json::{Value as Json, json};

fn route(name: &str, path: &str) -> Json {
    json!({ "name": name, "path": path, "upstream": "http://127.0.0.1:9000" })
}

fn base(routes: &[Json]) -> Base {
    let routes = routes.iter().map(|route| serde_json::from_value(route.clone()).expect("a route")).collect();
    Base {
        config: Arc::new(GatewayConfig { routes, ..GatewayConfig::default() }),
        services: Arc::default(),
        before: None,
    }
}

fn items(definitions: &[Json]) -> Items {
    let item = |definition: &Json| {
        let name = definition["name"].as_str().unwrap_or_default().to_owned();
        ((Route, name), Arc::new(Item::new(definition.clone(), 1, None, DateTime::UNIX_EPOCH)))
    };
    definitions.iter().map(item).collect()
}

fn edited(name: &str) -> BTreeSet<Key> {
    BTreeSet::from([(Route, name.to_owned())])
}

fn keys(looked: &Looked) -> Vec<&str> {
    looked.faults().iter().map(|fault| &*fault.key).collect()
}

#[test]
fn what_is_kept_lies_over_the_file_and_both_are_one_table() {
    let looked = look(&base(&[route("file", "/file")]), &items(&[route("kept", "/kept")]), &[], &BTreeSet::new());
    let table = looked.table.expect("a good one");
    for path in ["/file", "/kept", "/livez"] {
        assert!(serves(&table, path), "{path}");
    }
}

#[test]
fn a_name_of_the_file_is_refused_with_where_it_stands() {
    let base = base(&[route("other", "/other"), route("shop", "/shop")]);
    let looked = look(&base, &items(&[route("shop", "/elsewhere")]), &[], &edited("shop"));
    assert_eq!(keys(&looked), ["routes.shop.name"]);
    assert!(looked.faults()[0].message.contains("gateway.routes[1]"), "{:?}", looked.faults());
    assert_eq!(looked.faults()[0].code, FieldCode::Taken);
}

#[test]
fn of_two_that_do_not_go_together_the_edited_one_is_called_wrong() {
    let both = items(&[route("a", "/same"), route("b", "/same")]);
    for name in ["a", "b"] {
        assert_eq!(keys(&look(&base(&[]), &both, &[], &edited(name))), [format!("routes.{name}.path")]);
    }
    // Of a path that the file has, what is kept.
    let looked = look(&base(&[route("file", "/same")]), &items(&[route("a", "/same")]), &[], &BTreeSet::new());
    assert_eq!(keys(&looked), ["routes.a.path"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once_by_name_and_key() {
    let mut far = route("far", "/far");
    far["upstream"] = json!("ftp://host");
    let unread = json!({ "name": "odd", "path": "/odd", "upstream": "http://host", "planet": "Mars" });
    let all = items(&[far, unread, route("a b", "/ab"), route("good", "/good"), route("mine", "/readyz")]);
    let looked = look(&base(&[]), &all, &["upstream x".to_owned()], &BTreeSet::new());
    let mut found = keys(&looked);
    found.sort_unstable();
    assert_eq!(found, ["routes.a b.name", "routes.far.upstream", "routes.mine.path", "routes.odd", "upstream x"]);
}

#[test]
fn a_fault_of_the_file_keeps_its_place_there() {
    let looked = look(&base(&[route("a", "/a"), route("b", "/a")]), &items(&[route("c", "/c")]), &[], &BTreeSet::new());
    assert_eq!(keys(&looked), ["gateway.routes[1].path"]);
}

#[test]
fn a_fault_is_told_by_the_field_that_somebody_wrote() {
    let fault = |key: &str| ConfigFault::new(key, FieldCode::Invalid, "so");
    let field = |key: &str, name: &str| field_of(&fault(key), &(Route, name.to_owned())).field;
    assert_eq!(field("routes.shop.path", "shop"), "path");
    assert_eq!(field("routes.shop.path", "sho"), "routes.shop.path");
    assert_eq!(field("gateway.routes[1].path", "shop"), "gateway.routes[1].path");
    assert_eq!(field("routes.v1.2.rate_limit.seconds", "v1.2"), "rate_limit.seconds");
    let places = HashMap::from([("v1", 0), ("v1.2", 1), ("shop", 2)]);
    let list = |key: &str| fields_of_list(&fault(key), Route, &places).field;
    assert_eq!(list("routes.v1.2.path"), "routes[1].path");
    assert_eq!(list("routes.v1.path"), "routes[0].path");
    assert_eq!(list("routes.shop"), "routes[2]");
    assert_eq!(list("routes.gone.path"), "routes.gone.path");
}

#[test]
fn who_gives_tokens_away_in_the_clear_is_warned_when_it_is_saved() {
    let mut open = route("open", "/open");
    open["forward_token"] = json!(true);
    open["upstream"] = json!("http://shop.example");
    let all = items(&[open, route("near", "/near")]);
    let warned = look(&base(&[]), &all, &[], &edited("open")).warnings;
    assert!(warned.len() == 1 && warned[0].contains("routes.open.upstream"), "{warned:?}");
    assert!(look(&base(&[]), &all, &[], &edited("near")).warnings.is_empty());
}
