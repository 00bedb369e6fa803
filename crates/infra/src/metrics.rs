//! One metrics registry per service, also when five share a process; every metric carries the label `service`.

mod process;

use orion_contracts::ServiceName;
use process::ProcessMetrics;
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::sync::{Arc, OnceLock};

/// Upper bounds of latency histograms, in seconds.
pub const LATENCY_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of size histograms, in bytes.
pub const SIZE_BUCKETS: &[f64] = &[128.0, 512.0, 2048.0, 8192.0, 32_768.0, 131_072.0, 524_288.0, 2_097_152.0];

/// The HTTP metrics of a service. The gateway's edge and its pages share them.
#[derive(Clone)]
pub struct HttpMetrics {
    /// Requests, by method, route and status.
    pub requests: IntCounterVec,
    /// Seconds to the end of the answer, by method, route and status.
    pub duration: HistogramVec,
    /// Bytes of request bodies, by method and route.
    pub request_size: HistogramVec,
    /// Bytes of answer bodies, by method and route.
    pub response_size: HistogramVec,
}

impl HttpMetrics {
    /// Registers them.
    pub fn new(metrics: &Metrics) -> Self {
        let labels = &["method", "route", "status"];
        let (name, help) = ("http_request_duration_seconds", "How long HTTP requests take.");
        let size = |name, help| metrics.histogram(name, help, &labels[..2], SIZE_BUCKETS);
        Self {
            requests: metrics.counter("http_requests_total", "HTTP requests.", labels),
            duration: metrics.histogram(name, help, labels, LATENCY_BUCKETS),
            request_size: size("http_request_size_bytes", "Size of request bodies."),
            response_size: size("http_response_size_bytes", "Size of answer bodies."),
        }
    }
}

/// Counters of what is looked up in a cache.
#[derive(Clone)]
pub struct CacheLookups {
    /// Values that were found.
    pub hits: IntCounter,
    /// Values that were not.
    pub misses: IntCounter,
}

impl CacheLookups {
    /// Registers them, once for a service.
    pub fn new(metrics: &Metrics) -> Self {
        let counter = |name, help| metrics.counter(name, help, &[]).with_label_values::<&str>(&[]);
        Self {
            hits: counter("cache_hits_total", "Values found in the cache."),
            misses: counter("cache_misses_total", "Values not found."),
        }
    }
}

/// A service's registry.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    process: ProcessMetrics,
    service: ServiceName,
    circuits: Arc<OnceLock<CircuitMetrics>>,
}

/// The breakers of a process, whoever they protect from.
#[derive(Clone)]
pub struct CircuitMetrics {
    /// 0 closed, 1 half-open, 2 open.
    pub state: IntGaugeVec,
    /// Failures that they have seen.
    pub failures: IntCounterVec,
}

impl Metrics {
    /// An empty registry for the service.
    pub fn new(service: ServiceName) -> Self {
        let registry = Registry::new();
        let process = ProcessMetrics::new(service, &registry);
        Self { registry, process, service, circuits: Arc::default() }
    }

    /// The registry itself, for code that makes its own metrics.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    fn options(&self, name: &str, help: &str) -> Opts {
        options(self.service, name, help)
    }

    fn register<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>, name: &str) -> C {
        register(&self.registry, made, name)
    }

    /// A counter with labels.
    pub fn counter(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(self.options(name, help), labels), name)
    }

    /// A gauge.
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::with_opts(self.options(name, help)), name)
    }

    /// A gauge with labels.
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(self.options(name, help), labels), name)
    }

    /// A histogram with labels.
    pub fn histogram(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        let options = HistogramOpts { common_opts: self.options(name, help), buckets: buckets.to_vec() };
        self.register(HistogramVec::new(options, labels), name)
    }

    /// The metrics of breakers, by the name of what they protect from; the same for all who ask.
    pub fn circuits(&self) -> CircuitMetrics {
        let make = || CircuitMetrics {
            state: self.gauges("circuit_breaker_state", "0 closed, 1 half-open, 2 open.", &["circuit"]),
            failures: self.counter("circuit_breaker_failures_total", "Failures seen by the breaker.", &["circuit"]),
        };
        self.circuits.get_or_init(make).clone()
    }

    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.process.look();
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

fn options(service: ServiceName, name: &str, help: &str) -> Opts {
    Opts::new(name, help).const_label("service", service.as_str())
}

/// Registers a collector. Registering a name twice is a defect that is logged, not a reason to stop.
fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>, name: &str) -> C {
    let collector = made.unwrap_or_else(|error| unreachable!("metric {name} is declared wrongly: {error}"));
    if let Err(error) = registry.register(Box::new(collector.clone())) {
        tracing::error!(metric = name, %error, "metric registered twice");
    }
    collector
}
