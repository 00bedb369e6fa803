//! A cable between the platform and a server that can be cut and mended: what a stopped and started server looks like.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP proxy to one server.
pub struct Cable {
    address: SocketAddr,
    plugged: Arc<watch::Sender<bool>>,
    /// How often what it carried fell silent.
    silences: Arc<watch::Sender<u32>>,
}

impl Cable {
    /// A cable to `host:port`, plugged in.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plugged = Arc::new(watch::Sender::new(true));
        let silences = Arc::new(watch::Sender::new(0));
        tokio::spawn(carry(listener, server, plugged.clone(), silences.clone()));
        Self { address, plugged, silences }
    }

    /// The URL with this cable's address instead of the server's.
    pub async fn through(url: &str) -> (Self, String) {
        let mut url = url::Url::parse(url).unwrap();
        let host = url.host_str().unwrap().to_owned();
        let port = url.port().unwrap();
        let cable = Self::to(format!("{host}:{port}")).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(cable.address.port())).unwrap();
        (cable, url.to_string())
    }

    /// Drops all connections and refuses new ones.
    pub fn cut(&self) {
        self.plugged.send_replace(false);
    }

    /// Carries nothing any more over the connections that there are, and ends none of them: their host is gone without a
    /// word. New ones reach the server, as if another host had its address now.
    pub fn lose_the_host(&self) {
        self.silences.send_modify(|silences| *silences += 1);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.plugged.send_replace(true);
    }
}

async fn carry(
    listener: TcpListener,
    server: String,
    plugged: Arc<watch::Sender<bool>>,
    silences: Arc<watch::Sender<u32>>,
) {
    while let Ok((mut near, _)) = listener.accept().await {
        let mut state = plugged.subscribe();
        if !*state.borrow() {
            continue;
        }
        let (server, mut silences) = (server.clone(), silences.subscribe());
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(server).await else { return };
            let mut cut = std::pin::pin!(async move { drop(state.wait_for(|plugged| !plugged).await) });
            let is_lost = tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => false,
                () = &mut cut => false,
                _ = silences.changed() => true,
            };
            if is_lost {
                // Both ends are kept open, and nobody reads from them.
                cut.await;
            }
        });
    }
}
