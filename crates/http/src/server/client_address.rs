//! The client's address: of the connection, or as told by a proxy that is trusted.

use http::HeaderMap;
use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// This host alone.
    pub fn this_host() -> Self {
        let (loopback, prefix) = (IpAddr::from([127, 0, 0, 0]), 8);
        let loopback = IpNet::new(loopback, prefix).unwrap_or_else(|_| loopback.into());
        Self(vec![loopback, IpAddr::from(Ipv6Addr::LOCALHOST).into()])
    }

    /// Whether the address is one of a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether any other host is among them.
    pub fn reach_beyond_this_host(&self) -> bool {
        self.0.iter().any(|network| !network.addr().is_loopback())
    }

    /// Who sent the request: the last address in `X-Forwarded-For` that is no trusted proxy, when the connection comes
    /// from one. What cannot be read ends the search, for only proxies have written what stands after it.
    pub fn client(&self, connection: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = connection?.to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let mut told = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.contains(client) {
            let Some(address) = told.next().and_then(read) else { break };
            client = address;
        }
        Some(client)
    }
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:5555`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5555`.
fn read(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

/// What limits count a client by: an IPv4 address, or the /64 of an IPv6 address, for every client has one to itself.
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
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

impl JsonSchema for TrustedProxies {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Networks".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "networks" })
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

    #[test]
    fn what_a_client_writes_itself_never_wins() {
        let proxies: TrustedProxies = "127.0.0.0/8, 10.0.0.0/8".parse().expect("valid");
        for (lines, client) in [
            (&["6.6.6.6, 203.0.113.9:5555"][..], "203.0.113.9"),
            (&["6.6.6.6", "203.0.113.9, 10.0.0.1:80"], "203.0.113.9"),
            (&["6.6.6.6, [2001:db8::9]:5555"], "2001:db8::9"),
            (&["6.6.6.6, [2001:db8::9]"], "2001:db8::9"),
            (&["6.6.6.6, 2001:db8::9"], "2001:db8::9"),
            (&["6.6.6.6, ::ffff:203.0.113.9"], "203.0.113.9"),
            (&["6.6.6.6, unknown, 10.0.0.1"], "10.0.0.1"),
            (&["6.6.6.6, "], "127.0.0.1"),
            (&["6.6.6.6, \u{e9}"], "127.0.0.1"),
            (&["10.0.0.2, 10.0.0.1"], "10.0.0.2"),
            (&[], "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", http::HeaderValue::from_bytes(line.as_bytes()).expect("a header"));
            }
            let found = proxies.client("127.0.0.1".parse().ok(), &headers).map(|address| address.to_string());
            assert_eq!(found.as_deref(), Some(client), "{lines:?}");
        }
    }

    #[test]
    fn addresses_of_one_network_count_as_one_client() {
        for (address, network) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let found = client_network(address.parse().expect("an address"));
            assert_eq!(found.to_string(), network, "{address}");
        }
    }
}
