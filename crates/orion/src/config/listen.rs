//! `[listen]`: where the services are.

use orion_contracts::{FieldCode, ServiceName};
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Addresses and ports.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// The address that all services listen on. The gateway's own pages stay on `pages_host`. With one that others can reach,
    /// their ports have /metrics, /readyz?verbose and /docs for everybody, and /internal for whoever proves to be a service:
    /// let only the gateway's port through, or keep the others in a private network.
    #[default(Ipv4Addr::LOCALHOST.into())]
    pub host: IpAddr,
    /// Where clients come in.
    #[default = 3000]
    pub gateway_port: u16,
    /// The port of auth.
    #[default = 3001]
    pub auth_port: u16,
    /// The port of users.
    #[default = 3002]
    pub users_port: u16,
    /// The port of notifications.
    #[default = 3003]
    pub notifications_port: u16,
    /// The port of admin, which has the console.
    #[default = 3004]
    pub admin_port: u16,
    /// The address of the gateway's own /livez, /readyz, /metrics, /docs.
    #[default(Ipv4Addr::LOCALHOST.into())]
    pub pages_host: IpAddr,
    /// Their port.
    #[default = 3005]
    pub pages_port: u16,
}

impl ListenConfig {
    /// The address on which a service's own endpoints are; for the gateway its pages, not its edge.
    pub fn address(&self, service: ServiceName) -> SocketAddr {
        match service {
            ServiceName::Gateway => SocketAddr::new(self.pages_host, self.pages_port),
            ServiceName::Auth => SocketAddr::new(self.host, self.auth_port),
            ServiceName::Users => SocketAddr::new(self.host, self.users_port),
            ServiceName::Notifications => SocketAddr::new(self.host, self.notifications_port),
            ServiceName::Admin => SocketAddr::new(self.host, self.admin_port),
        }
    }

    /// The key that changes the edge's port.
    pub const EDGE_KEY: &'static str = "listen.gateway_port";

    /// The gateway's edge: where clients come in.
    pub fn edge(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.gateway_port)
    }

    /// The key that changes a service's port.
    pub fn port_key(service: ServiceName) -> &'static str {
        match service {
            ServiceName::Gateway => "listen.pages_port",
            ServiceName::Auth => "listen.auth_port",
            ServiceName::Users => "listen.users_port",
            ServiceName::Notifications => "listen.notifications_port",
            ServiceName::Admin => "listen.admin_port",
        }
    }

    /// A service's port; for the gateway that of its pages.
    pub(crate) fn port_mut(&mut self, service: ServiceName) -> &mut u16 {
        match service {
            ServiceName::Gateway => &mut self.pages_port,
            ServiceName::Auth => &mut self.auth_port,
            ServiceName::Users => &mut self.users_port,
            ServiceName::Notifications => &mut self.notifications_port,
            ServiceName::Admin => &mut self.admin_port,
        }
    }

    /// All ports that are named.
    pub(crate) fn ports(&self) -> BTreeSet<u16> {
        ServiceName::ALL.iter().map(|service| self.address(*service).port()).chain([self.gateway_port]).collect()
    }

    /// Each port that two things listen with, of these services.
    pub fn check_apart(&self, services: &[ServiceName]) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut places: Vec<_> =
            services.iter().map(|service| (Self::port_key(*service), self.address(*service))).collect();
        if services.contains(&ServiceName::Gateway) {
            places.insert(0, (Self::EDGE_KEY, self.edge()));
        }
        for (at, (key, address)) in places.iter().enumerate() {
            let (ip, port) = (address.ip(), address.port());
            let meets = |other: &IpAddr| *other == ip || other.is_unspecified() || ip.is_unspecified();
            let same = |(_, other): &&(&str, SocketAddr)| port != 0 && other.port() == port && meets(&other.ip());
            if let Some((first, _)) = places[..at].iter().find(same) {
                let message = format!("is {port}, and so is {first}; each needs a port of its own");
                faults.push(ConfigFault::new(*key, FieldCode::Taken, message));
            }
        }
        faults
    }
}
