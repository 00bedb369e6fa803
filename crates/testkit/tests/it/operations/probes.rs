//! `/livez`, `/readyz`, `/metrics` of every service.

use async_trait::async_trait;
use futures_util::future::join_all;
use orion_contracts::ServiceName;
use orion_contracts::health::{Readiness, ReadyStatus};
use orion_http::health::readiness;
use orion_http::identity::TokenParty;
use orion_http::server;
use orion_http::{Context, Identity, ProcessState, Service};
use orion_infra::Metrics;
use orion_infra::cache::{Cache, CacheBackend, CacheError};
use orion_infra::tasks::Task;
use orion_testkit::node::{Node, empty_place};
use orion_testkit::{Client, TestPlatform, eventually};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

/// A cache that only counts how often it is asked whether it is there.
#[derive(Default)]
struct Asked(AtomicU32);

#[async_trait]
impl CacheBackend for Asked {
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(None)
    }

    async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
        Ok(())
    }

    async fn delete(&self, _: &str) -> Result<(), CacheError> {
        Ok(())
    }

    async fn increment(&self, _: &str, _: Duration) -> Result<u64, CacheError> {
        Ok(0)
    }

    async fn ping(&self) -> Result<(), CacheError> {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn size(&self) -> Option<(u64, u64)> {
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_probe_servers_are_asked_once_a_second_and_draining_shows_at_once() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let mut infra = node.infra(ServiceName::Gateway).await;
    let asked = Arc::new(Asked::default());
    infra.cache = Cache::new(asked.clone(), "test".to_owned(), &Metrics::new(ServiceName::Gateway));
    let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
    let context = Context::new(infra.clone(), Identity::new(infra, party), &ProcessState::default());
    join_all((0..100).map(|_| readiness(&context))).await;
    assert_eq!(asked.0.load(Ordering::SeqCst), 1);
    node.clock.advance(Duration::from_secs(1));
    assert_eq!(readiness(&context).await.status, ReadyStatus::NotReady, "nothing is known of identities");
    assert_eq!(asked.0.load(Ordering::SeqCst), 2);
    context.drain();
    assert_eq!(readiness(&context).await.status, ReadyStatus::Draining);
    assert_eq!(asked.0.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_is_alive_ready_and_says_what_it_depends_on() {
    let orion = TestPlatform::start().await;
    for service in ServiceName::ALL {
        let client = Client::new(orion.service_url(service));
        client.get("/livez").await.expect(200);
        client.get("/readyz").await.expect(200);
        let readiness: Readiness = client.get("/readyz?verbose").await.json();
        assert_eq!((readiness.service, readiness.status), (service, ReadyStatus::Ready));
        let names: Vec<_> = readiness.checks.iter().map(|check| check.name.as_str()).collect();
        let own: &[_] = if service == ServiceName::Gateway { &["routes", "gateway document"] } else { &[] };
        let all = ["database", "cache", "bus", "events", "identity", "tasks", "settings", "files"];
        assert_eq!(names, [&all, own].concat());
    }
    let edge = orion.anonymous();
    edge.get("/livez").await.expect(200);
    edge.get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_dashboards_ask_for_is_there_from_the_start() {
    let orion = TestPlatform::start().await;
    for service in ServiceName::ALL {
        let text = Client::new(orion.service_url(service)).get("/metrics").await.expect(200).text;
        let value = |series: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<f64>().ok()).unwrap_or_else(|| panic!("{service} lacks {series}"))
        };
        for peer in ServiceName::ALL.into_iter().filter(|peer| *peer != service) {
            let labels = format!("{{circuit=\"{peer}\",service=\"{service}\"}}");
            assert_eq!(value(&format!("circuit_breaker_state{labels}")), 0.0);
            assert_eq!(value(&format!("circuit_breaker_failures_total{labels}")), 0.0);
        }
        let own = format!("{{service=\"{service}\"}}");
        assert!(value(&format!("process_resident_memory_bytes{own}")) > 1_000_000.0);
        assert!(value(&format!("process_cpu_seconds_total{own}")) > 0.0);
        for name in ["cache_hits_total", "cache_misses_total"] {
            value(&format!("{name}{own}"));
        }
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(value(&format!("orion_build_info{{service=\"{service}\",version=\"{version}\"}}")), 1.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_request_id_is_the_same_in_the_header_and_in_the_problem() {
    let orion = TestPlatform::start().await;
    let request = orion.anonymous().request("GET", "/api/v1/users/me").header("x-request-id", "a.1");
    let answer = orion_testkit::Answer::of(request).await.expect(401);
    assert_eq!(answer.header("x-request-id").as_deref(), Some("a.1"));
    assert_eq!(answer.value()["request_id"], "a.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_not_ready_while_one_of_its_tasks_waits_to_be_started_again() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Gateway).await;
    let party = TokenParty { issuer: "test".to_owned(), audience: "test".to_owned() };
    let context = Context::new(infra.clone(), Identity::new(infra.clone(), party), &ProcessState::default());
    let starts = Arc::new(AtomicU32::new(0));
    let fragile = Task::new("fragile", {
        let starts = starts.clone();
        move |stop| {
            let first = starts.fetch_add(1, Ordering::SeqCst) == 0;
            async move { if first { panic!("a defect") } else { stop.cancelled().await } }
        }
    });
    let tasks = vec![fragile];
    let service = Service { tasks, ..Service::new(context.clone(), OpenApiRouter::new) };
    let _running = server::start(service, &node.config.server);
    let tasks = || async {
        let checks = readiness(&context).await.checks;
        checks.into_iter().find(|check| check.name == "tasks").unwrap()
    };
    let down = eventually("a failed check", || async { Some(tasks().await).filter(|check| !check.ok) }).await;
    assert!(down.required);
    assert_eq!(down.detail.as_deref(), Some("waiting to be started again: fragile panicked: a defect"));
    node.clock.advance(Duration::from_secs(1));
    eventually("a good check", || async { Some(tasks().await).filter(|check| check.ok) }).await;
    assert_eq!(starts.load(Ordering::SeqCst), 2);
    assert!(infra.metrics.render().contains("background_task_restarts_total{service=\"gateway\",task=\"fragile\"} 1"));
}
