//! One place where an upstream is served, and what all cores know of it.

use super::config::EndpointConfig;
use super::latency::PeakEwma;
use super::millis;
use super::window::Window;
use arc_swap::ArcSwapOption;
use http::HeaderValue;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use url::Url;

/// An endpoint in this process. One that goes and comes back has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(u64);

impl EndpointId {
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Where an endpoint is: its URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `host:port`, where connections go.
    pub address: Arc<str>,
    /// The host without its port, for which certificates are verified; an IPv6 address has no brackets.
    pub host_name: Arc<str>,
    /// The Host that it is sent.
    pub host: HeaderValue,
    /// What its paths start with; empty, or without a slash at its end.
    pub base: String,
    /// Whether it is spoken to by TLS.
    pub is_tls: bool,
}

impl Place {
    /// The place of an `http` or `https` URL without user, query and fragment; else what is wrong with it.
    pub fn of_url(url: &Url) -> Result<Self, &'static str> {
        let is_tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err("must be an http:// or https:// URL"),
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("must have neither user, query nor fragment");
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("must name a host")?;
        // Port 0 is one that a service of ORION's has not been given yet, where a configuration is looked at only.
        let port = url.port_or_known_default().unwrap_or(80);
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self {
            address: format!("{host}:{port}").into(),
            host_name: host.trim_matches(['[', ']']).into(),
            host: HeaderValue::from_str(&authority).map_err(|_| "must name a host")?,
            base: url.path().trim_end_matches('/').to_owned(),
            is_tls,
        })
    }
}

impl Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}{}", if self.is_tls { "https" } else { "http" }, self.address, self.base)
    }
}

/// An endpoint as configuration or discovery names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSpec {
    /// Where it is. What discovery finds has an address of its own, and the host name that was looked up.
    pub place: Place,
    /// Its share beside the others, at least 1.
    pub weight: u32,
}

impl EndpointSpec {
    /// One of the configuration; else what is wrong with its URL.
    pub fn of_config(config: &EndpointConfig) -> Result<Self, &'static str> {
        Ok(Self { place: Place::of_url(&config.url)?, weight: config.weight })
    }
}

/// What probes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Probed {
    /// Nothing yet, or nobody asks.
    Unknown,
    /// It is well.
    Healthy,
    /// It is not.
    Failing,
}

/// An endpoint of a cluster.
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where it is.
    pub place: Place,
    /// The same in all processes, for the ring of consistent hashing.
    pub(super) hash: u64,
    pub(super) hot: Hot,
    pub(super) health: Health,
}

/// What every request writes, on cache lines that nothing else is on.
#[repr(align(128))]
pub(super) struct Hot {
    pub(super) in_flight: AtomicU32,
    pub(super) failed_in_a_row: AtomicU32,
    pub(super) latency: PeakEwma,
    pub(super) good: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) cancelled: AtomicU64,
    /// What became of the last requests, for outlier detection.
    pub(super) window: Window,
}

/// What every pick reads, and is rarely written.
#[repr(align(128))]
pub(super) struct Health {
    probed: AtomicU8,
    /// Until when it is left out, in milliseconds; zero for never yet.
    pub(super) ejected_until: AtomicU64,
    /// How often in a row it was left out, by the last time.
    pub(super) ejections: AtomicU32,
    /// Since when it takes part: when it came, or was well again, in milliseconds; zero for from the beginning.
    since: AtomicU64,
    /// Why probes say that it fails.
    reason: ArcSwapOption<String>,
}

impl Endpoint {
    /// An endpoint that comes now; zero for one that is there from the beginning, and needs no slow start.
    pub(super) fn new(place: Place, now: Duration, window: Duration) -> Self {
        let hash = super::hash_key(format!("{}{}", place.address, place.base).as_bytes());
        let hot = Hot {
            in_flight: AtomicU32::new(0),
            failed_in_a_row: AtomicU32::new(0),
            latency: PeakEwma::default(),
            good: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            window: Window::new(window),
        };
        let health = Health {
            probed: AtomicU8::new(Probed::Unknown as u8),
            ejected_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            since: AtomicU64::new(millis(now)),
            reason: ArcSwapOption::empty(),
        };
        Self { id: EndpointId::next(), place, hash, hot, health }
    }

    /// Requests that are under way there.
    pub fn in_flight(&self) -> u32 {
        self.hot.in_flight.load(Ordering::Relaxed)
    }

    /// Whether requests may go there: probes do not say that it fails, and it is not left out.
    pub fn is_well(&self, now: Duration) -> bool {
        self.is_well_at(millis(now))
    }

    pub(super) fn is_well_at(&self, now: u64) -> bool {
        self.health.probed.load(Ordering::Relaxed) != Probed::Failing as u8
            && self.health.ejected_until.load(Ordering::Relaxed) <= now
    }

    /// What probes say of it.
    pub(super) fn probed(&self) -> Probed {
        match self.health.probed.load(Ordering::Relaxed) {
            1 => Probed::Healthy,
            2 => Probed::Failing,
            _ => Probed::Unknown,
        }
    }

    /// Why probes say that it fails.
    pub(super) fn reason(&self) -> Option<Arc<String>> {
        self.health.reason.load_full()
    }

    /// Takes down that probes found it well. One that was failing gets its load slowly.
    pub fn set_healthy(&self, now: Duration) {
        self.health.reason.store(None);
        if self.health.probed.swap(Probed::Healthy as u8, Ordering::Relaxed) == Probed::Failing as u8 {
            self.health.since.store(millis(now), Ordering::Relaxed);
        }
    }

    /// Forgets what probes have found.
    pub(super) fn set_unknown(&self) {
        self.health.reason.store(None);
        self.health.probed.store(Probed::Unknown as u8, Ordering::Relaxed);
    }

    /// Takes down that probes found it failing, and why.
    pub fn set_failing(&self, reason: String) {
        self.health.reason.store(Some(Arc::new(reason)));
        self.health.probed.store(Probed::Failing as u8, Ordering::Relaxed);
    }

    /// Since when it takes part, in milliseconds; zero for from the beginning.
    pub(super) fn since(&self, now: u64) -> u64 {
        let back = Some(self.health.ejected_until.load(Ordering::Relaxed)).filter(|until| *until <= now);
        self.health.since.load(Ordering::Relaxed).max(back.unwrap_or(0))
    }
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
