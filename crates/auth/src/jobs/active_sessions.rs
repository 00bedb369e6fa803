//! Keeps the gauge of sessions.

use crate::domain::Auth;
use crate::store::sessions;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(30);

/// Counts until told to stop.
pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = auth.infra.clock.sleep(EVERY) => {}
        }
        match sessions::count_alive(auth.infra.db.read_aside(), auth.infra.clock.now()).await {
            Ok(count) => auth.metrics.active_sessions.set(i64::try_from(count).unwrap_or(i64::MAX)),
            Err(error) => tracing::debug!(%error, "sessions are not counted"),
        }
    }
}
