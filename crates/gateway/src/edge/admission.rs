//! How many connections there may be. Looked at when one comes and goes, not on requests.

use super::settings::EdgeSettings;
use ahash::AHashMap;
use orion_http::server::{TrustedProxies, client_network};
use orion_infra::{Clock, Outage};
use prometheus::IntCounter;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The connections of all cores.
pub(super) struct Admission {
    total: usize,
    per_client: usize,
    /// A proxy speaks for many clients.
    exempt: TrustedProxies,
    present: Mutex<(usize, AHashMap<IpAddr, usize>)>,
    /// While the system gives no connection out: there are no file descriptors left, most often.
    pub(super) shortage: Outage,
    /// Connections that were turned away.
    pub(super) refused: IntCounter,
}

impl Admission {
    pub(super) fn new(settings: &EdgeSettings, clock: Clock, refused: IntCounter) -> Self {
        Self {
            total: settings.max_connections,
            per_client: settings.max_connections_per_client,
            exempt: settings.trusted_proxies.clone(),
            present: Mutex::default(),
            shortage: Outage::of("clients' connections", "cannot be accepted", clock),
            refused,
        }
    }

    pub(super) fn admit(self: &Arc<Self>, client: IpAddr) -> Option<Admitted> {
        let network = (!self.exempt.contains(client)).then(|| client_network(client));
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, clients) = &mut *present;
        if *total >= self.total {
            return None;
        }
        if let Some(network) = network {
            let of_client = clients.get(&network).copied().unwrap_or(0);
            if of_client >= self.per_client {
                return None;
            }
            clients.insert(network, of_client + 1);
        }
        *total += 1;
        Some(Admitted { admission: self.clone(), network })
    }
}

/// A connection that counts for as long as this lives.
pub(super) struct Admitted {
    admission: Arc<Admission>,
    /// For whom it counts, if not for everybody only.
    network: Option<IpAddr>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut present = self.admission.present.lock().unwrap_or_else(PoisonError::into_inner);
        present.0 -= 1;
        let Some(network) = self.network else { return };
        match present.1.get_mut(&network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(present.1.remove(&network)),
        }
    }
}
