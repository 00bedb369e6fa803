//! Calls over HTTP to addresses that others have a say in: an identity provider, which names further ones, a webhook. They never lead to an address that is
//! not public (loopback, private, link-local and their like), whatever a name resolves to at that moment, unless the operator
//! allows it (`egress.allow_private`): the address that was looked at is the one that is connected to. Redirects are not followed, answers are bounded,
//! and everything has a time limit.

use crate::config::EgressConfig;
use orion_contracts::Secret;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole call may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The URL is no `http(s)://` URL, or one with a user in it.
    #[error("{0} cannot be called")]
    NotCallable(String),
    /// It leads to an address that is not public.
    #[error("{0} leads to an address that is not public; egress.allow_private would allow it")]
    NotPublic(String),
    /// It does not answer, or not in time.
    #[error("{0} does not answer: {1}")]
    Away(String, String),
    /// Its answer is too large.
    #[error("the answer of {0} is larger than {MAX_ANSWER} bytes")]
    TooLarge(String),
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct EgressAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Calls out. Cloning shares the connections.
#[derive(Clone)]
pub struct Egress {
    client: reqwest::Client,
    allows_private: bool,
}

impl Egress {
    /// As configured.
    pub fn new(config: &EgressConfig) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("ORION/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guarded { allows_private: config.allow_private }))
            .build()?;
        Ok(Self { client, allows_private: config.allow_private })
    }

    /// A GET, with a bearer token where there is one.
    pub async fn get(&self, url: &Url, bearer: Option<&Secret>) -> Result<EgressAnswer, EgressError> {
        let request = self.client.get(url.clone());
        let request = match bearer {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        };
        self.send(url, request).await
    }

    /// A POST of a form, with HTTP Basic (name and secret) where that is given.
    pub async fn post_form(
        &self,
        url: &Url,
        basic: Option<(&str, &Secret)>,
        fields: &[(&str, &str)],
    ) -> Result<EgressAnswer, EgressError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(url.clone()).body(body);
        let request = match basic {
            // Each encoded as in a form first (RFC 6749, section 2.3.1).
            Some((name, secret)) => request.basic_auth(encoded(name), Some(encoded(secret.expose()))),
            None => request,
        };
        self.send(url, request.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    }

    async fn send(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<EgressAnswer, EgressError> {
        let place = place(url);
        self.check(url)?;
        let away = |error: &reqwest::Error| {
            let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
            match cause.contains(NOT_PUBLIC) || deep(error).contains(NOT_PUBLIC) {
                true => EgressError::NotPublic(place.clone()),
                false => EgressError::Away(place.clone(), cause),
            }
        };
        let request = request.header(http::header::ACCEPT, "application/json");
        let mut answer = request.send().await.map_err(|error| away(&error.without_url()))?;
        let (status, mut body) = (answer.status().as_u16(), Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(|error| away(&error.without_url()))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(EgressError::TooLarge(place));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(EgressAnswer { status, body })
    }

    /// What a resolver is not asked about: an address as it stands in the URL.
    fn check(&self, url: &Url) -> Result<(), EgressError> {
        let is_fit = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(EgressError::NotCallable(place(url))),
        };
        if !is_fit {
            return Err(EgressError::NotCallable(place(url)));
        }
        match address.is_none_or(|address| self.allows_private || is_public(address)) {
            true => Ok(()),
            false => Err(EgressError::NotPublic(place(url))),
        }
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A URL as it may be logged.
fn place(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

/// All that an error was caused by.
fn deep(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

const NOT_PUBLIC: &str = "the name leads to an address that is not public";

/// Resolves names to public addresses alone.
struct Guarded {
    allows_private: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allows_private = self.allows_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let fit: Vec<SocketAddr> =
                found.into_iter().filter(|address| allows_private || is_public(address.ip())).collect();
            if fit.is_empty() {
                return Err(NOT_PUBLIC.into());
            }
            let addresses: Addrs = Box::new(fit.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An IPv4 address in another dress: mapped, NAT64, 6to4.
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let inner = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(inner(high, low)),
        [0x2002, high, low, ..] => is_public_v4(inner(high, low)),
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // What is public is in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_called() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for special in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "203.0.113.9",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
            "100::1",
        ] {
            assert!(!is_public(special.parse().expect("an address")), "{special}");
        }
    }

    #[tokio::test]
    async fn neither_an_address_nor_a_name_leads_to_this_host_unless_that_is_allowed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
            }
        });
        let guarded = Egress::new(&EgressConfig { allow_private: false }).expect("a client");
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://2130706433:{port}/"),
            format!("http://0x7f.1:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
        ] {
            let refused = guarded.get(&url.parse().expect("a URL"), None).await;
            assert!(matches!(refused, Err(EgressError::NotPublic(_))), "{url}: {refused:?}");
        }
        for url in ["ftp://example.com/", "http://a:b@example.com/"] {
            let refused = guarded.get(&url.parse().expect("a URL"), None).await;
            assert!(matches!(refused, Err(EgressError::NotCallable(_))), "{url}: {refused:?}");
        }
        let open = Egress::new(&EgressConfig { allow_private: true }).expect("a client");
        let answer =
            open.get(&format!("http://localhost:{port}/").parse().expect("a URL"), None).await.expect("allowed");
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
    }
}
