//! An upstream: its endpoints, and all that is known of them.

use super::balance::{Member, Members, Rules};
use super::breaker::{Admitted, Breaker};
use super::bulkhead::{Bulkhead, Entry};
use super::changes::{Change, Changes};
use super::config::{BreakerConfig, MAX_ENDPOINTS, UpstreamConfig};
use super::endpoint::{Endpoint, EndpointSpec, Place};
use super::millis;
use super::outliers::Outliers;
use super::permit::{Admission, Ask, Inside, Queued, Refused};
use super::retry_budget::RetryBudget;
use super::tls::Tls;
use ahash::AHashMap;
use arc_swap::ArcSwap;
use orion_contracts::FieldCode;
use orion_contracts::upstreams::CircuitState;
use orion_infra::config::ConfigFault;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// An upstream of this process; all cores share it.
pub struct Cluster {
    name: Arc<str>,
    config: UpstreamConfig,
    changes: Changes,
    members: ArcSwap<Members>,
    breaker: Arc<Breaker>,
    bulkhead: Arc<Bulkhead>,
    retry_budget: Arc<RetryBudget>,
    outliers: Outliers,
    /// How its `https://` endpoints are verified.
    tls: Option<Tls>,
    /// The URL by which a route names it, where it has no name.
    url: Option<Url>,
    /// One change of the endpoints at a time.
    changing: Mutex<()>,
}

impl Cluster {
    /// The upstream of a configuration; or all that is wrong with it, by its keys below `at`.
    ///
    /// # Errors
    /// All that [`UpstreamConfig::check`] finds.
    pub fn of_config(config: &UpstreamConfig, at: &str, changes: &Changes) -> Result<Self, Vec<ConfigFault>> {
        Self::next(config, at, changes, None, Duration::ZERO)
    }

    /// An upstream of one endpoint, for a route that names a URL; its name is the endpoint's address.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn of_url(url: &Url, changes: &Changes) -> Result<Self, &'static str> {
        let place = Place::of_url(url)?;
        let name = place.address.to_string();
        // Who names a place and nothing else asks for nothing else: no breaker, no limit.
        let breaker = BreakerConfig { enabled: false, ..BreakerConfig::default() };
        let config = UpstreamConfig { name, max_requests: 0, breaker, ..UpstreamConfig::default() };
        let tls =
            if place.is_tls { Some(Tls::new(&config.tls).map_err(|_| "cannot be verified by TLS")?) } else { None };
        let specs = [EndpointSpec { place, weight: 1 }];
        Ok(Self { url: Some(url.clone()), ..Self::of_specs(&config, &specs, tls, changes, None, Duration::ZERO) })
    }

    /// What takes the place of `previous`, if there is one: the endpoints that stay are the same ones, and so is each part whose
    /// definition has not changed.
    pub(super) fn next(
        config: &UpstreamConfig,
        at: &str,
        changes: &Changes,
        previous: Option<&Self>,
        now: Duration,
    ) -> Result<Self, Vec<ConfigFault>> {
        let faults = config.check(at);
        if !faults.is_empty() {
            return Err(faults);
        }
        // What DNS has found holds for another definition that asks the same.
        let specs: Vec<_> = match previous {
            Some(previous) if config.dns.is_some() && previous.config.dns == config.dns => previous.specs(),
            _ => config.endpoints.iter().filter_map(|config| EndpointSpec::of_config(config).ok()).collect(),
        };
        let fault = |(key, message)| vec![ConfigFault::new(format!("{at}.{key}"), FieldCode::Invalid, message)];
        let tls = config.is_tls().then(|| Tls::new(&config.tls)).transpose().map_err(fault)?;
        Ok(Self::of_specs(config, &specs, tls, changes, previous, now))
    }

    fn of_specs(
        config: &UpstreamConfig,
        specs: &[EndpointSpec],
        tls: Option<Tls>,
        changes: &Changes,
        previous: Option<&Self>,
        now: Duration,
    ) -> Self {
        let name: Arc<str> = config.name.as_str().into();
        let breaker = previous.filter(|previous| *previous.breaker.config() == config.breaker);
        let limits = |config: &UpstreamConfig| (config.max_requests, config.max_queued);
        let bulkhead = previous.filter(|previous| limits(&previous.config) == limits(config));
        let budget = previous.filter(|previous| *previous.retry_budget.config() == config.retry_budget);
        // Who is verified otherwise is another endpoint: no connection of before may be used. Who is there from the beginning starts with
        // all of its load.
        let known = previous.filter(|previous| previous.config.tls == config.tls);
        let known = known.map(|previous| previous.members.load_full());
        let came = previous.map_or(Duration::ZERO, |_| now);
        let list = members(specs, known.as_deref(), config, came);
        Self {
            changes: changes.clone(),
            members: ArcSwap::from_pointee(Members::new(list, config.balance)),
            breaker: breaker.map_or_else(
                || {
                    let breaker = Breaker::new(name.clone(), config.breaker.clone(), changes.clone());
                    breaker.take_over(previous.map(|previous| &*previous.breaker));
                    Arc::new(breaker)
                },
                |previous| previous.breaker.clone(),
            ),
            bulkhead: bulkhead.map_or_else(
                || Bulkhead::new(config.max_requests, config.max_queued),
                |previous| previous.bulkhead.clone(),
            ),
            retry_budget: budget.map_or_else(
                || Arc::new(RetryBudget::new(config.retry_budget.clone())),
                |previous| previous.retry_budget.clone(),
            ),
            outliers: Outliers::new(config.outliers.clone()),
            changing: Mutex::new(()),
            tls,
            url: None,
            config: config.clone(),
            name,
        }
    }

    /// Its name, in metrics and logs.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its definition.
    pub fn config(&self) -> &UpstreamConfig {
        &self.config
    }

    /// What the paths of its endpoints start with; empty, or without a slash at its end.
    pub fn base(&self) -> &str {
        let configured = self.config.endpoints.first().map(|endpoint| &endpoint.url);
        let url = configured.or(self.config.dns.as_ref().map(|dns| &dns.url)).or(self.url.as_ref());
        url.map_or("", |url| url.path().trim_end_matches('/'))
    }

    /// How its `https://` endpoints are verified.
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Whether it is one that has no name, but is what a route's URL names.
    pub(super) fn is_at_url(&self) -> bool {
        self.url.is_some()
    }

    /// How many requests have failed at the endpoints that it has.
    pub fn failed(&self) -> u64 {
        self.members.load().list.iter().map(|member| member.endpoint.hot.failed.load(Ordering::Relaxed)).sum()
    }

    /// Its breaker.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Tells whoever listens.
    pub(super) fn tell(&self, change: Change) {
        self.changes.tell(change);
    }

    /// Its endpoints now.
    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        self.members.load().list.iter().map(|member| member.endpoint.clone()).collect()
    }

    fn specs(&self) -> Vec<EndpointSpec> {
        let members = self.members.load();
        let spec = |member: &Member| EndpointSpec { place: member.endpoint.place.clone(), weight: member.weight };
        members.list.iter().map(spec).collect()
    }

    pub(super) fn members(&self) -> Arc<Members> {
        self.members.load_full()
    }

    pub(super) fn bulkhead(&self) -> &Bulkhead {
        &self.bulkhead
    }

    pub(super) fn retry_budget(&self) -> &RetryBudget {
        &self.retry_budget
    }

    /// Replaces the endpoints by those that discovery found. Who stays keeps all that is known of it, whatever its weight is now; who
    /// comes starts slowly; what is under way at one that goes ends there. More than [`MAX_ENDPOINTS`] are not taken.
    pub fn set_endpoints(&self, specs: &[EndpointSpec], now: Duration) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.members.load_full();
        // The first ones are there from the beginning.
        let came = if known.list.is_empty() { Duration::ZERO } else { now };
        let list = members(&specs[..specs.len().min(MAX_ENDPOINTS)], Some(&known), &self.config, came);
        self.members.store(Arc::new(Members::new(list, self.config.balance)));
    }

    /// Lets a request go to this upstream, if its breaker is closed and there is room for it.
    ///
    /// # Errors
    /// The breaker is open, or there is no room, not even in the line.
    pub fn admit(self: &Arc<Self>, now: Duration) -> Result<Admission, Refused> {
        // Whoever would be refused does not stand in line.
        if let Some(retry_after) = self.breaker.refuses(millis(now)) {
            return Err(Refused::Open { retry_after });
        }
        match self.bulkhead.enter() {
            Entry::Taken => Inside::new(self.clone()).admit(now).map(Admission::Permit),
            Entry::Queued(in_line) => Ok(Admission::Queued(Queued { cluster: self.clone(), in_line })),
            Entry::Full => Err(Refused::Full),
        }
    }

    /// Asks the breaker for a request that has a place.
    pub(super) fn pass(&self, now: Duration) -> Result<Admitted, Refused> {
        let admitted = self.breaker.admit(millis(now)).map_err(|retry_after| Refused::Open { retry_after })?;
        self.retry_budget.came(millis(now));
        Ok(admitted)
    }

    /// Gives the place of a request back.
    pub(super) fn leave(&self) {
        self.bulkhead.leave();
    }

    pub(super) fn may_retry(&self, now: Duration) -> bool {
        self.breaker.circuit() == CircuitState::Closed && self.retry_budget.take(millis(now))
    }

    pub(super) fn choose(&self, ask: &Ask<'_>) -> Option<Arc<Endpoint>> {
        let members = self.members.load();
        let rules = Rules {
            now: ask.now,
            random: ask.random,
            key: ask.key,
            tried: ask.tried,
            panic_percent: self.config.panic_percent,
            slow_start: self.config.slow_start_ms,
        };
        members.pick(&rules).map(|index| members.list[index].endpoint.clone())
    }

    /// Takes down what became of a request.
    pub(super) fn judge(
        &self,
        endpoint: &Endpoint,
        admitted: Admitted,
        is_good: bool,
        latency: Duration,
        now: Duration,
    ) {
        if is_good {
            endpoint.hot.good.fetch_add(1, Ordering::Relaxed);
            endpoint.hot.latency.answered(latency, now);
            self.outliers.good(endpoint, now);
            self.breaker.good(admitted, latency, millis(now));
            return;
        }
        endpoint.hot.failed.fetch_add(1, Ordering::Relaxed);
        endpoint.hot.latency.failed(latency, now);
        self.breaker.failed(admitted, millis(now));
        if let Some(time) = self.outliers.failed(&self.members.load(), endpoint, now) {
            let (upstream, endpoint) = (self.name.clone(), endpoint.place.to_string());
            self.changes.tell(Change::Ejected { upstream, endpoint, time });
        }
    }
}

/// The endpoints of these places: those that are known, and new ones.
fn members(specs: &[EndpointSpec], known: Option<&Members>, config: &UpstreamConfig, now: Duration) -> Vec<Member> {
    let known: AHashMap<_, _> = known
        .into_iter()
        .flat_map(|known| known.list.iter())
        .map(|member| (key(&member.endpoint.place), &member.endpoint))
        .collect();
    let window = Duration::from_millis(config.outliers.window_ms);
    let member = |spec: &EndpointSpec| {
        let known = known.get(&key(&spec.place)).map(|endpoint| Arc::clone(endpoint));
        let endpoint = known.unwrap_or_else(|| Arc::new(Endpoint::new(spec.place.clone(), now, window)));
        Member { endpoint, weight: spec.weight.max(1) }
    };
    specs.iter().map(member).collect()
}

/// By what an endpoint is known again.
fn key(place: &Place) -> (&str, &[u8], &str, bool) {
    (&place.address, place.host.as_bytes(), &place.base, place.is_tls)
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
