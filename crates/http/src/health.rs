//! `/livez`, `/readyz`, `/metrics`.

use crate::service::Context;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use http::{StatusCode, header};
use orion_contracts::health::{DependencyCheck, Readiness, ReadyStatus};
use orion_infra::Infra;
use prometheus::IntGauge;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(1);
/// For how long an answer of the servers outside is good enough: however many ask, they are asked once in this time.
const FRESH: Duration = Duration::from_secs(1);

/// When the servers outside were looked at (monotonic), and how they were.
pub(crate) type Probes = Mutex<Option<(Duration, [DependencyCheck; 3])>>;

/// The operational endpoints of a service.
pub fn routes(context: Context) -> Router {
    let gauges = Arc::new(Gauges::new(&context.infra));
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(move |State(context): State<Context>| async move { metrics(&context.infra, &gauges) }))
        .with_state(context)
}

async fn readyz(State(context): State<Context>, Query(query): Query<HashMap<String, String>>) -> Response {
    let readiness = readiness(&context).await;
    let status = if readiness.status == ReadyStatus::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if query.contains_key("verbose") {
        return (status, Json(readiness)).into_response();
    }
    (status, if status == StatusCode::OK { "ready\n" } else { "not ready\n" }).into_response()
}

/// How all is that a service depends on; servers outside at most a second ago.
pub async fn readiness(context: &Context) -> Readiness {
    let infra = &context.infra;
    let [database, cache, events] = outside(context).await;
    let bus = check(infra, "bus", false, async {
        if infra.bus.is_healthy() { Ok(()) } else { Err("no heartbeat; revocations are polled".to_owned()) }
    });
    let identity = check(infra, "identity", true, async { context.identity.check() });
    let tasks = check(infra, "tasks", true, async { context.tasks.check() });
    // It does its work without them, as it was started.
    let settings = check(infra, "settings", false, async { context.settings.check() });
    let files = check(infra, "files", false, infra.objects.check());
    let mut checks = vec![database, cache, bus.await, events, identity.await, tasks.await, settings.await, files.await];
    for own in context.own_checks() {
        checks.push(check(infra, own.name, own.required, async { (own.probe)() }).await);
    }
    let status = if context.is_draining() {
        ReadyStatus::Draining
    } else if checks.iter().all(|check| check.ok || !check.required) {
        ReadyStatus::Ready
    } else {
        ReadyStatus::NotReady
    };
    Readiness {
        service: infra.service,
        instance: infra.instance,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        status,
        checks,
    }
}

/// Database, cache and broker. Whoever comes while they are being asked waits for the same answer.
async fn outside(context: &Context) -> [DependencyCheck; 3] {
    let infra = &context.infra;
    let mut latest = context.probes.lock().await;
    let now = infra.clock.monotonic();
    if let Some((_, checks)) = latest.as_ref().filter(|(taken_at, _)| now.saturating_sub(*taken_at) < FRESH) {
        return checks.clone();
    }
    let (database, cache, events) = tokio::join!(
        check(infra, "database", true, infra.db.check()),
        check(infra, "cache", false, async { infra.cache.ping().await.map_err(|error| error.to_string()) }),
        check(infra, "events", false, infra.events.transport().check()),
    );
    let checks = [database, cache, events];
    *latest = Some((infra.clock.monotonic(), checks.clone()));
    checks
}

async fn check(
    infra: &Infra,
    name: &str,
    required: bool,
    probe: impl Future<Output = Result<(), String>>,
) -> DependencyCheck {
    let started = infra.clock.monotonic();
    let outcome = tokio::time::timeout(LIMIT, probe).await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    let duration = infra.clock.monotonic() - started;
    DependencyCheck {
        name: name.to_owned(),
        ok: outcome.is_ok(),
        required,
        detail: outcome.err(),
        duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Gauges whose values are read when somebody asks.
struct Gauges {
    active: IntGauge,
    idle: IntGauge,
    max: IntGauge,
    cache_keys: IntGauge,
    cache_bytes: IntGauge,
}

impl Gauges {
    fn new(infra: &Infra) -> Self {
        let gauge = |name, help| infra.metrics.gauge(name, help);
        Self {
            active: gauge("db_connection_pool_active", "Database connections at work."),
            idle: gauge("db_connection_pool_idle", "Database connections open and free."),
            max: gauge("db_connection_pool_max", "Database connections at most."),
            cache_keys: gauge("cache_keys_total", "Keys in this process's cache."),
            cache_bytes: gauge("cache_memory_usage_bytes", "Bytes in this process's cache."),
        }
    }
}

fn metrics(infra: &Infra, gauges: &Gauges) -> Response {
    let pool = infra.db.pool_state();
    gauges.active.set(pool.active.into());
    gauges.idle.set(pool.idle.into());
    gauges.max.set(pool.max.into());
    if let Some((keys, bytes)) = infra.cache.size() {
        gauges.cache_keys.set(keys.cast_signed());
        gauges.cache_bytes.set(bytes.cast_signed());
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], infra.metrics.render()).into_response()
}
