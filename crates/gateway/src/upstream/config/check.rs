//! What bounds cannot say of an upstream, and the bounds themselves where no schema was asked.

use super::{Balance, DnsConfig, EndpointConfig, MAX_ENDPOINTS, UpstreamConfig};
use crate::upstream::endpoint::Place;
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use std::ops::RangeInclusive;

/// Faults, by their keys below one place.
struct Faults<'a> {
    at: &'a str,
    found: Vec<ConfigFault>,
}

impl Faults<'_> {
    fn add(&mut self, key: &str, code: FieldCode, message: impl Into<String>) {
        let key = if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) };
        self.found.push(ConfigFault::new(key, code, message));
    }

    fn range(&mut self, key: &str, number: u64, bounds: RangeInclusive<u64>) {
        if !bounds.contains(&number) {
            let message = format!("must be from {} to {}", bounds.start(), bounds.end());
            self.add(key, FieldCode::OutOfRange, message);
        }
    }
}

impl UpstreamConfig {
    /// All that is wrong with it. `at` is its own key, such as `gateway.upstreams[2]`, or empty.
    pub fn check(&self, at: &str) -> Vec<ConfigFault> {
        let mut faults = Faults { at, found: Vec::new() };
        let is_named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if self.name.is_empty() {
            faults.add("name", FieldCode::Required, "must be there");
        } else if self.name.len() > 64 || !self.name.bytes().all(is_named) {
            faults.add("name", FieldCode::Invalid, "must have 1 to 64 letters, digits, -, _ and .");
        }
        self.check_endpoints(&mut faults);
        match (self.balance, &self.hash_by) {
            (Balance::ConsistentHash, None) => faults.add(
                "hash_by",
                FieldCode::Required,
                "must be there, because balance is \"consistent_hash\": \"header:NAME\", \"cookie:NAME\" or \"address\"",
            ),
            (Balance::ConsistentHash, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                faults.add("hash_by", FieldCode::Invalid, "belongs to balance = \"consistent_hash\" alone; remove it");
            }
        }
        self.check_tls(&mut faults);
        self.check_health(&mut faults);
        self.check_bounds(&mut faults);
        faults.found
    }

    fn check_endpoints(&self, faults: &mut Faults<'_>) {
        if let Some(dns) = &self.dns {
            self.check_dns(dns, faults);
        } else if self.endpoints.is_empty() {
            faults.add(
                "endpoints",
                FieldCode::Required,
                "must have at least one, such as { url = \"http://10.0.0.7:8080\" }, unless there is dns",
            );
        }
        if self.endpoints.len() > MAX_ENDPOINTS {
            faults.add("endpoints", FieldCode::TooLong, format!("must be at most {MAX_ENDPOINTS}"));
            return;
        }
        let mut first: Option<Place> = None;
        let mut seen = ahash::AHashMap::new();
        for (index, EndpointConfig { url, weight }) in self.endpoints.iter().enumerate() {
            faults.range(&format!("endpoints[{index}].weight"), u64::from(*weight), 1..=1000);
            let key = format!("endpoints[{index}].url");
            let place = match Place::of_url(url) {
                Ok(place) => place,
                Err(message) => {
                    faults.add(&key, FieldCode::Invalid, message);
                    continue;
                }
            };
            if let Some(first) = &first {
                if place.is_tls != first.is_tls {
                    faults.add(
                        &key,
                        FieldCode::Invalid,
                        "must have the scheme of the first: all are http:// or all https://",
                    );
                }
                if place.base != first.base {
                    let base = if first.base.is_empty() { "none" } else { &first.base };
                    faults.add(&key, FieldCode::Invalid, format!("must have the base path of the first ({base})"));
                }
            }
            if let Some(other) = seen.insert(place.address.clone(), index) {
                faults.add(
                    &key,
                    FieldCode::Repeated,
                    format!("endpoints[{other}] is the same place: give it a weight"),
                );
            }
            first.get_or_insert(place);
        }
    }

    fn check_dns(&self, dns: &DnsConfig, faults: &mut Faults<'_>) {
        if !self.endpoints.is_empty() {
            faults.add("endpoints", FieldCode::Invalid, "must be empty, because DNS knows them; or remove dns");
        }
        if let Err(message) = Place::of_url(&dns.url) {
            faults.add("dns.url", FieldCode::Invalid, message);
        }
        let is_name = |name: &String| {
            let is_label = |label: &str| {
                !label.is_empty() && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_graphic())
            };
            name.len() <= 255 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
        };
        if dns.service.as_ref().is_some_and(|name| !is_name(name)) {
            faults.add("dns.service", FieldCode::Invalid, "must be a name such as _shop._tcp.internal");
        }
        faults.range("dns.refresh_ms", dns.refresh_ms, 1000..=super::LONGEST);
        faults.range("dns.keep_ms", dns.keep_ms, 1000..=super::LONGEST);
        faults.range("dns.keep_empty_ms", dns.keep_empty_ms, 0..=super::LONGEST);
    }

    fn check_tls(&self, faults: &mut Faults<'_>) {
        let mut urls = self.endpoints.iter().map(|endpoint| &endpoint.url).chain(self.dns.iter().map(|dns| &dns.url));
        let is_https = urls.any(|url| url.scheme() == "https");
        if !is_https && !self.tls.is_default() {
            faults.add("tls", FieldCode::Invalid, "belongs to https:// endpoints; remove it, or write them so");
        }
        if self.tls.ca_file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            faults.add("tls.ca_file", FieldCode::Required, "must name a file, or be absent");
        }
        if self.tls.server_name.as_ref().is_some_and(|name| url::Host::parse(name).is_err() || name.len() > 253) {
            faults.add("tls.server_name", FieldCode::Invalid, "must be the name of a host");
        }
    }

    fn check_health(&self, faults: &mut Faults<'_>) {
        let Some(health) = &self.health else { return };
        let is_path =
            health.path.starts_with('/') && health.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_path || health.path.len() > 1024 {
            faults.add("health.path", FieldCode::Invalid, "must be a path, such as /livez, of 1,024 bytes at most");
        }
        if health.statuses.is_empty() || health.statuses.len() > 16 {
            faults.add(
                "health.statuses",
                FieldCode::Invalid,
                "must name 1 to 16 statuses or ranges, such as \"200-299\"",
            );
        }
        if health.timeout_ms > health.interval_ms {
            faults.add("health.timeout_ms", FieldCode::OutOfRange, "must be at most interval_ms");
        }
        faults.range("health.interval_ms", health.interval_ms, 100..=super::LONGEST);
        faults.range("health.timeout_ms", health.timeout_ms, 1..=60_000);
        faults.range("health.healthy", health.healthy.into(), 1..=100);
        faults.range("health.unhealthy", health.unhealthy.into(), 1..=100);
        faults.range("health.jitter_percent", health.jitter_percent.into(), 0..=100);
    }

    fn check_bounds(&self, faults: &mut Faults<'_>) {
        const LONGEST: u64 = super::LONGEST;
        let (outliers, breaker, budget) = (&self.outliers, &self.breaker, &self.retry_budget);
        let numbers = [
            ("slow_start_ms", self.slow_start_ms, 0..=LONGEST),
            ("connect_ms", self.connect_ms.unwrap_or(1), 1..=3_600_000),
            ("idle_ms", self.idle_ms, 0..=LONGEST),
            ("max_requests_per_connection", self.max_requests_per_connection.into(), 0..=1_000_000_000),
            ("panic_percent", self.panic_percent.into(), 0..=100),
            ("max_requests", self.max_requests.into(), 0..=1_000_000),
            ("max_queued", self.max_queued.into(), 0..=100_000),
            ("queue_ms", self.queue_ms, 1..=3_600_000),
            ("outliers.consecutive_failures", outliers.consecutive_failures.into(), 0..=10_000),
            ("outliers.failure_percent", outliers.failure_percent.into(), 0..=100),
            ("outliers.minimum_requests", outliers.minimum_requests.into(), 1..=1_000_000),
            ("outliers.window_ms", outliers.window_ms, 1000..=3_600_000),
            ("outliers.ejection_ms", outliers.ejection_ms, 1..=LONGEST),
            ("outliers.max_ejection_ms", outliers.max_ejection_ms, 1..=LONGEST),
            ("outliers.max_ejected_percent", outliers.max_ejected_percent.into(), 0..=100),
            ("breaker.minimum_requests", breaker.minimum_requests.into(), 1..=1_000_000),
            ("breaker.window_ms", breaker.window_ms, 100..=3_600_000),
            ("breaker.failure_percent", breaker.failure_percent.into(), 0..=100),
            ("breaker.consecutive_failures", breaker.consecutive_failures.into(), 0..=1_000_000),
            ("breaker.slow_ms", breaker.slow_ms, 0..=LONGEST),
            ("breaker.slow_percent", breaker.slow_percent.into(), 1..=100),
            ("breaker.open_ms", breaker.open_ms, 1..=LONGEST),
            ("breaker.half_open_requests", breaker.half_open_requests.into(), 1..=10_000),
            ("breaker.half_open_ms", breaker.half_open_ms, 1..=LONGEST),
            ("retry_budget.percent", budget.percent.into(), 0..=1000),
            ("retry_budget.minimum_per_second", budget.minimum_per_second.into(), 0..=100_000),
        ];
        for (key, number, bounds) in numbers {
            faults.range(key, number, bounds);
        }
        if outliers.max_ejection_ms < outliers.ejection_ms {
            faults.add("outliers.max_ejection_ms", FieldCode::OutOfRange, "must be at least ejection_ms");
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
