//! A connection to the broker that ends when it is told to.
//!
//! The client runs each connection in a thread of its own. A connection that is given up while the broker says nothing
//! would keep thread and socket for ever, for there are no heartbeats yet; so its socket is kept here as well, and shut.

use lapin::tcp::OwnedTLSConfig;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{AsyncTcpStream, Channel, Connection, ConnectionProperties};
use orion_contracts::Secret;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A channel on a connection of its own.
pub(super) struct Link {
    /// The channel. The connection lives as long as it.
    pub(super) channel: Channel,
    socket: Socket,
}

impl Link {
    /// Connects, within the limit. Who drops this future in between leaves nothing behind.
    pub(super) async fn open(url: &Secret, limit: Duration) -> lapin::Result<Self> {
        let uri = AMQPUri::from_str(url.expose()).map_err(io::Error::other)?;
        let socket = Socket::default();
        let given_up = CutOnDrop(Some(socket.clone()));
        let kept = socket.clone();
        let opening = async {
            let runtime = lapin::runtime::default_runtime()?;
            let connection = Connection::connector(
                uri,
                runtime,
                async move |uri: AMQPUri, runtime| {
                    let connecting = async {
                        let address = runtime.to_socket_addrs((uri.authority.host.clone(), uri.authority.port));
                        let stream = AsyncTcpStream::connect(&runtime, address).await?;
                        if let AsyncTcpStream::Plain(plain) = &stream {
                            kept.keep(plain.get_ref())?;
                        }
                        match uri.scheme {
                            AMQPScheme::AMQP => Ok(stream),
                            AMQPScheme::AMQPS => {
                                stream.into_tls(&uri.authority.host, OwnedTLSConfig::default().as_ref()).await
                            }
                        }
                    };
                    Ok(tokio::time::timeout(limit, connecting).await.map_err(io::Error::from)??)
                },
                ConnectionProperties::default(),
            )
            .await?;
            connection.create_channel().await
        };
        let channel = within(limit, opening).await?;
        given_up.spare();
        Ok(Self { channel, socket })
    }

    /// Ends it at once: nobody waits for the broker's word.
    pub(super) fn cut(&self) {
        self.socket.cut();
    }
}

/// An answer within the limit, or an error.
pub(super) async fn within<T>(limit: Duration, asked: impl Future<Output = lapin::Result<T>>) -> lapin::Result<T> {
    let silent = |_| Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {limit:?}")).into());
    tokio::time::timeout(limit, asked).await.unwrap_or_else(silent)
}

/// A connection's socket, beside the client that uses it.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stream: Option<TcpStream>,
    cut: bool,
}

impl Socket {
    fn keep(&self, stream: &impl AsFd) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.cut {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        state.stream = Some(stream.as_fd().try_clone_to_owned()?.into());
        Ok(())
    }

    fn cut(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cut = true;
        if let Some(stream) = state.stream.take() {
            // One that is closed already needs no end.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

struct CutOnDrop(Option<Socket>);

impl CutOnDrop {
    fn spare(mut self) {
        self.0 = None;
    }
}

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        if let Some(socket) = &self.0 {
            socket.cut();
        }
    }
}
