//! Which route takes a request, and how that is explained.

use orion_contracts::route_test::RouteExplanation;
use orion_testkit::shop::Shop;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::{Value, json};

/// Routes to a shop that differ in all but where they lead.
fn routes(shop: &Shop) -> String {
    let more = [
        r#"name = "items"
path = "/shop/{id}/items"
methods = ["GET"]
rewrite = { path = "/items/{id}" }"#,
        r#"name = "write"
path = "/shop/{id}/items"
methods = ["POST"]
headers = [{ name = "x-version", is = "2" }]
strip_prefix = true"#,
        r#"name = "inside"
path = "/shop/{id}/items"
when = 'request.query["inside"] == "1"'"#,
        r#"name = "versions"
path = "~/v(?P<version>[12])/(?P<rest>.*)"
rewrite = { path = "/versions/{version}/{rest}" }"#,
        r#"name = "admin"
path = "/shop/admin/*"
access = "authenticated""#,
        r#"name = "hosts"
path = "/*"
hosts = ["*.example.com"]
double_slashes = "keep""#,
    ];
    let upstream = shop.route("");
    let upstream = upstream.lines().find(|line| line.starts_with("upstream")).expect("an upstream").to_owned();
    let one = |more: &&str| {
        let access = if more.contains("access") { "" } else { "access = \"public\"" };
        format!("[[gateway.routes]]\n{more}\n{upstream}\n{access}\n")
    };
    more.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_take_routes_by_what_they_are_and_upstreams_see_what_routes_say() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(routes(&shop)).start().await;
    let client = orion.anonymous();
    let seen = async |request: reqwest::RequestBuilder| -> Value { Answer::of(request).await.expect(200).json() };
    assert_eq!(seen(client.request("GET", "/shop/17/items?a=%2F")).await["path"], "/items/17?a=%2F");
    assert_eq!(seen(client.request("POST", "/shop/17/items").header("X-Version", "2")).await["path"], "/");
    assert_eq!(seen(client.request("PUT", "/shop/17/items?inside=1")).await["path"], "/shop/17/items?inside=1");
    assert_eq!(seen(client.request("GET", "/v2/a/b")).await["path"], "/versions/2/a/b");
    assert_eq!(seen(client.request("GET", "//a//b").header("Host", "a.example.com")).await["path"], "//a//b");
    assert_problem!(Answer::of(client.request("POST", "/shop/17/items")).await, 404, "not-found");
    assert_problem!(client.get("/v3/a").await, 404, "not-found");
    assert_problem!(client.get("/shop/admin/items").await, 401, "unauthenticated");
    assert_problem!(client.get("/shop/ADMIN/items").await, 400, "bad-request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_split_and_canaries_go_their_way() {
    let (one, two) = (Shop::open().await, Shop::open().await);
    let upstream = |shop: &Shop| {
        let route = shop.route("");
        let line = route.lines().find_map(|line| line.strip_prefix("upstream = ")).expect("an upstream");
        line.to_owned()
    };
    let file = format!(
        "[[gateway.routes]]\nname = \"shop\"\npath = \"/shop/*\"\naccess = \"public\"\n\
         split = [{{ upstream = {}, weight = 1 }}, {{ upstream = {}, weight = 0 }}]\n\
         canary = [{{ cookie = \"canary\", value = \"1\", upstream = {} }}]\n",
        upstream(&one),
        upstream(&two),
        upstream(&two)
    );
    let orion = TestPlatform::builder().file(file).start().await;
    for _ in 0..20 {
        orion.anonymous().get("/shop").await.expect(200);
    }
    assert_eq!((one.seen(), two.seen()), (20, 0));
    Answer::of(orion.anonymous().request("GET", "/shop").header("cookie", "a=b; canary=1")).await.expect(200);
    assert_eq!((one.seen(), two.seen()), (20, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_is_told_which_route_a_request_would_take() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(routes(&shop)).start().await;
    let root = orion.administrator().await;
    let test = async |body: Value| root.post("/api/v1/routes/test", body).await;
    let explained: RouteExplanation = test(json!({ "url": "http://localhost/shop/17/items" })).await.expect(200).json();
    let taken = explained.route.expect("a route");
    assert_eq!((&*taken.name, &*taken.captures["id"]), ("items", "17"));
    assert_eq!(taken.applies.destinations[0].target.as_deref(), Some("/items/17"));
    assert_eq!(explained.others[0].name, "write");
    let post = json!({
        "method": "POST",
        "url": "/shop/17/items",
        "headers": [{ "name": "x-version", "value": "2" }],
        "client": "192.0.2.1",
    });
    let explained: RouteExplanation = test(post).await.expect(200).json();
    assert_eq!(explained.route.expect("a route").name, "write");
    let explained: RouteExplanation = test(json!({ "url": "/shop/ADMIN/x" })).await.expect(200).json();
    assert!(explained.refused.is_some_and(|refused| refused.status == 404), "no route below is anybody's");
    let explained: RouteExplanation = test(json!({ "url": "/a/%zz" })).await.expect(200).json();
    assert!(explained.refused.is_some_and(|refused| refused.status == 400));
    for (body, field) in [
        (json!({ "url": "ftp://a/b" }), "url"),
        (json!({ "url": "no path" }), "url"),
        (json!({ "url": "/a#b" }), "url"),
        (json!({ "url": "/a", "method": "A B" }), "method"),
        (json!({ "url": "/a", "headers": [{ "name": "a b", "value": "" }] }), "headers[0].name"),
        (json!({ "url": "/a", "headers": [{ "name": "a", "value": "b\r\nc" }] }), "headers[0].value"),
    ] {
        let answer = assert_problem!(test(body.clone()).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field], "{body}");
    }
    assert_eq!(shop.seen(), 0);
    let bob = orion.user("bob").await;
    assert_problem!(bob.post("/api/v1/routes/test", json!({ "url": "/a" })).await, 403, "permission-denied");
    assert_problem!(
        orion.anonymous().post("/api/v1/routes/test", json!({ "url": "/a" })).await,
        401,
        "unauthenticated"
    );
}
