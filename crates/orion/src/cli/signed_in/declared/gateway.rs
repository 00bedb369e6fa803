//! What becomes of the gateway's routes. All of them are one document: it is replaced in one step, so that no moment has half of a change.

use super::file::WantedRoute;
use super::found::Found;
use super::plan::{Action, Draft, Fields, Kind};
use super::read::{At, Wanted};
use super::step::Step;
use crate::cli::signed_in::calls::Calls;
use crate::cli::{Failure, output};
use orion_contracts::gateway_changes::GatewayVerdict;
use orion_gateway::routing::RouteConfig;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where the platform keeps them.
pub(super) const DOCUMENT: &str = "/api/v1/gateway/document";

/// The routes that are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundRoutes {
    /// The version of the document.
    pub(super) version: i64,
    /// By name.
    pub(super) routes: BTreeMap<String, Value>,
}

impl FoundRoutes {
    /// Of what the platform answers.
    pub(super) fn of(document: &Value) -> Self {
        let routes = document.pointer("/document/routes").and_then(Value::as_array).into_iter().flatten();
        let named = |route: &Value| Some((route["name"].as_str()?.to_owned(), route.clone()));
        Self { version: document["version"].as_i64().unwrap_or_default(), routes: routes.filter_map(named).collect() }
    }
}

/// Compares what is wanted with what is there.
pub(super) fn compare(draft: &mut Draft, wanted: &Wanted, found: &Found, prune: bool) {
    let (Some(named), Some(there)) = (&wanted.routes, &found.routes_kept) else { return };
    let (mut after, mut changed) = (there.routes.clone(), BTreeSet::new());
    for (name, route) in named {
        let standing = there.routes.get(name);
        let merged = match merged(name, route, standing) {
            Ok(merged) => merged,
            Err((field, message)) => {
                let place = field.map_or_else(|| route.place.clone(), |field| route.field(&field));
                draft.obstacle(Some(&place), format!("route {name}"), message);
                continue;
            }
        };
        let action = if standing.is_some() { Action::Change } else { Action::Create };
        let fields = differing(standing.unwrap_or(&Value::Null), &merged, action, &route.value);
        if action == Action::Create || !fields.0.is_empty() {
            changed.insert(name.clone());
        }
        draft.note(action, Kind::Route, name, Some(&route.place), fields.0);
        after.insert(name.clone(), merged);
    }
    for name in there.routes.keys().filter(|name| prune && !named.contains_key(*name)) {
        draft.note(Action::Remove, Kind::Route, name, None, Vec::new());
        after.remove(name);
        changed.insert(name.clone());
    }
    if !changed.is_empty() {
        let routes = after.into_values().collect();
        draft.steps.push(Step::ReplaceRoutes { version: there.version, changed, routes });
    }
}

/// The route that stands with what the file says over it, as the gateway writes it; or the field that is wrong, where one is, and why.
fn merged(name: &str, route: &At<WantedRoute>, standing: Option<&Value>) -> Result<Value, (Option<String>, String)> {
    let mut fields = standing.and_then(Value::as_object).cloned().unwrap_or_default();
    for (key, value) in &route.value {
        match value {
            Value::Null => drop(fields.remove(key)),
            value => drop(fields.insert(key.clone(), value.clone())),
        }
    }
    let own = fields.insert("name".to_owned(), json!(name));
    if own.is_some_and(|own| own != *name) {
        return Err((Some("name".to_owned()), format!("a route is called as it stands in the file: {name}")));
    }
    let read: Result<RouteConfig, _> = serde_path_to_error::deserialize(Value::Object(fields));
    let read = read.map_err(|error| {
        let field = error.path().iter().next().map(ToString::to_string).filter(|field| route.value.contains_key(field));
        (field, error.inner().to_string())
    })?;
    serde_json::to_value(read).map_err(|error| (None, error.to_string()))
}

/// The fields by which two routes differ; of one that is made, those that the file names.
fn differing(before: &Value, after: &Value, action: Action, named: &WantedRoute) -> Fields {
    let none = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
    let mut fields = Fields::default();
    for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (was, is) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
        let is_told = action != Action::Create || named.contains_key(key);
        if was != is && is_told && key != "name" {
            fields.add(key, was.clone(), is.clone());
        }
    }
    fields
}

/// Asks the platform whether it would take the document, and adds what stands in the way.
pub(super) async fn look(calls: &mut Calls, draft: &mut Draft, wanted: &Wanted) -> Result<(), Failure> {
    let routes = |step: &Step| if let Step::ReplaceRoutes { routes, .. } = step { Some(routes.clone()) } else { None };
    let document = draft.steps.iter().find_map(routes);
    let Some(routes) = document else { return Ok(()) };
    let verdict: GatewayVerdict = calls.post("/api/v1/gateway/validate", &json!({ "routes": routes })).await?;
    verdict.warnings.iter().for_each(|text| output::warning(text));
    for fault in verdict.faults {
        // Of a route in a file the field is told where it stands.
        let within = fault.field.strip_prefix("routes[").and_then(|rest| rest.split_once(']'));
        let within = within.and_then(|(at, field)| {
            let name = routes.get(at.parse::<usize>().ok()?)?["name"].as_str()?;
            Some((name, field.trim_start_matches('.')))
        });
        let Some((name, field)) = within else {
            draft.obstacle(None, "routes".to_owned(), format!("{}: {}", fault.field, fault.message));
            continue;
        };
        let first = field.split(['.', '[']).next().unwrap_or_default();
        let place = wanted.routes.as_ref().and_then(|named| named.get(name)).map(|route| route.field(first));
        draft.obstacle(place.as_ref(), format!("route {name}"), format!("{field}: {}", fault.message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(text: &str, standing: &[Value], prune: bool) -> Draft {
        let mut wanted = Wanted::default();
        wanted.add("platform.yaml", text).expect("a file");
        let document = json!({ "version": 7, "document": { "routes": standing } });
        let found = Found { routes_kept: Some(FoundRoutes::of(&document)), ..Found::default() };
        let mut draft = Draft::default();
        compare(&mut draft, &wanted, &found, prune);
        draft
    }

    fn kept(name: &str, path: &str) -> Value {
        let route = json!({ "name": name, "path": path, "upstream": "http://127.0.0.1:8080" });
        let read: RouteConfig = serde_json::from_value(route).expect("a route");
        serde_json::to_value(read).expect("JSON")
    }

    const SHOP: &str = "version: 1\nroutes:\n  shop:\n    path: /shop/*\n    upstream: http://127.0.0.1:8080\n";

    #[test]
    fn a_route_that_stands_as_the_file_says_is_the_same_however_it_is_written() {
        let draft = planned(SHOP, &[kept("shop", "/shop/*"), kept("other", "/other")], false);
        assert!(draft.steps.is_empty() && draft.changes.is_empty() && draft.obstacles.is_empty(), "{draft:?}");
        assert_eq!(draft.same.len(), 1);
    }

    #[test]
    fn what_is_not_named_stays_and_all_is_one_step() {
        let text =
            format!("{SHOP}    timeout_ms: 5000\n    access: null\n  new: {{ path: /new, upstream: 'http://h' }}\n");
        let mut public = kept("shop", "/shop/*");
        public["access"] = json!("public");
        public["max_body_bytes"] = json!(4096);
        let draft = planned(&text, &[public, kept("other", "/other")], false);
        let told: Vec<_> = draft.changes.iter().map(|change| (change.action, change.name.as_str())).collect();
        assert_eq!(told, [(Action::Create, "new"), (Action::Change, "shop")]);
        let fields: Vec<_> = draft.changes[1].fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["access", "timeout_ms"]);
        let [Step::ReplaceRoutes { version: 7, changed, routes }] = &draft.steps[..] else { panic!("{draft:?}") };
        assert_eq!(changed.iter().map(String::as_str).collect::<Vec<_>>(), ["new", "shop"]);
        let names: Vec<_> = routes.iter().map(|route| route["name"].as_str().expect("a name")).collect();
        assert_eq!(names, ["new", "other", "shop"]);
        let shop = &routes[2];
        assert_eq!((&shop["max_body_bytes"], &shop["access"]), (&json!(4096), &json!("authenticated")));
    }

    #[test]
    fn what_is_in_no_file_is_removed_where_that_is_asked_for() {
        let standing = [kept("shop", "/shop/*"), kept("other", "/other")];
        let draft = planned(SHOP, &standing, true);
        assert_eq!((draft.changes[0].action, draft.changes[0].name.as_str()), (Action::Remove, "other"));
        assert_eq!(planned("version: 1\nroles: {}\n", &standing, true).steps.len(), 0, "no section of routes");
        let draft = planned("version: 1\nroutes: {}\n", &standing, true);
        assert!(matches!(&draft.steps[..], [Step::ReplaceRoutes { routes, .. }] if routes.is_empty()));
    }

    #[test]
    fn a_mistake_is_told_at_its_field() {
        let text = "version: 1\nroutes:\n  shop:\n    path: /shop/*\n    upstream: 'http://h'\n    timeout_ms: soon\n  b:\n    \
                    pth: /b\n  c:\n    name: d\n    path: /c\n";
        let draft = planned(text, &[], false);
        let places: Vec<_> = draft.obstacles.iter().filter_map(|one| Some(one.place.as_ref()?.to_string())).collect();
        assert_eq!(
            places,
            ["platform.yaml:8:10", "platform.yaml:10:11", "platform.yaml:6:17"],
            "{:?}",
            draft.obstacles
        );
        assert!(draft.steps.is_empty() || draft.obstacles.len() == 3);
    }
}
