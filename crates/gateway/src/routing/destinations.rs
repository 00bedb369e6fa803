//! Where the requests of a route go when it has more than one upstream.

use super::conditions::Wrong;
use super::config::RouteConfig;
use super::config_parts::UpstreamRef;
use crate::upstream::{Cluster, Clusters};
use http::header::COOKIE;
use http::{HeaderMap, HeaderName};
use std::fmt;
use std::sync::Arc;

/// How many upstreams a route may split its requests over, and how many canaries it may have.
const MAX: usize = 16;
/// The largest weight: the sum of all of them is far from what a number holds.
const MAX_WEIGHT: u32 = 1_000_000;

/// Where the requests of a route go when it has more than one upstream.
#[derive(Default)]
pub struct Destinations {
    canaries: Vec<Canary>,
    shares: Vec<Share>,
    /// The sum of all weights.
    total: u64,
}

/// An upstream with its part of the requests.
pub struct Share {
    /// It.
    pub upstream: Arc<Cluster>,
    /// As it is written.
    pub written: String,
    /// Its part of the sum of all weights.
    pub weight: u32,
}

struct Canary {
    mark: Mark,
    value: String,
    upstream: Arc<Cluster>,
    written: String,
}

/// By what a request is known as a canary's.
#[derive(Debug)]
enum Mark {
    Header(HeaderName),
    Cookie(String),
}

impl Destinations {
    /// Those of a route; what is wrong with them is added.
    pub(super) fn of_config(config: &RouteConfig, clusters: &Clusters, wrong: &mut Wrong) -> Self {
        let mut destinations = Self::default();
        for (key, count) in [("split", config.split.len()), ("canary", config.canary.len())] {
            if count > MAX {
                wrong.push((key.to_owned(), format!("must have at most {MAX} upstreams")));
            }
        }
        for (index, split) in config.split.iter().enumerate() {
            if split.weight > MAX_WEIGHT {
                wrong.push((format!("split[{index}].weight"), format!("must be at most {MAX_WEIGHT}")));
            }
            if let Some(upstream) = upstream_of(&split.upstream, &format!("split[{index}].upstream"), clusters, wrong) {
                destinations.total += u64::from(split.weight);
                let written = split.upstream.to_string();
                destinations.shares.push(Share { upstream, written, weight: split.weight });
            }
        }
        if !config.split.is_empty() && config.split.iter().all(|split| split.weight == 0) {
            wrong.push(("split".to_owned(), "must have a weight that is not 0".to_owned()));
        }
        for (index, canary) in config.canary.iter().enumerate() {
            let upstream = upstream_of(&canary.upstream, &format!("canary[{index}].upstream"), clusters, wrong);
            let mark = match (&canary.header, &canary.cookie) {
                (Some(header), None) => HeaderName::from_bytes(header.as_bytes()).ok().map(Mark::Header),
                (None, Some(cookie)) if is_cookie_name(cookie) => Some(Mark::Cookie(cookie.clone())),
                _ => None,
            };
            let Some(mark) = mark else {
                let message = "must have the name of a header or that of a cookie, and not both";
                wrong.push((format!("canary[{index}]"), message.to_owned()));
                continue;
            };
            let written = canary.upstream.to_string();
            destinations.canaries.extend(upstream.map(|upstream| {
                let value = canary.value.clone();
                Canary { mark, value, upstream, written }
            }));
        }
        destinations
    }

    /// Where a request goes: to its canary, else by a number that was drawn for it; `None` where there is neither.
    pub fn choose(&self, headers: &HeaderMap, random: u64) -> Option<&Arc<Cluster>> {
        if let Some(canary) = self.canaries.iter().find(|canary| canary.is_of(headers)) {
            return Some(&canary.upstream);
        }
        // The upper half of the product is evenly spread over the weights (Lemire, "Fast Random Integer Generation", 2019).
        let mut at = ((u128::from(random) * u128::from(self.total)) >> 64) as u64;
        let share = self.shares.iter().find(|share| match at.checked_sub(share.weight.into()) {
            Some(rest) => {
                at = rest;
                false
            }
            None => true,
        });
        share.map(|share| &share.upstream)
    }

    /// What the canary of a request is, in words, and where it leads, as written and as it is.
    pub(super) fn canary_of(&self, headers: &HeaderMap) -> Option<(String, &str, &Arc<Cluster>)> {
        let canary = self.canaries.iter().find(|canary| canary.is_of(headers))?;
        let mark = match &canary.mark {
            Mark::Header(name) => format!("header {name}"),
            Mark::Cookie(name) => format!("cookie {name}"),
        };
        Some((format!("{mark} is \"{}\"", canary.value), &canary.written, &canary.upstream))
    }

    /// The upstreams with their parts of the requests that no canary takes; none where there is only one.
    pub fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// All upstreams that are not the route's first.
    pub fn upstreams(&self) -> impl Iterator<Item = &Arc<Cluster>> {
        self.shares.iter().map(|share| &share.upstream).chain(self.canaries.iter().map(|canary| &canary.upstream))
    }
}

impl fmt::Display for Destinations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, share) in self.shares.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{} ({})", share.written, share.weight)?;
        }
        Ok(())
    }
}

impl Canary {
    fn is_of(&self, headers: &HeaderMap) -> bool {
        match &self.mark {
            Mark::Header(name) => headers.get_all(name).iter().any(|value| value.as_bytes() == self.value.as_bytes()),
            Mark::Cookie(name) => {
                let is_it = |pair: &[u8]| {
                    let value =
                        pair.trim_ascii().strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
                    value == Some(self.value.as_bytes())
                };
                headers.get_all(COOKIE).iter().any(|value| value.as_bytes().split(|byte| *byte == b';').any(is_it))
            }
        }
    }
}

/// The upstream that is named, or is at a URL; else what is wrong is added.
pub(super) fn upstream_of(
    upstream: &UpstreamRef,
    key: &str,
    clusters: &Clusters,
    wrong: &mut Wrong,
) -> Option<Arc<Cluster>> {
    let found = match upstream {
        UpstreamRef::Url(url) => clusters.at(url).map_err(str::to_owned),
        UpstreamRef::Name(name) => clusters.get(name).cloned().ok_or_else(|| {
            format!("no upstream is called \"{name}\" (gateway.upstreams); a URL is written as http://host:port")
        }),
    };
    found.map_err(|message| wrong.push((key.to_owned(), message))).ok()
}

/// A token, as cookies are named (RFC 6265, section 4.1.1).
fn is_cookie_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
    (1..=256).contains(&name.len()) && name.bytes().all(is_token)
}

#[cfg(test)]
#[path = "destinations_tests.rs"]
mod tests;
