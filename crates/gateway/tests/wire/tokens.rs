//! Tokens and limits at the edge.

use super::support::Issuer;
use super::{connect, exchange, get, problem, start, statuses};
use std::io::{Read, Write};

#[test]
fn tokens_are_demanded_and_checked() {
    let (gateway, upstream) = start(|_| {});
    let token = gateway.issuer.token();
    let forged = Issuer::new().token();
    for (path, headers, status, name) in [
        ("/shop/x", String::new(), 401, "unauthenticated"),
        ("/shop/x", "Authorization: Basic YTpi\r\n".to_owned(), 401, "unauthenticated"),
        ("/shop/x", format!("Authorization: Bearer {forged}\r\n"), 401, "invalid-token"),
        ("/shop/x", format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n"), 400, "bad-request"),
        ("/nowhere", String::new(), 404, "not-found"),
        ("/internal/v1/events", String::new(), 404, "not-found"),
        ("/open/../internal/v1/events", String::new(), 404, "not-found"),
        ("/strip/internal/v1/events", String::new(), 404, "not-found"),
        ("/strip/%69nternal/v1/events", String::new(), 404, "not-found"),
    ] {
        let answer = exchange(&gateway, &get(path, &headers));
        assert_eq!(statuses(&answer), [status], "{path} {headers}: {answer}");
        assert_eq!(problem(&answer)["type"], format!("urn:orion:problem:{name}"));
        assert_eq!(answer.contains("www-authenticate: Bearer"), status == 401);
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(statuses(&exchange(&gateway, &get("/livez", ""))), [200]);
}

#[test]
fn a_caller_over_its_limit_is_told_when_to_come_back() {
    let (gateway, upstream) = start(|_| {});
    let answers: Vec<_> = (0..3).map(|_| exchange(&gateway, &get("/few", ""))).collect();
    assert!(
        answers[0].contains("ratelimit: \"default\";r=1;t=30\r\n")
            && answers[0].contains("ratelimit-policy: \"default\";q=2;w=60\r\n")
    );
    assert_eq!(answers.iter().flat_map(|answer| statuses(answer)).collect::<Vec<_>>(), [200, 200, 429]);
    assert!(answers[2].contains("retry-after: 30\r\n"), "{}", answers[2]);
    assert_eq!(upstream.requests(), 2);
}

#[test]
fn a_flood_of_forged_tokens_is_slowed_down_while_tokens_that_are_known_pass() {
    let (gateway, _upstream) = start(|settings| settings.cores = 1);
    let token = gateway.issuer.token();
    let known = get("/shop/x", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(statuses(&exchange(&gateway, &known)), [200]);
    let (forged, mut stream) = (Issuer::new().token(), connect(&gateway));
    let request = format!("GET /shop/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {forged}\r\n\r\n");
    let mut seen = Vec::new();
    for _ in 0..700 {
        stream.write_all(request.as_bytes()).expect("written");
        let mut space = [0; 2048];
        let length = stream.read(&mut space).expect("an answer");
        seen.extend(statuses(&String::from_utf8_lossy(&space[..length])));
    }
    let refused = seen.iter().position(|status| *status == 429).expect("some are not even looked at");
    assert!(refused >= 600 && seen[..refused].iter().all(|status| *status == 401), "{refused}");
    assert_eq!(statuses(&exchange(&gateway, &known)), [200]);
}
