//! A service as it runs: its endpoints on a port, until they end.

use crate::config::Config;
use orion_contracts::ServiceName;
use orion_http::server::{self, Closing, Running};
use orion_infra::Clock;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A service that takes requests.
pub(crate) struct RunningService {
    pub(crate) running: Running,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    server: JoinHandle<usize>,
    closing: Closing,
}

/// What was not done when the drain time was over.
#[derive(Debug, Default)]
pub struct Cut {
    /// Connections of services; those of clients are counted by the gateway's edge, which tells of them itself.
    pub connections: usize,
    /// Background work, by name.
    pub work: Vec<String>,
}

impl Cut {
    /// Whether all was done.
    pub fn is_nothing(&self) -> bool {
        self.connections == 0 && self.work.is_empty()
    }

    pub(crate) fn add(&mut self, connections: usize, work: Vec<String>) {
        self.connections += connections;
        self.work.extend(work);
    }
}

impl RunningService {
    /// Takes no more requests, and finishes those in flight until the moment of the monotonic time; how many were cut then.
    pub(crate) async fn finish(self, clock: &Clock, deadline: Duration) -> (Running, usize) {
        self.running.stop_tasks();
        self.closing.stop.cancel();
        let mut server = self.server;
        let ended = tokio::select! {
            biased;
            ended = &mut server => ended,
            () = clock.sleep_until(deadline) => {
                self.closing.cut.cancel();
                server.await
            }
        };
        let cut = ended.unwrap_or_else(|error| {
            tracing::error!(%error, "a server ended badly");
            0
        });
        (self.running, cut)
    }
}

/// Serves each service at its port.
pub(crate) fn serve(
    services: BTreeMap<ServiceName, Running>,
    mut listeners: BTreeMap<ServiceName, TcpListener>,
    config: &Config,
) -> BTreeMap<ServiceName, RunningService> {
    let start = |(name, running): (ServiceName, Running)| {
        let listener = listeners.remove(&name)?;
        let address = listener.local_addr().ok()?;
        let closing = Closing::default();
        let (router, config, told) = (running.router.clone(), config.server.clone(), closing.clone());
        let server = tokio::spawn(async move { server::serve(listener, router, &config, told).await });
        Some((name, RunningService { running, address, server, closing }))
    };
    services.into_iter().filter_map(start).collect()
}
