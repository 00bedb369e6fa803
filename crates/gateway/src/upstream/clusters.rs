//! All upstreams by their names, and what of them outlives a change of the configuration.

use super::changes::Changes;
use super::cluster::Cluster;
use super::config::UpstreamConfig;
use ahash::AHashMap;
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use url::Url;

/// The upstreams of a configuration.
#[derive(Default)]
pub struct Clusters {
    by_name: AHashMap<Arc<str>, Arc<Cluster>>,
    at_urls: AtUrls,
    changes: Changes,
}

/// Upstreams that routes name by a URL, for as long as one does. The same for all configurations: connections and what is known of
/// a place outlive a change of its routes.
type AtUrls = Arc<Mutex<AHashMap<Url, Weak<Cluster>>>>;

impl Clusters {
    /// The upstreams of `configs`, which stand at the key `at`, such as `gateway.upstreams`; or all that is wrong with them.
    ///
    /// One whose definition is that of `previous` is the same cluster: endpoints that discovery found, health, breaker, requests under way.
    /// One that changed keeps the endpoints that stay, and each part of it whose definition did not change.
    ///
    /// # Errors
    /// Faults of an upstream, and names that are there twice.
    pub fn of_configs(
        previous: Option<&Self>,
        configs: &[UpstreamConfig],
        at: &str,
        now: Duration,
    ) -> Result<Self, Vec<ConfigFault>> {
        let changes = previous.map(|previous| previous.changes.clone()).unwrap_or_default();
        let at_urls: AtUrls = previous.map(|previous| previous.at_urls.clone()).unwrap_or_default();
        at_urls.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, known| known.strong_count() > 0);
        let (mut by_name, mut faults) = (AHashMap::with_capacity(configs.len()), Vec::new());
        for (index, config) in configs.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let known = previous.and_then(|previous| previous.get(&config.name));
            let cluster = match known {
                Some(known) if known.config() == config => known.clone(),
                _ => match Cluster::next(config, &at, &changes, known.map(|known| &**known), now) {
                    Ok(cluster) => Arc::new(cluster),
                    Err(found) => {
                        faults.extend(found);
                        continue;
                    }
                },
            };
            if by_name.insert(cluster.name().clone(), cluster).is_some() {
                let message = format!("\"{}\" is the name of another upstream already", config.name);
                faults.push(ConfigFault::new(format!("{at}.name"), FieldCode::Repeated, message));
            }
        }
        if faults.is_empty() { Ok(Self { by_name, at_urls, changes }) } else { Err(faults) }
    }

    /// The upstream of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Cluster>> {
        self.by_name.get(name)
    }

    /// The upstream at a URL, which is one endpoint; else what is wrong with the URL.
    pub fn at(&self, url: &Url) -> Result<Arc<Cluster>, &'static str> {
        let mut all = self.at_urls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(url).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let cluster = Arc::new(Cluster::of_url(url, &self.changes)?);
        all.insert(url.clone(), Arc::downgrade(&cluster));
        Ok(cluster)
    }

    /// Whether a cluster is one of this configuration.
    pub fn has(&self, cluster: &Arc<Cluster>) -> bool {
        cluster.is_at_url() || self.get(cluster.name()).is_some_and(|known| Arc::ptr_eq(known, cluster))
    }

    /// All of them that have a name, in its order.
    pub fn all(&self) -> Vec<Arc<Cluster>> {
        let mut all: Vec<_> = self.by_name.values().cloned().collect();
        all.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        all
    }

    /// Where their changes are told; the same for the upstreams of later configurations.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}

#[cfg(test)]
#[path = "clusters_tests.rs"]
mod tests;
