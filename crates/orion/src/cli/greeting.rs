//! What is told once a process is ready.

use crate::Platform;
use crate::topology::url_of;
use orion_contracts::ServiceName;
use orion_infra::config::leads_here;
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::absolute;
use std::time::Duration;

/// How a process started, and where it is reached.
#[derive(Serialize)]
pub(super) struct Started {
    status: &'static str,
    services: Vec<ServiceName>,
    /// Where clients come in: the public URL, and the address itself where that is another one.
    gateway: Option<String>,
    console: Option<String>,
    /// Where each service's documentation is.
    docs: Vec<String>,
    /// The data directory, on the embedded database.
    data: Option<String>,
    setup_link: Option<String>,
    started_in_ms: u64,
}

/// The address by which this machine reaches others, and they it. Nothing is sent to find it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Reserved for documentation (RFC 5737): the way there is the way out.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified() && !ip.is_loopback())
}

impl Started {
    /// Of a process that is ready after `since_start`.
    pub(super) fn new(
        platform: &Platform,
        services: &[ServiceName],
        setup_link: Option<String>,
        since_start: Duration,
    ) -> Self {
        let config = platform.config();
        let gateway = platform.edge().map(|edge| {
            let (public, own) = (config.issuer(), url_of(edge));
            let is_same = config.public_url.port_or_known_default() == Some(edge.port())
                && leads_here(&config.public_url)
                && (edge.ip().is_loopback() || edge.ip().is_unspecified());
            let others = edge.ip().is_unspecified().then(own_address).flatten();
            let others =
                others.map_or_else(String::new, |ip| format!(", and http://{}", SocketAddr::new(ip, edge.port())));
            if is_same { format!("{public}{others}") } else { format!("{own}, as {public}{others}") }
        });
        let docs = services.iter().filter_map(|service| {
            let url = url_of(platform.address(*service)?);
            Some(format!("{url}/docs"))
        });
        let embedded = config.database.url.expose().is_empty();
        let data = || absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone()).display().to_string();
        Self {
            status: "ready",
            services: services.to_vec(),
            gateway,
            console: platform.address(ServiceName::Admin).map(|_| config.console().to_owned()),
            docs: docs.collect(),
            data: embedded.then(data),
            setup_link,
            started_in_ms: u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let Self { started_in_ms, gateway, console, docs, data, setup_link, .. } = self;
        let names: Vec<_> = self.services.iter().map(|service| service.as_str()).collect();
        let version = env!("CARGO_PKG_VERSION");
        let mut text = format!("ORION {version} is ready ({started_in_ms} ms): {}\n", names.join(", "));
        let docs = match docs.as_slice() {
            [] => None,
            [first] => Some(first.clone()),
            [first, rest @ ..] => Some(format!("{first}, and {} more: orion status", rest.len())),
        };
        for (label, value) in [("gateway", gateway), ("console", console), ("docs", &docs), ("data", data)] {
            if let Some(value) = value {
                text.push_str(&format!("  {label:<9} {value}\n"));
            }
        }
        text.push_str("  stop      Ctrl-C\n");
        if let Some(link) = setup_link {
            text.push_str(&format!(
                "\n  There is no administrator yet. Open this link once to become the first:\n  {link}\n"
            ));
        }
        text
    }
}
