//! `/livez`, `/readyz`, `/metrics` of every service.

use orion_contracts::ServiceName;
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_testkit::{Client, TestPlatform};

#[tokio::test]
async fn every_service_is_alive_ready_and_says_what_it_depends_on() {
    let orion = TestPlatform::start().await;
    for service in ServiceName::ALL {
        let client = Client::new(orion.service_url(service));
        client.get("/livez").await.expect(200);
        client.get("/readyz").await.expect(200);
        let readiness: Readiness = client.get("/readyz?verbose").await.json();
        assert_eq!((readiness.service, readiness.status), (service, ReadyStatus::Ready));
        let names: Vec<_> = readiness.checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["database", "cache", "bus", "events", "identity"]);
    }
    let edge = orion.anonymous();
    edge.get("/livez").await.expect(200);
    edge.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn metrics_carry_the_service_and_only_bounded_labels() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for number in 0..20 {
        bob.get(&format!("/api/v1/users/me?x={number}")).await;
        bob.get(&format!("/nowhere/{number}")).await;
        Client::new(orion.service_url(ServiceName::Users)).get(&format!("/nowhere/{number}")).await;
    }
    for service in ServiceName::ALL {
        Client::new(orion.service_url(service)).get("/livez").await.expect(200);
        let text = Client::new(orion.service_url(service)).get("/metrics").await.expect(200).text;
        assert!(text.contains(&format!("service=\"{service}\"")), "{service}");
        let requests = text.lines().filter(|line| line.starts_with("http_requests_total")).count();
        assert!(requests > 0 && requests < 40, "{service}: {requests} series");
        assert!(!text.contains("nowhere") && !text.contains("bob@"), "{service}");
        for name in ["db_queries_total", "db_query_duration_seconds", "db_connection_pool_max"] {
            assert!(text.contains(name), "{service} lacks {name}");
        }
    }
}

#[tokio::test]
async fn answers_carry_security_headers_and_a_request_id_that_is_kept_when_given() {
    let orion = TestPlatform::start().await;
    let request = orion.anonymous().request("GET", "/.well-known/jwks.json").header("x-request-id", "my-request-42");
    let answer = orion_testkit::Answer::of(request).await.expect(200);
    assert_eq!(answer.header("x-request-id").as_deref(), Some("my-request-42"));
    assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
    let bad = orion.anonymous().request("GET", "/.well-known/jwks.json").header("x-request-id", "no spaces!");
    let answer = orion_testkit::Answer::of(bad).await.expect(200);
    assert_ne!(answer.header("x-request-id").as_deref(), Some("no spaces!"));
}

#[tokio::test]
async fn a_short_request_id_is_the_same_in_the_header_and_in_the_problem() {
    let orion = TestPlatform::start().await;
    let request = orion.anonymous().request("GET", "/api/v1/users/me").header("x-request-id", "a.1");
    let answer = orion_testkit::Answer::of(request).await.expect(401);
    assert_eq!(answer.header("x-request-id").as_deref(), Some("a.1"));
    assert_eq!(answer.value()["request_id"], "a.1");
}
