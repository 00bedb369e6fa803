//! A service of the user's own behind the gateway.

use orion_contracts::Page;
use orion_contracts::gateway::RouteInfo;
use orion_testkit::shop::Shop;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_of_the_configuration_leads_to_a_service_and_says_who_calls() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    let seen: Value = bob.get("/shop/cart?item=1").await.json();
    assert_eq!(seen["path"], "/shop/cart?item=1");
    assert_eq!(seen["headers"]["x-orion-user-id"], bob.id.to_string());
    assert_eq!(seen["headers"]["x-orion-session-id"], bob.session_id.to_string());
    assert_eq!(seen["headers"]["x-orion-roles"], "user");
    assert!(seen["headers"]["traceparent"].is_string() && seen["headers"]["x-request-id"].is_string(), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_own_identity_headers_are_dropped_in_every_spelling() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("access = \"public\"")).start().await;
    let mut request = orion.anonymous().request("GET", "/shop");
    for name in ["x-orion-user-id", "X-ORION-ROLES", "x_orion_user_id", "x-orion_session-id", "x-orion-peer"] {
        request = request.header(name, "forged");
    }
    let seen: Value = Answer::of(request).await.json();
    assert!(!seen.to_string().contains("forged"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_valid_token_nothing_reaches_the_service() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    assert_problem!(orion.anonymous().get("/shop/cart").await, 401, "unauthenticated");
    assert_problem!(orion.anonymous().with_token("forged").get("/shop/cart").await, 401, "invalid-token");
    for path in
        ["/shop/../internal/v1/roles", "/internal/v1/roles", "/shop/%2e%2e/internal/v1/roles", "//internal/v1/roles"]
    {
        let status = raw(&orion, path).await;
        assert!([400, 401, 404].contains(&status), "{path}: {status}");
    }
    assert_eq!(shop.seen(), 0);
}

/// Sends a path as it is; clients of HTTP would tidy it.
async fn raw(orion: &TestPlatform, path: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = orion.gateway_url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer[9..12].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_of_a_route_answers_429_with_when_to_come_again() {
    let shop = Shop::open().await;
    let file = shop.route("access = \"public\"\nrate_limit = { requests = 3, seconds = 60 }");
    let orion = TestPlatform::builder().file(file).start().await;
    for _ in 0..3 {
        orion.anonymous().get("/shop").await.expect(200);
    }
    let refused = assert_problem!(orion.anonymous().get("/shop").await, 429, "rate-limited");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    orion.advance(std::time::Duration::from_secs(60)).await;
    orion.anonymous().get("/shop").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_not_there_is_a_502_and_heals() {
    let kept = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = kept.local_addr().unwrap();
    drop(kept);
    let file = format!(
        "[[gateway.routes]]\nname = \"shop\"\npath = \"/shop/*\"\nupstream = \"http://{address}\"\naccess = \"public\"\n"
    );
    let orion = TestPlatform::builder().file(file).start().await;
    assert_problem!(orion.anonymous().get("/shop").await, 502, "bad-gateway");
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let router = axum::Router::new().fallback(|| async { "here" });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    orion.anonymous().get("/shop").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_the_routes_in_force_and_others_do_not() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let root = orion.administrator().await;
    let list = async |query: &str| -> Page<RouteInfo> { root.get(&format!("/api/v1/routes?{query}")).await.json() };
    let routes = list("").await.items;
    assert!(routes.iter().any(|route| route.name == "shop" && !route.reserved));
    assert!(routes.iter().any(|route| route.path == "/api/v1/users/*" && route.reserved));
    let (mut paged, mut next) = (Vec::new(), Some(list("limit=2").await));
    while let Some(page) = next {
        assert!(page.items.len() <= 2);
        paged.extend(page.items.into_iter().map(|route| route.name));
        next = match page.next_cursor {
            Some(cursor) => Some(list(&format!("limit=2&cursor={cursor}")).await),
            None => None,
        };
    }
    assert_eq!(paged, routes.iter().map(|route| route.name.clone()).collect::<Vec<_>>());
    // "gone", as a cursor has it.
    assert_problem!(root.get("/api/v1/routes?cursor=22676f6e6522").await, 400, "invalid-cursor");
    assert_problem!(root.get("/api/v1/routes?limit=0").await, 422, "validation");
    let bob = orion.user("bob").await;
    assert_problem!(bob.get("/api/v1/routes").await, 403, "permission-denied");
    assert_problem!(orion.anonymous().get("/api/v1/routes").await, 401, "unauthenticated");
}
