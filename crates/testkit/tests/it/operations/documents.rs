//! `/openapi.json` and `/docs` of every service.

use orion_contracts::ServiceName;
use orion_contracts::paths::OWNED;
use orion_contracts::permissions::{ALL, WITH_RECENT_SIGN_IN};
use orion_testkit::{Answer, Client, TestPlatform};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_documents_its_endpoints() {
    let orion = TestPlatform::start().await;
    for (service, path) in [
        (ServiceName::Auth, "/api/v1/auth/login"),
        (ServiceName::Users, "/api/v1/users/me"),
        (ServiceName::Notifications, "/api/v1/notifications"),
        (ServiceName::Admin, "/console/session"),
    ] {
        let client = Client::new(orion.service_url(service));
        let document: Value = client.get("/openapi.json").await.json();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{document}");
        assert!(document["paths"].get(path).is_some(), "{service} does not document {path}");
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.keys().all(|path| !path.starts_with("/internal")), "{service} shows internal paths");
    }
}

/// The gateway's own calls, as a regular expression: its document has those of the others as well.
pub(super) const GATEWAY_S_OWN: &str = "^/api/v1/(routes|gateway)(/|$)";

/// Whether a service answers a path of its document itself.
fn is_own(service: ServiceName, path: &str) -> bool {
    service != ServiceName::Gateway || OWNED.iter().any(|owned| owned.owner == service && owned.holds(path))
}

/// `ORION_WRITE=1 ./orion test --embedded -- documents` writes them anew. Clients, the console's types among them, are made from
/// these files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_committed_documents_say_what_the_services_say() {
    let orion = TestPlatform::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    for service in ServiceName::ALL {
        // The gateway's is that of the whole platform, made from the others as they were committed.
        let name = if service == ServiceName::Gateway { "orion" } else { service.as_str() };
        let mut document: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        if service == ServiceName::Gateway {
            document["servers"] = json!([{ "url": "http://localhost:3000" }]);
        }
        let (file, made) = (folder.join(format!("{name}.json")), format!("{document:#}\n"));
        if std::env::var_os("ORION_WRITE").is_some() {
            std::fs::write(&file, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        let before = serde_json::from_str(&committed).unwrap_or_default();
        assert!(
            committed == made,
            "docs/openapi/{name}.json is not what the code says, beginning with {}. If that is meant: ORION_WRITE=1 ./orion \
             test --embedded -- documents, twice",
            first_difference(&before, &document)
        );
    }
}

/// Where two documents begin to differ: the first call, or else the first schema.
fn first_difference(before: &Value, now: &Value) -> String {
    let words = |parts: [&Value; 2]| -> BTreeSet<String> {
        parts.into_iter().filter_map(Value::as_object).flat_map(|part| part.keys().cloned()).collect()
    };
    for path in words([&before["paths"], &now["paths"]]) {
        let (before, now) = (&before["paths"][&path], &now["paths"][&path]);
        if let Some(method) = words([before, now]).into_iter().find(|method| before[method] != now[method]) {
            let what = match (before.get(&method), now.get(&method)) {
                (None, _) => "is new",
                (_, None) => "is gone",
                _ => "is told otherwise",
            };
            return format!("{} {path}, which {what}", method.to_uppercase());
        }
    }
    let (before, now) = (&before["components"], &now["components"]);
    for kind in words([before, now]) {
        let (before, now) = (&before[&kind], &now[&kind]);
        if let Some(name) = words([before, now]).into_iter().find(|name| before[name] != now[name]) {
            return format!("components/{kind}/{name}");
        }
    }
    "what stands beside paths and components, or how it is written".to_owned()
}

#[test]
fn a_document_that_differs_names_the_first_call_that_does() {
    let of = |paths: Value, schemas: Value| json!({ "paths": paths, "components": { "schemas": schemas } });
    let one = of(json!({ "/a": { "get": { "summary": "A" } } }), json!({ "A": { "type": "string" } }));
    for (now, told) in [
        (of(json!({ "/a": { "get": { "summary": "B" } } }), json!({})), "GET /a, which is told otherwise"),
        (of(json!({}), json!({})), "GET /a, which is gone"),
        (of(json!({ "/a": { "get": { "summary": "A" }, "put": {} } }), json!({})), "PUT /a, which is new"),
        (of(one["paths"].clone(), json!({ "A": { "type": "integer" } })), "components/schemas/A"),
        (one.clone(), "what stands beside paths and components, or how it is written"),
    ] {
        assert_eq!(first_difference(&one, &now), told);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_s_document_has_every_call_that_it_routes() {
    let orion = TestPlatform::start().await;
    let whole: Value = Client::new(orion.service_url(ServiceName::Gateway)).get("/openapi.json").await.json();
    assert!(whole["servers"][0]["url"].as_str().unwrap().starts_with("http://localhost:"), "where clients call");
    for service in ServiceName::ALL {
        let one: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        for path in one["paths"].as_object().unwrap().keys() {
            let is_routed = OWNED.iter().any(|owned| owned.holds(path));
            assert_eq!(whole["paths"].get(path).is_some(), is_routed, "{service}: {path}");
        }
        for (name, schema) in one["components"]["schemas"].as_object().unwrap() {
            // What only calls have that are not routed is left out.
            let shown = whole["components"]["schemas"].get(name);
            assert!(shown.is_none_or(|shown| shown == schema), "{service}: one name, two shapes: {name}");
        }
    }
}

/// One that is not alone in its name would be missing from a generated client.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_two_calls_of_all_services_have_one_name() {
    let orion = TestPlatform::start().await;
    let mut names = BTreeMap::new();
    for service in ServiceName::ALL {
        let document: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}: {operation}"));
                let call = format!("{method} {path}");
                let other = names.insert(name.to_owned(), call.clone());
                assert!(other.as_ref().is_none_or(|other| *other == call), "{name}: {other:?} and {call}");
            }
        }
    }
}

/// The calls of a service, with method and path.
fn calls(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, call)| (method, path, call)))
}

/// What a call says of itself, in one line.
fn words_of(call: &Value) -> String {
    call["description"].as_str().unwrap_or_default().replace('\n', " ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_call_demands_of_its_caller_is_what_its_document_says() {
    let orion = TestPlatform::start().await;
    for service in [ServiceName::Auth, ServiceName::Users, ServiceName::Notifications, ServiceName::Admin] {
        let client = Client::new(orion.service_url(service));
        let document: Value = client.get("/openapi.json").await.json();
        // Whoever has a token is not asked for the console's other proofs; this one is good for nothing.
        let nobody = client.with_token("nobody");
        for (method, path, call) in calls(&document) {
            let security = call["security"].as_array().unwrap_or_else(|| panic!("{method} {path}: {call}"));
            if security.contains(&json!({})) {
                continue; // It takes a token and needs none.
            }
            let path = path.replace("{id}", &uuid::Uuid::nil().to_string()).replace(['{', '}'], "");
            let path = path.replace("/service/", "/users/");
            let answer = Answer::of(nobody.request(&method.to_uppercase(), &path)).await;
            assert_eq!(answer.status == 401, !security.is_empty(), "{method} {path}, {security:?}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_needs_a_permission_names_it() {
    let orion = TestPlatform::start().await;
    let nobody = orion.user("nobody").await;
    let mut named = 0;
    for service in ServiceName::ALL {
        let client = Client::new(orion.service_url(service));
        let document: Value = client.get("/openapi.json").await.json();
        // Signing out takes a token and needs none.
        let by_token = |call: &Value| call["security"] == json!([{ "bearer": [] }]);
        // It would sign whoever asks out.
        let signs_out = |method: &str, path: &str| method == "delete" && path == "/api/v1/auth/sessions";
        for (method, path, call) in calls(&document).filter(|(_, path, call)| is_own(service, path) && by_token(call)) {
            if signs_out(method, path) {
                continue;
            }
            let at = path.replace("{service}", "users").replace(['{', '}'], "");
            let at = at.replace("/id", "/019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42");
            let answer = Answer::of(nobody.at(orion.service_url(service)).request(&method.to_uppercase(), &at)).await;
            let words = words_of(call);
            let Some(needed) = answer.text.split_once("This needs the permission ") else {
                let says_so = words.contains("Needs the permission `") && !words.contains("`, which every ");
                assert!(!says_so, "{method} {path} needs none, and says: {words}");
                continue;
            };
            let needed = needed.1.split_once(". ").unwrap().0;
            assert!(words.contains(&format!("`{needed}`")), "{method} {path} needs {needed}, and says: {words}");
            named += 1;
        }
    }
    assert!(named > 20, "{named} calls were looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_needs_a_fresh_sign_in_says_so_and_refuses_any_other() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (nobody, root) = (orion.user("nobody").await, orion.administrator().await);
    orion.advance(Duration::from_secs(400)).await;
    let (mut refused, mut demanding) = (0, BTreeSet::new());
    for service in ServiceName::ALL {
        let document: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        let by_token = |call: &Value| call["security"] == json!([{ "bearer": [] }]);
        for (method, path, call) in calls(&document).filter(|(_, path, call)| is_own(service, path) && by_token(call)) {
            let words = words_of(call);
            let says = words.contains("a sign-in of the last five minutes");
            let named =
                ALL.iter().map(|permission| permission.name).filter(|name| words.contains(&format!("`{name}`")));
            demanding.extend(named.filter(|_| says));
            // Whoever may do everything is asked for nothing else; others do no harm.
            let caller = if says { root } else { &nobody };
            if method == "delete" && path == "/api/v1/auth/sessions" {
                continue; // It would sign them out.
            }
            let at = path.replace("{service}", "users").replace(['{', '}'], "");
            let at = at.replace("/id", "/019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42");
            let answer = Answer::of(caller.at(orion.service_url(service)).request(&method.to_uppercase(), &at)).await;
            let is_refused = answer.text.contains("insufficient-user-authentication");
            assert_eq!(is_refused, says, "{method} {path}: {answer:?}");
            refused += usize::from(is_refused);
        }
    }
    assert!(refused > 15, "{refused} calls were refused");
    // An explanation says which permissions do not suffice for that.
    let told: BTreeSet<_> = WITH_RECENT_SIGN_IN.iter().map(|permission| permission.name).collect();
    assert_eq!(told, demanding);
}

/// The linter compares each with its schema.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_body_and_every_answer_of_success_has_an_example() {
    let orion = TestPlatform::start().await;
    for service in ServiceName::ALL {
        let document: Value = Client::new(orion.service_url(service)).get("/openapi.json").await.json();
        let mut without = Vec::new();
        for (method, path, call) in calls(&document) {
            let answers = call["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
            let all = answers.map(|(status, answer)| (status.as_str(), answer));
            for (what, told) in all.chain([("body", &call["requestBody"])]) {
                let told = &told["content"]["application/json"];
                if told.is_object() && told.get("example").is_none() {
                    without.push(format!("{method} {path}, {what}: {}", told["schema"]));
                }
            }
        }
        assert!(without.is_empty(), "a field of these has no #[schema(example = …)]: {without:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_and_passwords_are_documented_as_what_they_are() {
    let orion = TestPlatform::start().await;
    let document: Value = Client::new(orion.service_url(ServiceName::Auth)).get("/openapi.json").await.json();
    let schemas = &document["components"]["schemas"];
    for (field, name, format) in [("email", "Email", "email"), ("password", "Password", "password")] {
        let property = schemas["RegisterRequest"]["properties"][field].to_string();
        assert!(property.contains(&format!("#/components/schemas/{name}")), "{property}");
        assert_eq!((&schemas[name]["type"], &schemas[name]["format"]), (&"string".into(), &format.into()), "{schemas}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swagger_ui_is_served_from_the_binary() {
    let orion = TestPlatform::start().await;
    let client = Client::new(orion.service_url(ServiceName::Auth));
    let page = client.get("/docs/").await.expect(200);
    assert!(page.text.contains("swagger-ui"), "{page:?}");
    client.get("/docs/swagger-ui-bundle.js").await.expect(200);
    client.get("/docs/nothing.js").await.expect(404);
}
