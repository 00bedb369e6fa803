//! Whom a request is from.

use super::support::{Issuer, USER};
use super::{bearer, connect, get, problem, shop, start, status};
use orion_gateway::identity::Keys;
use orion_infra::Clock;
use serde_json::json;
use std::io::{Read, Write};

#[test]
fn a_public_route_refuses_nobody_for_a_token_and_says_who_calls_only_when_it_is_good() {
    let (gateway, upstream) = shop();
    let now = Clock::system().now().timestamp();
    let issuer = &gateway.issuer;
    let expired = issuer.token_with(|_, claims| claims["exp"] = json!(now - 100));
    let foreign = issuer.token_with(|_, claims| claims["iss"] = json!("https://other.example"));
    let other_kind = issuer.token_with(|header, _| header["typ"] = json!("JWT"));
    let unknown_key = issuer.token_with(|header, _| header["kid"] = json!("next"));
    // What may be a token of ORION's stays here; what is somebody else's is for the service behind.
    for (token, passes) in [
        (Issuer::new().token(), false),
        (expired, false),
        (unknown_key, false),
        (foreign, true),
        (other_kind, true),
        ("opaque".to_owned(), true),
    ] {
        let answer = get(&gateway, "/shop/x", &bearer(&token));
        assert_eq!(status(&answer), 200, "{token}: {answer}");
        let seen = upstream.last();
        assert!(!seen.contains("x-orion-"), "{seen}");
        assert_eq!(seen.contains("authorization: "), passes, "{seen}");
        let refused = get(&gateway, "/mine/x", &bearer(&token));
        assert_eq!(problem(&refused)["type"], "urn:orion:problem:invalid-token", "{token}");
    }
    let answer = get(&gateway, "/shop/x", &bearer(&issuer.token()));
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(upstream.last().contains(&format!("x-orion-user-id: {USER}")), "{}", upstream.last());
}

#[test]
fn who_acts_as_somebody_else_is_told_beside_them_and_nobody_says_so_themselves() {
    let (gateway, upstream) = shop();
    let actor = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
    let acting = gateway.issuer.token_with(|_, claims| claims["act"] = json!({ "sub": actor }));
    let forged = format!("X-Orion-Actor-Id: {USER}\r\nX_Orion_Actor_Id: {USER}\r\n");
    for (token, told) in [(acting, Some(actor)), (gateway.issuer.token(), None)] {
        let answer = get(&gateway, "/mine/x", &format!("{}{forged}", bearer(&token)));
        assert_eq!(status(&answer), 200, "{answer}");
        let seen = upstream.last();
        assert!(seen.contains(&format!("x-orion-user-id: {USER}")), "{seen}");
        let actors: Vec<_> = seen.lines().filter_map(|line| line.strip_prefix("x-orion-actor-id: ")).collect();
        assert_eq!(actors, told.into_iter().collect::<Vec<_>>(), "{seen}");
        assert!(!seen.to_lowercase().contains("x_orion"), "{seen}");
    }
}

#[test]
fn for_which_organisation_somebody_acts_is_told_and_nobody_says_so_themselves() {
    let (gateway, upstream) = shop();
    let organisation = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10";
    let acting = gateway.issuer.token_with(|_, claims| claims["org"] = json!(organisation));
    let forged = format!("X-Orion-Organisation-Id: {USER}\r\nx_orion_organisation_id: {USER}\r\n");
    for (token, told) in [(acting, Some(organisation)), (gateway.issuer.token(), None)] {
        let answer = get(&gateway, "/mine/x", &format!("{}{forged}", bearer(&token)));
        assert_eq!(status(&answer), 200, "{answer}");
        let seen = upstream.last().to_lowercase();
        let told_of: Vec<_> = seen.lines().filter_map(|line| line.strip_prefix("x-orion-organisation-id: ")).collect();
        assert_eq!(told_of, told.into_iter().collect::<Vec<_>>(), "{seen}");
        assert!(!seen.contains("x_orion"), "{seen}");
    }
}

#[test]
fn a_good_token_is_not_taken_for_nobody_where_tokens_are_no_longer_looked_at() {
    let (gateway, upstream) = shop();
    let forged = bearer(&Issuer::new().token());
    let mut stream = connect(&gateway);
    let request = format!("GET /shop/x HTTP/1.1\r\nHost: a\r\n{forged}\r\n");
    for _ in 0..700 {
        stream.write_all(request.as_bytes()).expect("written");
        let mut space = [0; 4096];
        assert!(stream.read(&mut space).expect("an answer") > 0);
    }
    for path in ["/shop/good", "/mine/good"] {
        let answer = get(&gateway, path, &bearer(&gateway.issuer.token()));
        assert_eq!(status(&answer), 429, "{path}: {answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
    }
    assert!(!upstream.last().contains("/good "), "{}", upstream.last());
    assert_eq!(status(&get(&gateway, "/shop/x", "")), 200, "who sends none is nobody, as ever");
}

#[test]
fn tokens_that_cost_no_look_at_a_signature_use_nothing_up() {
    let (gateway, _upstream) = shop();
    let now = Clock::system().now().timestamp();
    let expired = bearer(&gateway.issuer.token_with(|_, claims| claims["exp"] = json!(now - 100)));
    let foreign = bearer(&gateway.issuer.token_with(|_, claims| claims["iss"] = json!("https://other.example")));
    let mut stream = connect(&gateway);
    for (path, line, expected) in
        [("/mine/x", &expired, 401), ("/shop/x", &foreign, 200), ("/mine/x", &bearer("opaque"), 401)]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{line}\r\n");
        for number in 0..700 {
            stream.write_all(request.as_bytes()).expect("written");
            let mut space = [0; 4096];
            let length = stream.read(&mut space).expect("an answer");
            assert_eq!(status(&String::from_utf8_lossy(&space[..length])), expected, "{number} {request}");
        }
    }
    assert_eq!(status(&get(&gateway, "/mine/x", &bearer(&gateway.issuer.token()))), 200);
}

#[test]
fn while_no_keys_are_known_a_token_is_answered_503_and_is_not_held_against_anybody() {
    let (gateway, _upstream) = shop();
    gateway.shared.keys.set(Keys::default());
    let token = bearer(&gateway.issuer.token());
    for number in 0..650 {
        for path in ["/mine/x", "/shop/x"] {
            let answer = get(&gateway, path, &token);
            assert_eq!(status(&answer), 503, "{path} {number}: {answer}");
            assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
            assert_eq!(problem(&answer)["type"], "urn:orion:problem:unavailable");
        }
    }
    // Nobody needs keys to see that these are none of ORION's, or that there is none.
    assert_eq!(status(&get(&gateway, "/shop/x", &bearer("opaque"))), 200);
    assert_eq!(status(&get(&gateway, "/shop/x", "")), 200);
    assert_eq!(status(&get(&gateway, "/mine/x", "")), 401);
    gateway.shared.keys.set(gateway.issuer.keys());
    assert_eq!(status(&get(&gateway, "/mine/x", &token)), 200);
}

#[test]
fn the_callers_token_goes_to_those_upstreams_only_that_are_to_have_it() {
    let routes = json!([
        { "name": "told", "path": "/told/*", "upstream": "{}" },
        { "name": "given", "path": "/given/*", "upstream": "{}", "forward_token": true },
    ]);
    let (gateway, upstream) = start(&routes, |_| {});
    let token = bearer(&gateway.issuer.token());
    for (path, given) in [("/told/x", false), ("/given/x", true)] {
        assert_eq!(status(&get(&gateway, path, &token)), 200);
        assert_eq!(upstream.last().contains("authorization: bearer "), given, "{path}: {}", upstream.last());
        assert!(upstream.last().contains("x-orion-user-id: "), "{}", upstream.last());
    }
}

#[test]
fn another_scheme_than_bearer_is_for_the_service_behind() {
    let (gateway, upstream) = shop();
    assert_eq!(status(&get(&gateway, "/shop/x", "Authorization: Basic YTpi\r\n")), 200);
    assert!(upstream.last().contains("authorization: basic ytpi\r\n"), "{}", upstream.last());
}
