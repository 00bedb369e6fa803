//! The ports of a process: all of them are taken at once, or it is said of each that cannot be had, and what to do.

use crate::config::{Config, ListenConfig};
use crate::holder::holder;
use crate::wiring;
use orion_contracts::ServiceName;
use orion_gateway::EdgeSockets;
use orion_http::server;
use orion_infra::config::variable;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// How many ports are looked at for one to propose.
const LOOKS: u16 = 100;

/// What a process listens with.
pub(crate) struct Ports {
    /// Each service's own endpoints.
    pub(crate) services: BTreeMap<ServiceName, TcpListener>,
    /// Where clients come in, when the gateway lives here.
    pub(crate) edge: Option<EdgeSockets>,
}

/// A port that cannot be had.
struct Refused {
    key: &'static str,
    address: SocketAddr,
    error: io::Error,
}

impl Ports {
    /// Takes all that these services listen on. The message names each that cannot be had.
    pub(crate) fn take(config: &Config, services: &[ServiceName]) -> Result<Self, String> {
        let (mut taken, mut refused) = (BTreeMap::new(), Vec::new());
        let edge = wiring::bind_edge(config, services).unwrap_or_else(|error| {
            refused.push(Refused { key: ListenConfig::EDGE_KEY, address: config.listen.edge(), error });
            None
        });
        for service in services {
            let address = config.listen.address(*service);
            match server::bind(address) {
                Ok(listener) => drop(taken.insert(*service, listener)),
                Err(error) => refused.push(Refused { key: ListenConfig::port_key(*service), address, error }),
            }
        }
        if refused.is_empty() { Ok(Self { services: taken, edge }) } else { Err(told(&refused, config)) }
    }

    /// Port 0 means any: from here on the configuration says which it became, also where an address follows a port.
    pub(crate) fn settle(&self, config: &mut Config) {
        let listen = &mut config.listen;
        for (service, socket) in &self.services {
            if let Ok(at) = socket.local_addr() {
                *listen.port_mut(*service) = at.port();
            }
        }
        listen.gateway_port = self.edge.as_ref().map_or(listen.gateway_port, |edge| edge.address().port());
        let (gateway, admin) = (listen.gateway_port, listen.admin_port);
        for (url, port) in [(&mut config.public_url, gateway), (&mut config.admin.console_url, admin)] {
            if url.port() == Some(0) {
                // Only a URL without a host cannot have a port.
                let _ = url.set_port(Some(port));
            }
        }
    }
}

fn told(refused: &[Refused], config: &Config) -> String {
    let mut text = match refused {
        [_] => "one port cannot be listened on:".to_owned(),
        several => format!("{} ports cannot be listened on:", several.len()),
    };
    for Refused { key, address, error } in refused {
        let reason = match error.kind() {
            ErrorKind::AddrInUse => {
                holder(*address).map_or_else(|| "it is in use".to_owned(), |who| format!("{who} has it"))
            }
            _ => error.to_string(),
        };
        text.push_str(&format!("\n  {address}  {key} ({}): {reason}", variable(key)));
    }
    let is_any = |kind| refused.iter().any(|refused| refused.error.kind() == kind);
    if is_any(ErrorKind::AddrInUse) {
        let mut named = config.listen.ports();
        let in_use = refused.iter().filter(|refused| refused.error.kind() == ErrorKind::AddrInUse);
        let flags = in_use.filter_map(|Refused { key, address, .. }| {
            free(*address, &mut named).map(|port| format!("--set {key}={port}"))
        });
        let flags: Vec<_> = flags.collect();
        text.push_str(&format!("\nStop what has them, or choose others:\n  {}", flags.join(" ")));
    }
    if is_any(ErrorKind::PermissionDenied) {
        text.push_str(
            "\nPorts below 1024 need a right: setcap cap_net_bind_service=+ep on the program, or \
             AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit",
        );
    }
    if is_any(ErrorKind::AddrNotAvailable) {
        text.push_str(
            "\nlisten.host (ORION_LISTEN_HOST) must be an address of this machine, or 0.0.0.0 for all of them",
        );
    }
    text
}

/// A port near by that nobody has and that nobody was promised.
fn free(address: SocketAddr, named: &mut BTreeSet<u16>) -> Option<u16> {
    let candidates = (1..=LOOKS).filter_map(|step| address.port().checked_add(step * 10));
    let is_free = |port: &u16| std::net::TcpListener::bind(SocketAddr::new(address.ip(), *port)).is_ok();
    let port = candidates.into_iter().filter(|port| !named.contains(port)).find(is_free)?;
    named.insert(port);
    Some(port)
}
