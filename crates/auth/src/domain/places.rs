//! Where somebody comes from, as far as throttles and sessions tell places apart.

use orion_http::server::client_network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Stands for a client whose address nobody knows.
pub(super) const NOWHERE: &str = "nowhere";

/// The place that a client's address belongs to: an IPv4 address, or the /64 of an IPv6 one.
pub(super) fn place_of(ip_address: &str) -> String {
    ip_address.parse::<IpAddr>().map_or_else(|_| ip_address.to_owned(), |address| client_network(address).to_string())
}

/// The network around a place, which one party may have as a whole: a /24, or a /48 of IPv6.
pub(super) fn network_of(place: &str) -> String {
    match place.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
        Ok(IpAddr::V6(address)) => format!("{}/48", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80))),
        Err(_) => place.to_owned(),
    }
}

/// Whether a text that was made here names a network, and not a place or something else.
pub(super) fn is_network(text: &str) -> bool {
    text.ends_with("/24") || text.ends_with("/48") || text == NOWHERE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_belong_to_places_and_places_to_networks() {
        for (address, place, network) in [
            ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::", "2001:db8:1::/48"),
            (NOWHERE, NOWHERE, NOWHERE),
        ] {
            assert_eq!((place_of(address).as_str(), network_of(&place_of(address)).as_str()), (place, network));
            assert!(is_network(network) && (place == network || !is_network(place)), "{place}, {network}");
        }
    }
}
