//! Routes that change while the gateway runs: over the API, by the file, and back in their history.

use orion_contracts::audit::AuditEntry;
use orion_contracts::gateway_changes::{GatewayAppliedList, GatewayVerdict, GatewayVersion, GatewayVersionDetail};
use orion_contracts::{Page, ServiceName};
use orion_gateway::{RouteDetail, StoredDocument};
use orion_testkit::shop::Shop;
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ROUTES: &str = "/api/v1/routes";

/// A public route to the shop.
fn route(name: &str, path: &str, shop: &Shop) -> Value {
    json!({ "name": name, "path": path, "upstream": format!("http://{}", shop.address), "access": "public" })
}

async fn applied(user: &TestUser) -> GatewayAppliedList {
    user.get("/api/v1/gateway/applied").await.expect(200).json()
}

async fn put_seen(user: &TestUser, path: &str, etag: &str, body: &Value) -> Answer {
    Answer::of(user.request("PUT", path).header("if-match", etag).json(body)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_is_in_force_when_it_is_answered_and_until_it_is_removed() {
    let shop = Shop::open().await;
    let orion = TestPlatform::start().await;
    let (root, anybody) = (orion.administrator().await, orion.anonymous());
    assert_problem!(anybody.get("/shop/cart").await, 404, "not-found");
    let added = root.post(&format!("{ROUTES}?reason=it%20opens"), route("shop", "/shop/*", &shop)).await.expect(201);
    assert_eq!(added.header("etag").as_deref(), Some("\"1\""));
    assert_eq!(anybody.get("/shop/cart").await.expect(200).value()["path"], "/shop/cart");

    let list: Page<Value> = root.get(&format!("{ROUTES}?limit=200")).await.expect(200).json();
    let listed = list.items.iter().find(|route| route["name"] == "shop").unwrap();
    assert_eq!(
        (&listed["source"], &listed["version"], &listed["changed_by"]),
        (&json!("stored"), &json!(1), &json!(root.id))
    );
    assert!(list.items.iter().any(|route| route["source"] == "orion" && route["path"] == "/api/v1/gateway/*"));

    let mut other = route("shop", "/store/*", &shop);
    other["strip_prefix"] = json!(true);
    let replaced = root.put(&format!("{ROUTES}/shop"), &other).await.expect(200);
    let detail: RouteDetail = replaced.json();
    assert_eq!(
        (detail.version, detail.changed_by, replaced.header("etag").as_deref()),
        (2, Some(root.id), Some("\"2\""))
    );
    assert_eq!(anybody.get("/store/cart").await.expect(200).value()["path"], "/cart");
    assert_problem!(anybody.get("/shop/cart").await, 404, "not-found");

    root.delete(&format!("{ROUTES}/shop")).await.expect(204);
    assert_problem!(anybody.get("/store/cart").await, 404, "not-found");
    assert_problem!(root.get(&format!("{ROUTES}/shop")).await, 404, "not-found");
    assert_problem!(root.delete(&format!("{ROUTES}/shop")).await, 404, "not-found");
    let told = applied(root).await;
    assert_eq!((told.version, told.instances.len(), told.instances[0].version), (3, 1, Some(3)));

    orion.settle().await;
    let audit: Page<AuditEntry> = root.get("/api/v1/audit?resource=route").await.expect(200).json();
    let actions: Vec<_> = audit.items.iter().map(|entry| (entry.action.as_str(), entry.description.as_str())).collect();
    let expected = [
        ("delete", "Removed the route shop: version 3"),
        ("update", "Replaced the route shop: version 2"),
        ("create", "Added the route shop: version 1"),
    ];
    assert_eq!(actions, expected);
    let created = audit.items[2].new_values.as_ref().unwrap();
    assert_eq!((&created["path"], &created["reason"]), (&json!("/shop/*"), &json!("it opens")));
    let events: Value = root.get("/api/v1/events?limit=50").await.expect(200).value();
    let kinds = events["items"].as_array().unwrap().iter().filter(|event| event["type"] == "gateway.changed");
    assert_eq!(kinds.count(), 3, "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_the_same_route_at_once_one_is_told_and_others_are_in_nobodys_way() {
    let shop = Shop::open().await;
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for name in ["a", "b"] {
        root.post(ROUTES, route(name, &format!("/{name}"), &shop)).await.expect(201);
    }
    let path = format!("{ROUTES}/a");
    let seen = root.get(&path).await.expect(200).header("etag").unwrap();
    let bodies = [route("a", "/one", &shop), route("a", "/other", &shop)];
    let (one, other) = tokio::join!(put_seen(root, &path, &seen, &bodies[0]), put_seen(root, &path, &seen, &bodies[1]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    // Another route in between is no reason.
    let seen = root.get(&path).await.header("etag").unwrap();
    root.put(&format!("{ROUTES}/b"), route("b", "/bb", &shop)).await.expect(200);
    put_seen(root, &path, &seen, &route("a", "/a", &shop)).await.expect(200);
    let weak = put_seen(root, &path, "W/\"1\"", &route("a", "/a", &shop)).await;
    assert_problem!(weak, 412, "precondition-failed");
    // The whole document is changed over the version that was seen.
    let document = root.get("/api/v1/gateway/document").await.expect(200);
    let seen = document.header("etag").unwrap();
    root.delete(&format!("{ROUTES}/b")).await.expect(204);
    let whole = json!({ "routes": [] });
    assert_problem!(put_seen(root, "/api/v1/gateway/document", &seen, &whole).await, 412, "precondition-failed");
    // A hundred at once, each another route: all are kept, one after the other.
    let add = |number: u32| {
        let body = route(&format!("r{number}"), &format!("/r{number}/*"), &shop);
        async move { root.post(ROUTES, body).await.status }
    };
    let statuses = futures_util::future::join_all((0..100).map(add)).await;
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    let document: StoredDocument = root.get("/api/v1/gateway/document").await.expect(200).json();
    assert_eq!(document.document.routes.len(), 101);
    orion.anonymous().get("/r99/x").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_in_force_is_told_by_its_fields_and_changes_nothing() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let root = orion.administrator().await;
    let with = |key: &str, value: Value| {
        let mut body = route("new", "/new", &shop);
        body[key] = value;
        body
    };
    for (body, fields) in [
        (with("path", json!("/shop/*")), vec!["path"]),
        (with("path", json!("new")), vec!["path"]),
        (with("path", json!("/internal/x")), vec!["path"]),
        (with("path", json!("/api/v1/gateway/x")), vec!["path"]),
        (with("name", json!("test")), vec!["name"]),
        (with("name", json!("a/b")), vec!["name"]),
        (with("upstream", json!("nowhere")), vec!["upstream"]),
        (with("upstream", json!("http://user:word@host")), vec!["upstream"]),
        (with("planet", json!("Mars")), vec!["planet"]),
        (with("timeout_ms", json!(0)), vec!["timeout_ms"]),
        (json!({ "name": "new" }), vec!["path"]),
    ] {
        let answer = root.post(ROUTES, &body).await;
        assert_eq!(
            (answer.status, answer.problem_fields()),
            (422, fields.into_iter().map(str::to_owned).collect()),
            "{body}"
        );
    }
    let taken = assert_problem!(root.post(ROUTES, with("name", json!("shop"))).await, 409, "conflict");
    assert!(taken.text.contains("gateway.routes[0]"), "{}", taken.text);
    for answer in [
        root.put(&format!("{ROUTES}/shop"), with("name", json!("shop"))).await,
        root.delete(&format!("{ROUTES}/shop")).await,
    ] {
        assert_problem!(answer, 409, "conflict");
    }
    for body in ["", "[]", "{", "null", "[\"a\", \"/a\", \"http://h\"]"] {
        let request = root.request("POST", ROUTES).header("content-type", "application/json").body(body);
        let answer = Answer::of(request).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {answer:?}");
    }
    let odd = [
        format!("{ROUTES}/%00"),
        format!("{ROUTES}/{}", "x".repeat(3000)),
        "/api/v1/gateway/versions/x".to_owned(),
        "/api/v1/gateway/versions/-1".to_owned(),
        "/api/v1/gateway/versions/1?against=-9223372036854775808".to_owned(),
        "/api/v1/gateway/versions?cursor=zz".to_owned(),
    ];
    for path in odd {
        let answer = root.get(&path).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!(applied(root).await.version, 0);
    let found: RouteDetail = root.get(&format!("{ROUTES}/shop")).await.expect(200).json();
    assert_eq!((found.version, found.route.path.as_str()), (0, "/shop/*"), "of the file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_tried_out_replaced_compared_and_restored() {
    let shop = Shop::open().await;
    let orion = TestPlatform::start().await;
    let (root, anybody) = (orion.administrator().await, orion.anonymous());
    let first = json!({ "routes": [route("a", "/a", &shop), route("b", "/b", &shop)] });
    let verdict: GatewayVerdict = root.post("/api/v1/gateway/validate", &first).await.expect(200).json();
    assert!(verdict.is_valid && verdict.changes.len() == 2, "{verdict:?}");
    assert_problem!(anybody.get("/a").await, 404, "not-found");
    root.put("/api/v1/gateway/document", &first).await.expect(200);
    let second = json!({ "routes": [route("a", "/a2", &shop), route("c", "/b", &shop)] });
    let key = |request: reqwest::RequestBuilder| request.header("idempotency-key", "once");
    for _ in 0..2 {
        let request = key(root.request("PUT", "/api/v1/gateway/document?reason=moved").json(&second));
        assert_eq!(Answer::of(request).await.expect(200).value()["version"], 2);
    }
    let bad = json!({ "routes": [route("a", "/a", &shop), route("b", "/livez", &shop), route("c", "/a", &shop)] });
    let verdict: GatewayVerdict = root.post("/api/v1/gateway/validate", &bad).await.expect(200).json();
    let mut fields: Vec<_> = verdict.faults.iter().map(|fault| fault.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!((verdict.is_valid, fields), (false, vec!["routes[1].path", "routes[2].path"]));
    assert_problem!(root.put("/api/v1/gateway/document", &bad).await, 422, "validation");

    let page: Page<GatewayVersion> = root.get("/api/v1/gateway/versions?limit=1").await.expect(200).json();
    assert_eq!((page.items[0].version, page.items[0].reason.as_deref(), page.items[0].changed), (2, Some("moved"), 3));
    let rest = format!("/api/v1/gateway/versions?cursor={}", page.next_cursor.unwrap());
    let rest: Page<GatewayVersion> = root.get(&rest).await.expect(200).json();
    assert_eq!(rest.items.iter().map(|one| one.version).collect::<Vec<_>>(), [1]);
    let detail: GatewayVersionDetail = root.get("/api/v1/gateway/versions/2?against=0").await.expect(200).json();
    assert_eq!((detail.against, detail.changes.len()), (0, 2));
    assert_problem!(root.get("/api/v1/gateway/versions/9").await, 404, "not-found");

    let restored = root.post("/api/v1/gateway/versions/1/restore?reason=back", json!({})).await.expect(200);
    assert_eq!(restored.value()["version"], 3);
    anybody.get("/a").await.expect(200);
    anybody.get("/b").await.expect(200);
    assert_problem!(anybody.get("/a2").await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_change_routes_is_refused_and_a_key_that_may_is_taken() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("admin").await;
    let bob = orion.user("bob").await;
    let body = route("shop", "/shop/*", &shop);
    adam.get("/api/v1/gateway/versions").await.expect(200);
    adam.post("/api/v1/gateway/validate", json!({})).await.expect(200);
    let restore = "/api/v1/gateway/versions/1/restore";
    for answer in [
        adam.post(ROUTES, &body).await,
        adam.put(&format!("{ROUTES}/shop"), &body).await,
        adam.delete(&format!("{ROUTES}/shop")).await,
        adam.put("/api/v1/gateway/document", json!({})).await,
        adam.post(restore, json!({})).await,
        bob.get("/api/v1/gateway/applied").await,
        bob.get("/api/v1/gateway/document").await,
        bob.get("/api/v1/gateway/versions/1").await,
        bob.post("/api/v1/gateway/validate", json!({})).await,
    ] {
        assert_problem!(answer, 403, "permission-denied");
    }
    assert_problem!(orion.anonymous().post(ROUTES, &body).await, 401, "unauthenticated");

    let order = json!({ "name": "Pipeline", "scopes": ["gateway.read", "gateway.write"] });
    let key = root.post("/api/v1/api-keys", order).await.expect(201).value()["secret"].as_str().unwrap().to_owned();
    let pipeline = orion.anonymous().with_token(key);
    pipeline.post(ROUTES, &body).await.expect(201);
    // A person proves anew who they are, for whoever changes routes decides where everybody's requests go.
    orion.advance(Duration::from_secs(600)).await;
    assert_problem!(root.post(ROUTES, &body).await, 401, "insufficient-user-authentication");
    pipeline.delete("/api/v1/routes/shop").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_survives_a_restart_and_lies_over_the_file() {
    let (shop, other) = (Shop::open().await, Shop::open().await);
    let mut orion = TestPlatform::builder().file(shop.route("access = \"public\"")).start().await;
    let root = orion.administrator().await;
    root.post(ROUTES, route("other", "/shop/other/*", &other)).await.expect(201);
    orion.restart().await;
    orion.anonymous().get("/shop/other/x").await.expect(200);
    orion.anonymous().get("/shop/x").await.expect(200);
    assert_eq!((shop.seen(), other.seen()), (1, 1));
}

/// What the file of the platform is with this route beside the shop's.
fn file(shop: &Shop, more: &str) -> String {
    format!("{}{more}", shop.route("access = \"public\""))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_followed_and_one_that_is_wrong_changes_nothing_and_is_told() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(file(&shop, "")).start().await;
    let (root, anybody) = (orion.administrator().await, orion.anonymous());
    anybody.get("/shop/x").await.expect(200);
    let second = format!(
        "[[gateway.routes]]\nname = \"second\"\npath = \"/second\"\nupstream = \"http://{}\"\naccess = \"public\"\n",
        shop.address
    );
    orion.write_file(&file(&shop, &second));
    eventually("the new route of the file", || async { (anybody.get("/second").await.status == 200).then_some(()) })
        .await;

    // Wrong in one route: all of it stays as it was, and where it is wrong is told.
    orion.write_file(&format!(
        "[[gateway.routes]]\nname = \"third\"\npath = \"third\"\nupstream = \"http://{}\"\n",
        shop.address
    ));
    let refused = eventually("the fault of the file", || async {
        applied(root).await.instances[0].file_refused.first().cloned()
    })
    .await;
    assert!(refused.contains("orion.toml:3") && refused.contains("gateway.routes[0].path"), "{refused}");
    let gateway = root.at(orion.service_url(ServiceName::Gateway));
    let ready = gateway.get("/readyz?verbose").await.expect(200).value();
    assert!(ready.to_string().contains("the file is in force as it was"), "{ready}");
    anybody.get("/second").await.expect(200);
    anybody.get("/shop/x").await.expect(200);
    // No TOML at all, and then what it was at first.
    orion.write_file("[[gateway.routes]\nname");
    eventually("the other fault", || async {
        applied(root).await.instances[0].file_refused.iter().any(|told| !told.contains("routes[0]")).then_some(())
    })
    .await;
    orion.write_file(&file(&shop, ""));
    eventually("the route that is gone", || async { (anybody.get("/second").await.status == 404).then_some(()) }).await;
    assert_eq!(applied(root).await.instances[0].file_refused, Vec::<String>::new());

    // What the file takes from what is kept is refused, and both go on as they were.
    root.post(ROUTES, route("kept", "/kept", &shop)).await.expect(201);
    let same = "[[gateway.routes]]\nname = \"mine\"\npath = \"/kept\"\nupstream = \"http://127.0.0.1:9\"\naccess = \"public\"\n";
    orion.write_file(&file(&shop, same));
    let told =
        eventually("what does not go together", || async { applied(root).await.instances[0].refused.first().cloned() })
            .await;
    assert!(told.contains("routes.kept.path") && told.contains("mine"), "{told}");
    anybody.get("/kept").await.expect(200);
    root.delete(&format!("{ROUTES}/kept")).await.expect(204);
    assert_problem!(anybody.get("/kept").await, 502, "bad-gateway");
    assert_eq!(applied(root).await.instances[0].refused, Vec::<String>::new());
}

/// Sends a request over a connection that stays, and reads its answer.
async fn ask(connection: &mut tokio::net::TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = connection.read(&mut piece).await.unwrap();
        assert!(read > 0, "the connection was closed: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if length.is_some_and(|length| body.len() >= length) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_touches_no_connection() {
    let shop = Shop::open().await;
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    root.post(ROUTES, route("shop", "/shop/*", &shop)).await.expect(201);
    let address = orion.gateway_url().replace("http://", "");
    let mut connections = Vec::new();
    for _ in 0..20 {
        let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
        assert!(ask(&mut connection, "/shop/a").await.starts_with("http/1.1 200"));
        connections.push(connection);
    }
    for number in 0..25 {
        root.put(&format!("{ROUTES}/shop"), route("shop", &format!("/shop{number}/*"), &shop)).await.expect(200);
    }
    for connection in &mut connections {
        // The same connection, by the newest routes.
        assert!(ask(connection, "/shop24/b").await.starts_with("http/1.1 200"));
        assert!(ask(connection, "/shop/b").await.starts_with("http/1.1 404"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_applies_a_change_or_says_why_not() {
    let shop = Shop::open().await;
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let mine = shop.route("access = \"public\"");
    let Some((beside, _clock)) = orion.beside(&[ServiceName::Gateway], &mine).await else { return };
    let other = Client::new(format!("http://{}", beside.edge().unwrap()));
    let both = eventually("both processes", || async {
        let list = applied(root).await;
        (list.instances.len() == 2).then_some(list)
    })
    .await;
    assert!(both.instances.iter().all(|one| one.version == Some(0) && one.refused.is_empty()), "{both:?}");

    root.post(ROUTES, route("second", "/second", &shop)).await.expect(201);
    let since = Instant::now();
    eventually("the change in the other process", || async {
        (other.get("/second").await.status == 200).then_some(())
    })
    .await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    // The file of the other one has this path: there the version before stays in force, and it says so.
    root.post(ROUTES, route("clash", "/shop/*", &shop)).await.expect(201);
    let refused = eventually("the refusal of the other process", || async {
        let list = applied(root).await;
        list.instances.into_iter().find(|one| one.version == Some(1) && !one.refused.is_empty())
    })
    .await;
    assert!(refused.refused[0].contains("routes.clash.path"), "{refused:?}");
    other.get("/shop/x").await.expect(200);
    root.delete(&format!("{ROUTES}/clash")).await.expect(204);
    eventually("both at the newest version", || async {
        let list = applied(root).await;
        list.instances.iter().all(|one| one.version == Some(3) && one.refused.is_empty()).then_some(())
    })
    .await;
    assert!(beside.drain().await.is_nothing());
}
