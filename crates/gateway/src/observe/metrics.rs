//! The HTTP metrics of the gateway. Each core counts for itself and adds to the shared series once a second.

use super::Outcome;
use ahash::AHashMap;
use http::Method;
use orion_infra::Metrics;
use orion_infra::metrics::{CacheLookups, HttpMetrics};
use prometheus::core::{AtomicU64, GenericLocalCounter};
use prometheus::local::LocalHistogram;
use prometheus::{IntCounter, IntCounterVec};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// The series of all cores.
#[derive(Clone)]
pub struct RequestMetrics {
    requests: HttpMetrics,
    exchanges: IntCounterVec,
    tokens: CacheLookups,
    /// Lines of the access log that were dropped because their reader was too slow.
    pub access_log_dropped: IntCounter,
    /// Connections that were turned away because there were too many.
    pub connections_refused: IntCounter,
}

impl RequestMetrics {
    /// Registers the gateway's own; the usual ones are the service's. `tokens` counts what is looked up in the cores'
    /// memories of tokens.
    pub fn new(metrics: &Metrics, requests: HttpMetrics, tokens: CacheLookups) -> Self {
        let plain = |name, help| metrics.counter(name, help, &[]).with_label_values::<&str>(&[]);
        let help = "Exchanges by how they ended: complete, refused, or by whose fault they did not.";
        Self {
            requests,
            exchanges: metrics.counter("gateway_exchanges_total", help, &["route", "outcome"]),
            tokens,
            access_log_dropped: plain("gateway_access_log_dropped_total", "Access log lines dropped"),
            connections_refused: plain("gateway_connections_refused_total", "Connections turned away"),
        }
    }
}

struct Series {
    exchanges: GenericLocalCounter<AtomicU64>,
    requests: GenericLocalCounter<AtomicU64>,
    duration: LocalHistogram,
    request_size: LocalHistogram,
    response_size: LocalHistogram,
}

/// Which series a request belongs to. `route` and `version` are the route's number and the version of its table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    route: usize,
    version: u64,
    method: u8,
    status: u16,
    outcome: Outcome,
}

/// What is counted of one request.
pub struct Observed<'a> {
    /// The route's number in its table; `usize::MAX` for none.
    pub route: usize,
    /// The version of the table.
    pub version: u64,
    /// The route's name.
    pub name: &'a str,
    /// The request's method.
    pub method: &'a Method,
    /// The answer's status.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
    /// Bytes of the request's body.
    pub received: u64,
    /// Bytes of the answer's body.
    pub sent: u64,
}

/// One core's counts.
pub struct CoreMetrics {
    shared: RequestMetrics,
    series: RefCell<AHashMap<Key, Rc<Series>>>,
}

/// Series that a core keeps at hand; more than there are, unless routes change often.
const MAX_SERIES: usize = 4096;

impl CoreMetrics {
    /// Counts of a core, none yet.
    pub fn new(shared: RequestMetrics) -> Self {
        Self { shared, series: RefCell::default() }
    }

    /// Counts a request.
    pub fn observe(&self, observed: &Observed<'_>) {
        let (number, label) = method(observed.method);
        let Observed { route, version, status, outcome, .. } = *observed;
        let key = Key { route, version, method: number, status, outcome };
        let mut all = self.series.borrow_mut();
        let series = match all.get(&key) {
            Some(series) => series,
            None => {
                if all.len() >= MAX_SERIES {
                    all.values().for_each(|series| series.flush());
                    all.clear();
                }
                all.entry(key).or_insert(Rc::new(self.resolve(label, observed)))
            }
        };
        series.exchanges.inc();
        series.requests.inc();
        series.duration.observe(observed.duration.as_secs_f64());
        series.request_size.observe(observed.received as f64);
        series.response_size.observe(observed.sent as f64);
    }

    fn resolve(&self, method: &str, observed: &Observed<'_>) -> Series {
        let mut buffer = [0; 3];
        let status = status_text(observed.status, &mut buffer);
        let shared = &self.shared.requests;
        let outcome = observed.outcome.name();
        Series {
            exchanges: self.shared.exchanges.with_label_values(&[observed.name, outcome]).local(),
            requests: shared.requests.with_label_values(&[method, observed.name, status]).local(),
            duration: shared.duration.with_label_values(&[method, observed.name, status]).local(),
            request_size: shared.request_size.with_label_values(&[method, observed.name]).local(),
            response_size: shared.response_size.with_label_values(&[method, observed.name]).local(),
        }
    }

    /// Counts look-ups of tokens: found, and not found.
    pub fn looked_up(&self, (hits, misses): (u64, u64)) {
        self.shared.tokens.hits.inc_by(hits);
        self.shared.tokens.misses.inc_by(misses);
    }

    /// Adds this core's counts to the shared series.
    pub fn flush(&self) {
        self.series.borrow().values().for_each(|series| series.flush());
    }
}

impl Series {
    fn flush(&self) {
        self.exchanges.flush();
        self.requests.flush();
        self.duration.flush();
        self.request_size.flush();
        self.response_size.flush();
    }
}

/// A method's number and label. Methods that anybody may invent are all `other`.
fn method(method: &Method) -> (u8, &'static str) {
    match method.as_str() {
        "GET" => (0, "GET"),
        "POST" => (1, "POST"),
        "PUT" => (2, "PUT"),
        "PATCH" => (3, "PATCH"),
        "DELETE" => (4, "DELETE"),
        "HEAD" => (5, "HEAD"),
        "OPTIONS" => (6, "OPTIONS"),
        _ => (7, "other"),
    }
}

/// A status as three digits. An upstream's invented one is told by its class.
fn status_text(status: u16, buffer: &mut [u8; 3]) -> &str {
    let known = http::StatusCode::from_u16(status).is_ok_and(|status| status.canonical_reason().is_some());
    let status = if known { status } else { status / 100 * 100 };
    *buffer = [(status / 100 % 10) as u8 + b'0', (status / 10 % 10) as u8 + b'0', (status % 10) as u8 + b'0'];
    std::str::from_utf8(buffer).unwrap_or("000")
}

#[cfg(test)]
mod tests {
    use super::{CoreMetrics, Observed, Outcome, RequestMetrics};
    use http::Method;
    use orion_contracts::ServiceName;
    use orion_infra::Metrics;
    use orion_infra::metrics::{CacheLookups, HttpMetrics};
    use std::time::Duration;

    #[test]
    fn what_two_cores_counted_is_added_up_and_invented_methods_share_a_label() {
        let metrics = Metrics::new(ServiceName::Gateway);
        let shared = RequestMetrics::new(&metrics, HttpMetrics::new(&metrics), CacheLookups::new(&metrics));
        let cores = [CoreMetrics::new(shared.clone()), CoreMetrics::new(shared)];
        for (core, method) in [(0, "GET"), (1, "GET"), (1, "BREW"), (0, "CONJURE")] {
            cores[core].observe(&Observed {
                route: 0,
                version: 0,
                name: "shop",
                method: &Method::from_bytes(method.as_bytes()).expect("a method"),
                status: 200,
                outcome: Outcome::Complete,
                duration: Duration::from_millis(3),
                received: 0,
                sent: 1000,
            });
        }
        let shared = "http_requests_total{method=\"GET\",route=\"shop\",service=\"gateway\",status=\"200\"}";
        assert!(metrics.render().contains(&format!("{shared} 0")), "nothing is added before a flush");
        cores.iter().for_each(CoreMetrics::flush);
        let text = metrics.render();
        for line in [
            "http_requests_total{method=\"GET\",route=\"shop\",service=\"gateway\",status=\"200\"} 2",
            "http_requests_total{method=\"other\",route=\"shop\",service=\"gateway\",status=\"200\"} 2",
            "gateway_exchanges_total{outcome=\"complete\",route=\"shop\",service=\"gateway\"} 4",
            "http_response_size_bytes_sum{method=\"GET\",route=\"shop\",service=\"gateway\"} 2000",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
