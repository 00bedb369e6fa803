//! A WebSocket client of the console's live messages.

use futures_util::{SinkExt, StreamExt};
use orion_contracts::live::{LiveMessage, LiveRequest};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open socket.
pub struct LiveClient(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came next.
#[derive(Debug)]
pub enum Received {
    Message(Box<LiveMessage>),
    Closed(Option<u16>),
}

impl LiveClient {
    /// Opens a socket at `http://…` with these headers; a refusal is its HTTP status.
    pub async fn connect(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = url.replacen("http", "ws", 1).into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a request.
    pub async fn send(&mut self, request: &LiveRequest) {
        self.send_text(serde_json::to_string(request).unwrap()).await;
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Sends a sign of life that nobody asked for; a socket that is closed by now takes none.
    pub async fn send_pong(&mut self) {
        let _ = self.0.send(Message::Pong(Default::default())).await;
    }

    /// The next message; fails the test after ten seconds.
    pub async fn next(&mut self) -> Received {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("a message in time");
            match next {
                Some(Ok(Message::Text(text))) => {
                    let message = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                    return Received::Message(Box::new(message));
                }
                Some(Ok(Message::Close(frame))) => return Received::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Received::Closed(None),
            }
        }
    }
}
