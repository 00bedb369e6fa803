//! Which services live in this process, and at which URLs the others are: decided once, from the configuration.

use crate::config::Config;
use orion_contracts::ServiceName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// The shape of a platform as seen from one process.
#[derive(Debug, Clone)]
pub struct Topology {
    /// Services of this process.
    pub local: Vec<ServiceName>,
    /// Where each service is, this process's included.
    pub urls: BTreeMap<ServiceName, String>,
}

impl Topology {
    /// For a process that runs these services.
    pub fn new(config: &Config, services: &[ServiceName]) -> Self {
        let local: BTreeSet<_> = services.iter().copied().collect();
        let configured = config.peers.urls();
        let urls = ServiceName::ALL
            .into_iter()
            .map(|service| {
                let url = match configured.get(&service) {
                    Some(url) if !local.contains(&service) => (*url).to_owned(),
                    _ => url_of(config.listen.address(service)),
                };
                (service, url)
            })
            .collect();
        Self { local: local.into_iter().collect(), urls }
    }

    /// Whether the service lives here.
    pub fn has(&self, service: ServiceName) -> bool {
        self.local.contains(&service)
    }
}

/// A URL at which an address can be reached from this host.
pub fn url_of(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    format!("http://{host}:{}", address.port())
}
