//! Keeps the signing keys: publishes the next one, retires old ones, and notices what other processes did.

use crate::domain::{Auth, signing};
use crate::error::AuthError;
use orion_contracts::bus::BusMessage;
use orion_infra::tasks::Task;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60);

/// Keeps them.
pub(crate) fn task(auth: Auth) -> Task {
    Task::new("key rotation", move |stop| run(auth.clone(), stop))
}

async fn run(auth: Auth, stop: CancellationToken) {
    let mut messages = auth.infra.bus.subscribe();
    let mut next = auth.infra.clock.monotonic();
    loop {
        if auth.infra.clock.monotonic() >= next {
            next = auth.infra.clock.monotonic() + EVERY;
            keep(&auth).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = auth.infra.clock.sleep_until(next) => {}
            message = messages.recv() => match message {
                Ok(BusMessage::KeysChanged) | Err(RecvError::Lagged(_)) => reload(&auth).await,
                Err(RecvError::Closed) => return,
                Ok(_) => {}
            }
        }
    }
}

async fn keep(auth: &Auth) {
    match signing::rotate(&auth.infra, &auth.config.get()).await {
        // Also without a change of our own: another process may have made one while the bus was away.
        Ok(_) => reload(auth).await,
        Err(error) => complain(&error),
    }
}

async fn reload(auth: &Auth) {
    if let Err(error) = signing::reload(&auth.infra, &auth.keys).await {
        complain(&error);
    }
}

fn complain(error: &AuthError) {
    tracing::warn!(%error, "signing keys are not kept up to date; trying again");
}
