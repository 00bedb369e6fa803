//! Which of a pool's connections are trusted, and how long an answer of PostgreSQL is waited for. The network believes for
//! a quarter of an hour in a host that is gone without a word, and a slow one must not be taken for gone: whoever gives up
//! a COMMIT does not know whether it was done.

use super::DbError;
use sea_orm::{ConnAcquireErr, DbErr};
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::io::ErrorKind::TimedOut;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a statement may take here; longer than the server's own limit of 30 s, for a server that is silent. One that
/// waits while the host of another connection is found to be gone is given up within [`WELL`].
const SILENT: Duration = Duration::from_secs(35);
/// When nobody at all had an answer for so long, be it an error, the server is silent: a statement that waits for a lock has
/// its answer within 5 s, and somebody asks each second.
const NOBODY: Duration = Duration::from_secs(8);
/// How long a connection that comes back to the pool has for saying that it is well. Meanwhile its place in the pool is
/// taken. One that says nothing may be at work still for somebody who went away.
const WELL: Duration = Duration::from_secs(2);
/// A connection that has rested so long is asked whether somebody is still there.
const RESTED: Duration = Duration::from_secs(2);
/// It has nothing else to do. When so much has passed, a new connection is tried beside it; and when that one was made and
/// as much has passed again, the old one's host is gone, while another has its address.
const AWAKE: Duration = Duration::from_millis(500);

/// What is known of a pool's connections. Cloning shares it.
#[derive(Clone)]
pub(super) struct Trust(Arc<Known>);

struct Known {
    options: PgConnectOptions,
    origin: Instant,
    /// No connection from before this is used again; milliseconds after `origin`.
    before: AtomicU64,
    /// When a statement was answered last, like `before`.
    answered: AtomicU64,
    /// How often the server was found to be gone.
    losses: AtomicU64,
    /// Held by whoever tries a new connection: one at a time does.
    trying: Mutex<()>,
}

impl Trust {
    #[allow(clippy::disallowed_methods, reason = "compared with the age that the pool measures")]
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self(Arc::new(Known {
            options,
            origin: Instant::now(),
            before: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            trying: Mutex::new(()),
        }))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_stale(&self, age: Duration) -> bool {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.now().saturating_sub(age) < self.0.before.load(Ordering::Relaxed)
    }

    /// No connection that was made until now is used again.
    pub(super) fn let_go(&self) {
        self.0.before.store(self.now(), Ordering::Relaxed);
    }

    /// Their host is gone: what waits for its answers is given up as well.
    fn lost(&self) {
        self.let_go();
        self.0.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a connection may be used.
    pub(super) async fn admits(&self, connection: &mut PgConnection, about: PoolConnectionMetadata) -> bool {
        if self.is_stale(about.age) {
            return false;
        }
        about.idle_for < RESTED || self.is_awake(connection).await
    }

    async fn is_awake(&self, connection: &mut PgConnection) -> bool {
        let mut answer = pin!(connection.ping());
        // One that fails at once was ended by a host that is there, and is alone in that.
        if let Ok(answer) = timeout(AWAKE, &mut answer).await {
            return answer.is_ok();
        }
        let is_there = async {
            let Ok(_turn) = self.0.trying.try_lock() else { return false };
            let is_there = timeout(WELL, self.can_connect()).await == Ok(true);
            tokio::time::sleep(AWAKE).await;
            is_there
        };
        tokio::select! {
            biased;
            answer = answer => answer.is_ok(),
            is_there = is_there => {
                if is_there {
                    self.lost();
                }
                false
            }
        }
    }

    /// Whether a server is at the address. A pooler in between takes connections by itself, so the server is asked.
    /// That there are too many connections, or that it is starting or ending, is an answer as well.
    async fn can_connect(&self) -> bool {
        let asked = async {
            let mut connection = self.0.options.connect().await?;
            connection.ping().await?;
            connection.close().await
        };
        match asked.await {
            Ok(()) => true,
            Err(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code == "53300" || code.starts_with("57P0"))
            }
            Err(_) => false,
        }
    }

    /// Whether a connection may come back to the pool; what was left unread on it is read first. One that is too old is not
    /// asked, for its host may be gone.
    pub(super) async fn takes_back(
        &self,
        connection: &mut PgConnection,
        about: PoolConnectionMetadata,
    ) -> Result<(), sqlx::Error> {
        if self.is_stale(about.age) {
            return Err(sqlx::Error::Io(TimedOut.into()));
        }
        timeout(WELL, connection.ping()).await.unwrap_or_else(|_| Err(sqlx::Error::Io(TimedOut.into())))
    }

    /// An answer of the server, or that it is silent.
    pub(super) async fn bounded<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let mut answer = pin!(answer);
        let (losses, begun, mut waited) = (self.0.losses.load(Ordering::Relaxed), self.now(), Duration::ZERO);
        while waited < SILENT && self.0.losses.load(Ordering::Relaxed) == losses {
            if let Ok(answer) = timeout(WELL, &mut answer).await {
                if is_of_the_server(&answer) {
                    self.0.answered.store(self.now(), Ordering::Relaxed);
                }
                return answer;
            }
            waited += WELL;
            if waited >= NOBODY && self.0.answered.load(Ordering::Relaxed) < begun {
                self.lost();
            }
        }
        Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }
}

/// Whoever got no connection was not answered; whoever got an error was.
fn is_of_the_server<T>(answer: &Result<T, DbErr>) -> bool {
    answer.as_ref().err().is_none_or(|error| DbError(error.clone()).is_of_the_server())
}
