//! The first words with a PostgreSQL server: whether it is there, and whether a connection stays with one session of it.

use super::connect::OpenError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use std::io::ErrorKind;
use std::time::Duration;

/// How long to wait before a server is asked again that is just starting.
const PAUSE: Duration = Duration::from_millis(100);
/// How often two connections are compared. Others may be served in between, and hide once what a pooler does.
const ROUNDS: usize = 3;

/// Connects once, outside any pool, so that what is wrong is told in the server's or the system's own words.
pub(super) async fn greet(options: &PgConnectOptions, limit: Duration) -> Result<(), OpenError> {
    let unreachable = |error: String| OpenError::Unreachable { server: name(options), error };
    let mut last = format!("no answer within {} ms", limit.as_millis());
    let connected = tokio::time::timeout(limit, async {
        loop {
            match options.connect().await {
                Err(error) if is_starting(&error) => last = words(&error),
                connected_or_failed => return connected_or_failed,
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    let connected = connected.await;
    let mut first = match connected {
        Ok(connected) => connected.map_err(|error| unreachable(words(&error)))?,
        Err(_) => return Err(unreachable(last)),
    };
    let compared = tokio::time::timeout(limit, async {
        let mut second = options.connect().await?;
        let shares = shares_sessions(&mut first, &mut second).await?;
        // Whether they end in order or not is all the same: nothing was done on them.
        let _ = tokio::join!(first.close(), second.close());
        Ok::<_, sqlx::Error>(shares)
    });
    match compared.await {
        Ok(Ok(false)) => Ok(()),
        Ok(Ok(true)) => Err(OpenError::Pooler { server: name(options) }),
        Ok(Err(error)) => Err(unreachable(words(&error))),
        Err(_) => Err(unreachable(format!("no answer within {} ms", limit.as_millis()))),
    }
}

/// Whether something in between gives a session to whoever has a transaction: while the second connection holds one, the
/// first, which has none, has lost the session that it had.
async fn shares_sessions(first: &mut PgConnection, second: &mut PgConnection) -> Result<bool, sqlx::Error> {
    for _ in 0..ROUNDS {
        let before = session(first).await?;
        let mut transaction = second.begin().await?;
        let other = session(&mut transaction).await?;
        if other == before || session(first).await? != before {
            return Ok(true);
        }
        transaction.rollback().await?;
    }
    Ok(false)
}

/// Asked without a prepared statement, which such a pooler would lose.
async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::Executor::fetch_one(connection, "SELECT pg_backend_pid()").await?.try_get(0)
}

/// Nobody listens yet, or it is not done with starting (57P03).
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

/// Where the server is, such as `db.example.com:5432`.
pub(super) fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// What is wrong, in the words of who said it; sqlx would add the line of PostgreSQL's own source.
pub(super) fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}
