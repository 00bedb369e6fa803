//! How many connections each client has, so that one of them cannot take all places.

use super::{TrustedProxies, client_network};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Open connections by client. There are never more entries than connections.
pub(super) struct Clients {
    open: Mutex<HashMap<IpAddr, usize>>,
    most: usize,
    /// A proxy speaks for many clients.
    exempt: TrustedProxies,
}

impl Clients {
    /// At most `most` connections for each client but the exempt ones.
    pub(super) fn new(most: usize, exempt: TrustedProxies) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), most, exempt })
    }

    /// A place for one more connection of this client, until it is dropped; `None` when it has too many.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        if self.exempt.contains(address.to_canonical()) {
            return Some(Place(None));
        }
        let client = client_network(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place(Some((self.clone(), client))))
    }
}

/// One connection's place.
pub(super) struct Place(Option<(Arc<Clients>, IpAddr)>);

impl Drop for Place {
    fn drop(&mut self) {
        let Some((clients, client)) = &self.0 else { return };
        let mut open = clients.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                open.remove(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Clients;

    #[test]
    fn a_client_has_so_many_places_and_a_proxy_as_many_as_it_likes() {
        let clients = Clients::new(2, "10.0.0.0/8".parse().expect("a network"));
        let admit = |address: &str| clients.admit(address.parse().expect("an address"));
        let mut held = vec![admit("2001:db8::1"), admit("2001:db8::2")];
        assert!(held.iter().all(Option::is_some));
        assert!(admit("2001:db8::3").is_none(), "the same /64");
        assert!(admit("2001:db8:0:1::3").is_some());
        held.pop();
        assert!(admit("2001:db8::3").is_some(), "a place became free");
        let proxied: Vec<_> = (0..10).map(|_| admit("::ffff:10.0.0.1")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop((held, proxied));
        assert!(clients.open.lock().expect("no panic").is_empty(), "nothing is left behind");
    }
}
