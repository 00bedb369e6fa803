//! The client's address: of the connection, or as told by a proxy that is trusted.

use http::HeaderMap;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::IpAddr;

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether the address is one of a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who sent the request: the last address in `X-Forwarded-For` that is no trusted proxy, when the connection comes
    /// from one.
    pub fn client(&self, connection: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let direct = connection?;
        if !self.contains(direct) {
            return Some(direct);
        }
        let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<IpAddr> =
            told.flat_map(|value| value.split(',')).filter_map(|address| address.trim().parse().ok()).collect();
        Some(chain.iter().rev().find(|address| !self.contains(**address)).or(chain.first()).copied().unwrap_or(direct))
    }
}

impl std::str::FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |part: &str| {
            let network = part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
            network.ok_or_else(|| format!("\"{part}\" is not an address or network such as 10.0.0.0/8"))
        };
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Serialize for TrustedProxies {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let networks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        to.serialize_str(&networks.join(","))
    }
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxies: TrustedProxies = "127.0.0.0/8, 10.0.0.1".parse().expect("valid");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 10.0.0.1".parse().expect("a header"));
        let client = |from: &str| proxies.client(from.parse().ok(), &headers).map(|address| address.to_string());
        assert_eq!(client("127.0.0.1").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("198.51.100.7").as_deref(), Some("198.51.100.7"), "a stranger's word counts nothing");
        assert!("nonsense".parse::<TrustedProxies>().is_err());
    }
}
