//! API keys at the gateway: what services behind it are told, and how often a key may call.

use crate::users::api_keys::made;
use orion_contracts::ServiceName;
use orion_testkit::shop::Shop;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_whose_key_calls_and_what_it_is_limited_to_but_never_the_key() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    let (_, program) = made(&bob, json!({ "name": "Cart", "scopes": ["profile.read", "inbox.read"] })).await;
    let secret = program.token.clone().unwrap();
    let in_header = orion.anonymous().request("GET", "/shop").header("x-api-key", &secret);
    for answer in [program.get("/shop").await, Answer::of(in_header).await] {
        let seen = answer.expect(200).value();
        assert_eq!(seen["headers"]["x-orion-user-id"], bob.id.to_string());
        assert_eq!(seen["headers"]["x-orion-scopes"], "inbox.read,profile.read");
        assert_eq!(seen["headers"]["x-orion-roles"], "", "roles would give more than the key has");
        assert!(seen["headers"]["x-orion-session-id"].is_null() && !seen.to_string().contains(&secret), "{seen}");
    }
    let two = program.request("GET", "/shop").header("x-api-key", &secret);
    assert_problem!(Answer::of(two).await, 400, "bad-request");
    assert_eq!(shop.seen(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_public_route_a_key_that_is_none_says_nothing_and_others_keys_pass() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("access = \"public\"")).start().await;
    let unknown = orion_contracts::api_keys::make(|| 9);
    let seen = orion.anonymous().with_token(unknown.expose()).get("/shop").await.expect(200).value();
    assert!(!seen.to_string().contains(unknown.expose()) && seen["headers"]["x-orion-user-id"].is_null(), "{seen}");
    let theirs = orion.anonymous().request("GET", "/shop").header("x-api-key", "of-the-shops-own");
    assert_eq!(Answer::of(theirs).await.expect(200).value()["headers"]["x-api-key"], "of-the-shops-own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_that_takes_no_keys_takes_their_owners_tokens_and_tells_nobody_of_a_key() {
    for (access, status) in [("authenticated", 403), ("public", 200)] {
        let shop = Shop::open().await;
        let more = format!("access = \"{access}\"\napi_keys = false");
        let orion = TestPlatform::builder().file(shop.route(&more)).start().await;
        let bob = orion.user("bob").await;
        let (_, program) = made(&bob, json!({ "name": "Cart", "scopes": ["profile.read"] })).await;
        let seen = program.get("/shop").await.expect(status).value();
        assert!(seen["headers"]["x-orion-user-id"].is_null() && seen["headers"]["authorization"].is_null(), "{seen}");
        assert_eq!(bob.get("/shop").await.expect(200).value()["headers"]["x-orion-user-id"], bob.id.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keys_own_limit_is_one_for_all_headers_and_routes_and_says_when_to_come_again() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    let request = json!({ "name": "Slow", "scopes": ["profile.read"], "rate_limit": 3 });
    let (_, program) = made(&bob, request).await;
    let secret = program.token.clone().unwrap();
    let first = program.get("/shop").await.expect(200);
    let lines = |answer: &Answer, name: &str| {
        let lines = answer.headers.get_all(name).iter().map(|line| line.to_str().unwrap().to_owned());
        lines.collect::<Vec<_>>().join(", ")
    };
    assert!(lines(&first, "ratelimit").contains("\"api-key\";r=2;t="), "{first:?}");
    assert!(lines(&first, "ratelimit-policy").contains("\"api-key\";q=3;w=60"), "{first:?}");
    program.get("/api/v1/users/me").await.expect(200);
    let in_header = || orion.anonymous().request("GET", "/shop").header("X-Api-Key", &secret);
    Answer::of(in_header()).await.expect(200);
    for refused in [Answer::of(in_header()).await, program.get("/shop").await, program.get("/api/v1/users/me").await] {
        let refused = assert_problem!(refused, 429, "rate-limited");
        let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert!(lines(&refused, "ratelimit").contains("\"api-key\";r=0"), "{refused:?}");
    }
    bob.get("/shop").await.expect(200);
    orion.advance(Duration::from_secs(61)).await;
    program.get("/shop").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_users_away_a_key_that_is_not_known_yet_is_a_503_and_one_that_is_goes_on() {
    let shop = Shop::open().await;
    let mut orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    let request = || json!({ "name": "Cart", "scopes": ["profile.read"] });
    let (_, cold) = made(&bob, request()).await;
    let (_, warm) = made(&bob, request()).await;
    warm.get("/shop").await.expect(200);
    orion.settle().await;
    orion.stop_service(ServiceName::Users).await;
    warm.get("/shop").await.expect(200);
    let refused = assert_problem!(cold.get("/shop").await, 503, "unavailable");
    assert!(refused.header("retry-after").is_some());
}
