//! Connections to an SMTP server that are used again.
//!
//! Not lettre's pool: it takes back a connection whose conversation was broken off, as a time-out does, and the next mail
//! would read the answers that were meant for this one.

use super::super::MailError;
use super::conversation::{Broken, Given, give};
use super::letter::Letter;
use super::server::Server;
use crate::Clock;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many connections wait for their next mail.
const PARKED: usize = 16;
/// How long a connection waits for it; servers close idle ones after some minutes.
const IDLE: Duration = Duration::from_secs(60);
/// How long a connection that was parked may take to show that it is still good.
const STILL_GOOD: Duration = Duration::from_secs(1);

/// A server and the connections to it. Whoever drops a future of it drops the connection that it was using.
pub(super) struct Pool {
    server: Server,
    clock: Clock,
    parked: Mutex<Vec<Parked>>,
}

struct Parked {
    connection: AsyncSmtpConnection,
    since: Duration,
}

impl Pool {
    /// No connection yet.
    pub(super) fn new(server: Server, clock: Clock) -> Self {
        Self { server, clock, parked: Mutex::default() }
    }

    /// Gives the server a mail. The caller limits the time.
    pub(super) async fn send(&self, letter: &Letter, given: &Given) -> Result<Response, MailError> {
        // A connection may end at any moment, also right after it has shown that it is good.
        if let Some(connection) = self.good().await {
            match self.send_by(connection, letter, given).await {
                Err(Broken::Connection(error)) => tracing::debug!(%error, "a connection was closed; taking a new one"),
                ended => return Ok(ended?),
            }
        }
        let connection = self.server.connect().await?;
        Ok(self.send_by(connection, letter, given).await?)
    }

    async fn send_by(
        &self,
        mut connection: AsyncSmtpConnection,
        letter: &Letter,
        given: &Given,
    ) -> Result<Response, Broken> {
        let answer = give(&mut connection, letter, given).await?;
        self.park(connection);
        Ok(answer)
    }

    /// Whether the server can be spoken to. The caller limits the time.
    pub(super) async fn check(&self) -> Result<(), MailError> {
        let connection = match self.good().await {
            Some(connection) => connection,
            None => self.server.connect().await?,
        };
        self.park(connection);
        Ok(())
    }

    /// A connection from before that is still good.
    async fn good(&self) -> Option<AsyncSmtpConnection> {
        while let Some(mut connection) = self.unpark() {
            let good = tokio::time::timeout(STILL_GOOD, connection.test_connected()).await;
            if good.unwrap_or(false) {
                return Some(connection);
            }
        }
        None
    }

    fn unpark(&self) -> Option<AsyncSmtpConnection> {
        let now = self.clock.monotonic();
        let mut parked = self.lock();
        parked.retain(|parked| now.saturating_sub(parked.since) < IDLE);
        parked.pop().map(|parked| parked.connection)
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        let mut parked = self.lock();
        if parked.len() < PARKED {
            parked.push(Parked { connection, since: self.clock.monotonic() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Parked>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
