//! The key by which an upstream keeps requests together.

use super::config::HashBy;
use super::hash_key;
use http::HeaderMap;
use http::header::COOKIE;
use std::net::IpAddr;

impl HashBy {
    /// The key of a request by its headers and its client's address; `None` when it does not have what it is kept together by.
    pub fn key(&self, headers: &HeaderMap, client: IpAddr) -> Option<u64> {
        match self {
            Self::Header(name) => headers.get(name).map(|value| hash_key(value.as_bytes())),
            Self::Cookie(name) => headers.get_all(COOKIE).iter().find_map(|cookies| {
                let mut cookies = cookies.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
                cookies.find_map(|cookie| cookie.strip_prefix(name.as_bytes())?.strip_prefix(b"=")).map(hash_key)
            }),
            Self::Address => Some(match client.to_canonical() {
                IpAddr::V4(address) => hash_key(&address.octets()),
                // One client has a whole /64, and changes its address within it (RFC 8981).
                IpAddr::V6(address) => hash_key(&address.octets()[..8]),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HashBy, hash_key};
    use http::{HeaderMap, HeaderValue};

    fn key(by: &str, headers: &[(&'static str, &'static str)], client: &str) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        by.parse::<HashBy>().expect("it can be read").key(&map, client.parse().expect("an address"))
    }

    #[test]
    fn a_header_or_a_cookie_is_the_key() {
        let is = |value: &str| Some(hash_key(value.as_bytes()));
        assert_eq!(key("header:X-Tenant", &[("x-tenant", "acme")], "10.0.0.1"), is("acme"));
        assert_eq!(key("header:x-tenant", &[], "10.0.0.1"), None);
        let cookies = [("cookie", "cart2=no; a=b"), ("cookie", "theme=dark;cart=17; x=y")];
        assert_eq!(key("cookie:cart", &cookies, "10.0.0.1"), is("17"));
        assert_eq!(key("cookie:Cart", &cookies, "10.0.0.1"), None, "names of cookies keep their case");
    }

    #[test]
    fn an_address_is_the_key_however_it_is_written() {
        let of = |client| key("address", &[], client);
        assert_eq!(of("10.0.0.1"), of("::ffff:10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
