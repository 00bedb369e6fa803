//! A cable between the platform and a server that can be cut and mended: what a stopped and started server looks like.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP proxy to one server.
pub struct Cable {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    /// How often what it carried fell silent.
    silences: Arc<watch::Sender<u32>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Plugged,
    /// What is to be carried waits.
    Slow,
    Cut,
}

impl Cable {
    /// A cable to `host:port`, plugged in.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(State::Plugged));
        let silences = Arc::new(watch::Sender::new(0));
        tokio::spawn(carry(listener, server, state.clone(), silences.clone()));
        Self { address, state, silences }
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
        self.state.send_replace(State::Cut);
    }

    /// Carries nothing for so long, and goes on: the server was slow.
    pub async fn slow_down(&self, pause: Duration) {
        self.state.send_replace(State::Slow);
        tokio::time::sleep(pause).await;
        self.mend();
    }

    /// Carries nothing any more over the connections that there are, and ends none of them: their host is gone without a
    /// word. New ones reach the server, as if another host had its address now.
    pub fn lose_the_host(&self) {
        self.silences.send_modify(|silences| *silences += 1);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.state.send_replace(State::Plugged);
    }
}

async fn carry(
    listener: TcpListener,
    server: String,
    state: Arc<watch::Sender<State>>,
    silences: Arc<watch::Sender<u32>>,
) {
    while let Ok((mut near, _)) = listener.accept().await {
        let mut state = state.subscribe();
        if *state.borrow() == State::Cut {
            continue;
        }
        let (server, mut silences) = (server.clone(), silences.subscribe());
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(server).await else { return };
            let mut copying = std::pin::pin!(copy_bidirectional(&mut near, &mut far));
            // Once it is lost both ends are kept open, and nobody reads from them.
            let mut is_lost = false;
            loop {
                let now = *state.borrow_and_update();
                tokio::select! {
                    _ = &mut copying, if now == State::Plugged && !is_lost => return,
                    _ = silences.changed(), if !is_lost => is_lost = true,
                    changed = state.changed() => if changed.is_err() || *state.borrow() == State::Cut { return },
                }
            }
        });
    }
}
