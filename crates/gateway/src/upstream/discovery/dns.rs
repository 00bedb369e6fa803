//! Looks names up: A and AAAA, or SRV (RFC 2782), by the resolvers of the system's configuration.

use super::names::{Answer, Found};
use crate::upstream::config::DnsConfig;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Records of a service that are looked at.
const MAX_TARGETS: usize = 64;
/// How long one question to one server may take, and how often it is asked.
const LIMIT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// Asks the system's resolvers.
pub struct DnsLookups(TokioResolver);

/// Addresses of a name.
struct Addresses {
    found: Vec<IpAddr>,
    is_whole: bool,
    lasts: Option<Duration>,
}

impl DnsLookups {
    /// By the system's configuration (`/etc/resolv.conf`, and its hosts file).
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_system() -> Result<Self, NetError> {
        Self::of(TokioResolver::builder_tokio()?)
    }

    fn of(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, NetError> {
        let options = builder.options_mut();
        (options.timeout, options.attempts) = (LIMIT, ATTEMPTS);
        // It is asked when an answer has run out: what is kept here would be old.
        options.cache_size = 0;
        Ok(Self(builder.build()?))
    }

    /// Where an upstream is.
    ///
    /// # Errors
    /// No server gave an answer. That there is nothing is one.
    pub async fn look_up(&self, config: &DnsConfig) -> Result<Answer, String> {
        match &config.service {
            Some(service) => self.service(service).await,
            None => {
                let host = config.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
                let port = config.url.port_or_known_default().unwrap_or(80);
                let addresses = self.addresses(host).await?;
                let found =
                    addresses.found.into_iter().map(|ip| Found { address: SocketAddr::new(ip, port), weight: 1 });
                Ok(Answer { found: found.collect(), is_whole: addresses.is_whole, lasts: addresses.lasts })
            }
        }
    }

    /// The addresses of a host, of both kinds. When one kind has no answer, the other is half of one.
    async fn addresses(&self, host: &str) -> Result<Addresses, String> {
        if let Ok(ip) = host.parse() {
            return Ok(Addresses { found: vec![ip], is_whole: true, lasts: None });
        }
        let (v4, v6) = tokio::join!(self.ask(host, RecordType::A), self.ask(host, RecordType::AAAA));
        let is_whole = v4.is_ok() && v6.is_ok();
        let lookups = match (v4, v6) {
            (Err(error), Err(_)) => return Err(error),
            (v4, v6) => [v4.ok().flatten(), v6.ok().flatten()],
        };
        let records = || lookups.iter().flatten().flat_map(Lookup::answers);
        let found = records().filter_map(|record| record.data.ip_addr()).collect();
        Ok(Addresses { found, is_whole, lasts: lasts(records().map(|record| record.ttl)) })
    }

    /// Where the records of a service lead: those of the first priority, each with its port and weight.
    async fn service(&self, name: &str) -> Result<Answer, String> {
        let Some(lookup) = self.ask(name, RecordType::SRV).await? else {
            return Ok(Answer { found: Vec::new(), is_whole: true, lasts: None });
        };
        let records: Vec<(&SRV, u32)> = lookup
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                // A dot says that there is no such service (RFC 2782).
                RData::SRV(service) if !service.target.is_root() => Some((service, record.ttl)),
                _ => None,
            })
            .collect();
        let first = records.iter().map(|(service, _)| service.priority).min();
        let mut answer =
            Answer { found: Vec::new(), is_whole: true, lasts: lasts(records.iter().map(|(_, ttl)| *ttl)) };
        for (service, _) in records.iter().filter(|(service, _)| Some(service.priority) == first).take(MAX_TARGETS) {
            match self.addresses(&service.target.to_utf8()).await {
                Ok(addresses) => {
                    let weight = u32::from(service.weight).clamp(1, 1000);
                    let place = |ip| Found { address: SocketAddr::new(ip, service.port), weight };
                    answer.found.extend(addresses.found.into_iter().map(place));
                    answer.is_whole &= addresses.is_whole;
                    answer.lasts = [answer.lasts, addresses.lasts].into_iter().flatten().min();
                }
                Err(_) => answer.is_whole = false,
            }
        }
        if answer.found.is_empty() && !answer.is_whole {
            return Err(format!("no target of {name} has an address"));
        }
        Ok(answer)
    }

    /// The records of a name; `None` when it has none of the kind, or there is no such name.
    async fn ask(&self, name: &str, kind: RecordType) -> Result<Option<Lookup>, String> {
        match self.0.lookup(name, kind).await {
            Ok(lookup) => Ok(Some(lookup)),
            Err(error) if error.is_no_records_found() => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// For how long all of these are good.
fn lasts(seconds: impl Iterator<Item = u32>) -> Option<Duration> {
    seconds.min().map(|seconds| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
#[path = "dns_tests.rs"]
mod tests;
