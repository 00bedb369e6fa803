//! Keeps an [`Identity`](super::Identity) fresh: at start, over the bus, and by polling while the bus is away or somebody
//! is cut off from it.

use super::{Inner, Keys};
use jsonwebtoken::jwk::JwkSet;
use orion_contracts::ServiceName;
use orion_contracts::bus::{BusMessage, RevocationQuery};
use orion_contracts::internal::{ListRevocations, ListRoles, Nothing};
use orion_infra::peers::PeerError;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// How often the bus is looked after, and how often everything is read again while it is away.
const POLL: Duration = Duration::from_secs(1);
/// How often everything is read again, whatever the bus says.
const RELOAD: Duration = Duration::from_secs(60);
/// First pause after a failed load; in one process the others are ready within milliseconds.
const RETRY: Duration = Duration::from_millis(5);

/// What has been learnt so far.
#[derive(Default)]
pub(super) struct State {
    keys: AtomicBool,
    revocations: AtomicBool,
    roles: AtomicBool,
    /// Why what is not known could not be read, at the last try.
    reasons: Mutex<BTreeMap<&'static str, String>>,
}

impl State {
    pub(super) fn check(&self) -> Result<(), String> {
        let missing: Vec<_> =
            [("signing keys", &self.keys), ("revocations", &self.revocations), ("roles", &self.roles)]
                .into_iter()
                .filter(|(_, known)| !known.load(Ordering::Acquire))
                .map(|(name, _)| name)
                .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons: Vec<_> = missing.iter().filter_map(|name| reasons.get(name).map(String::as_str)).collect();
        reasons.dedup();
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        Err(format!("not known yet: {}{reasons}", missing.join(", ")))
    }

    fn note(&self, name: &'static str, reason: Option<String>) {
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        match reason {
            Some(reason) => reasons.insert(name, reason),
            None => reasons.remove(name),
        };
    }
}

pub(super) async fn run(inner: &Arc<Inner>, stop: CancellationToken) {
    // Listening begins before reading: what changes in between is heard.
    let heard = inner.infra.bus.subscribe();
    tokio::select! {
        () = stop.cancelled() => {}
        () = hear(inner, heard) => {}
        () = follow(inner) => {}
    }
}

/// Takes at once what needs to be asked of nobody: what somebody lost, and what was revoked, waits for no reading of roles or keys.
async fn hear(inner: &Inner, mut messages: Receiver<BusMessage>) {
    loop {
        match messages.recv().await {
            Ok(BusMessage::GrantsChanged { user_id, .. }) => inner.grants.invalidate(user_id).await,
            Ok(BusMessage::Revoked(line)) => inner.revoke(&line),
            Ok(_) => {}
            // Whoever follows misses as much, and reads the revocations again.
            Err(RecvError::Lagged(_)) => inner.grants.invalidate_all(),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn follow(inner: &Inner) {
    let (bus, clock) = (&inner.infra.bus, &inner.infra.clock);
    // Listening begins before reading: what changes in between is heard.
    let (mut messages, mut connections) = (bus.subscribe(), bus.connections());
    first_load(inner).await;
    let mut was_away = false;
    let mut poll_at = clock.monotonic() + POLL;
    let mut reload_at = clock.monotonic() + RELOAD;
    loop {
        // Looked at in every turn: heartbeats alone would otherwise always come before the next poll.
        if clock.monotonic() >= poll_at {
            poll_at = clock.monotonic() + POLL;
            let away = !bus.is_healthy();
            if away || was_away {
                // While it is away nothing in the cache can be trusted to be current, and once after it is back.
                inner.grants.invalidate_all();
                reload_at = Duration::ZERO;
            }
            was_away = away;
            let misses_somebody = bus.misses_somebody();
            if misses_somebody || clock.monotonic() >= reload_at {
                let complete = reload(inner).await;
                reload_at = clock.monotonic() + if complete { RELOAD } else { POLL };
                if misses_somebody && complete {
                    // Whoever is missed may have changed them. Where those who know cannot be asked, they are kept.
                    inner.grants.invalidate_all();
                }
            }
        }
        let missed = tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => {
                    if !take(inner, message).await {
                        reload_at = Duration::ZERO;
                    }
                    false
                }
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
            Ok(()) = connections.changed() => true,
            () = clock.sleep_until(poll_at) => false,
        };
        if missed {
            inner.grants.invalidate_all();
            (poll_at, reload_at) = (Duration::ZERO, Duration::ZERO);
        }
    }
}

async fn first_load(inner: &Inner) {
    let mut pause = RETRY;
    while inner.state.check().is_err() {
        reload(inner).await;
        if inner.state.check().is_err() {
            inner.infra.clock.sleep(pause).await;
            pause = (pause * 2).min(POLL);
        }
    }
}

/// Reads everything again; whether all of it could be read.
async fn reload(inner: &Inner) -> bool {
    let (keys, revocations, roles) = tokio::join!(read_keys(inner), load_revocations(inner), load_roles(inner));
    let keys = keys.map(|keys| publish(inner, keys));
    let mut complete = true;
    for (what, outcome) in [("signing keys", keys), ("revocations", revocations), ("roles", roles)] {
        if let Err(error) = &outcome {
            complete = false;
            tracing::debug!(what, %error, "identity not refreshed");
        }
        inner.state.note(what, outcome.err().map(|error| error.to_string()));
    }
    complete
}

/// Does what a message asks for; whether it could be done.
async fn take(inner: &Inner, message: BusMessage) -> bool {
    let outcome = match message {
        // Known already, unless whoever hears it fell behind.
        BusMessage::Revoked(line) => {
            inner.revoke(&line);
            Ok(())
        }
        BusMessage::RolesChanged { .. } => load_roles(inner).await,
        BusMessage::KeysChanged => read_keys(inner).await.map(|keys| publish(inner, keys)),
        _ => Ok(()),
    };
    if let Err(error) = &outcome {
        tracing::warn!(%error, "identity not refreshed after a bus message");
    }
    outcome.is_ok()
}

async fn read_keys(inner: &Inner) -> Result<Keys, PeerError> {
    let set: JwkSet = inner.infra.peers.to(ServiceName::Auth).get("/.well-known/jwks.json").await?;
    Ok(Keys::from_set(&set))
}

/// Lets tokens pass that these keys have signed: never before all revocations are known, or a revoked one would pass. The
/// keys that are there already are no news, for whoever follows them forgets what it has verified.
fn publish(inner: &Inner, keys: Keys) {
    if keys.is_empty() || !inner.state.revocations.load(Ordering::Acquire) {
        return;
    }
    if !inner.keys.get().are(&keys) {
        inner.keys.set(keys);
    }
    inner.state.keys.store(true, Ordering::Release);
}

async fn load_revocations(inner: &Inner) -> Result<(), PeerError> {
    loop {
        let after = inner.revocations.get().last();
        let list = inner.infra.peers.call(&ListRevocations {}, &RevocationQuery { after }).await?;
        // A line that a clock ahead forgot would not come again once it is right.
        let now = inner.infra.believed_now().await.ok();
        inner.revocations.update(|known| {
            let mut next = known.clone();
            for line in &list.items {
                next.add(line);
                next.read_up_to(line.sequence);
            }
            if let Some(now) = now {
                next.purge(now);
            }
            next
        });
        if !list.more {
            inner.state.revocations.store(true, Ordering::Release);
            return Ok(());
        }
    }
}

async fn load_roles(inner: &Inner) -> Result<(), PeerError> {
    let catalogue = inner.infra.peers.call(&ListRoles {}, &Nothing {}).await?;
    inner.grants.set_roles(catalogue);
    inner.state.roles.store(true, Ordering::Release);
    Ok(())
}
