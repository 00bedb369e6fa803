//! Keeps an [`Identity`](super::Identity) fresh: at start, over the bus, and by polling while the bus is away or somebody
//! is cut off from it.

use super::{Inner, Keys};
use jsonwebtoken::jwk::JwkSet;
use orion_contracts::ServiceName;
use orion_contracts::bus::{BusMessage, RevocationQuery};
use orion_contracts::internal::{ListRevocations, ListRoles, Nothing};
use orion_infra::peers::PeerError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// How often the bus is looked after, and how often everything is read again while it is away.
const POLL: Duration = Duration::from_secs(1);
/// How often everything is read again, whatever the bus says.
const RELOAD: Duration = Duration::from_secs(60);
/// First pause after a failed load; in one process the others are ready within milliseconds.
const RETRY: Duration = Duration::from_millis(5);

/// What has been learnt so far.
pub(super) struct State {
    keys: Part,
    revocations: Part,
    roles: Part,
}

/// Something that is read from its owner.
struct Part {
    name: &'static str,
    known: AtomicBool,
    /// It may have changed. What is said while it is being read has it read once more.
    outdated: Notify,
    /// Why it could not be read, at the last try.
    reason: Mutex<Option<String>>,
}

impl Part {
    fn new(name: &'static str) -> Self {
        Self { name, known: AtomicBool::new(false), outdated: Notify::new(), reason: Mutex::default() }
    }

    fn is_known(&self) -> bool {
        self.known.load(Ordering::Acquire)
    }

    fn reason(&self) -> MutexGuard<'_, Option<String>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for State {
    fn default() -> Self {
        Self { keys: Part::new("signing keys"), revocations: Part::new("revocations"), roles: Part::new("roles") }
    }
}

impl State {
    fn parts(&self) -> [&Part; 3] {
        [&self.keys, &self.revocations, &self.roles]
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let missing: Vec<_> = self.parts().into_iter().filter(|part| !part.is_known()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut reasons: Vec<_> = missing.iter().filter_map(|part| part.reason().clone()).collect();
        reasons.dedup();
        let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        let names: Vec<_> = missing.iter().map(|part| part.name).collect();
        Err(format!("not known yet: {}{reasons}", names.join(", ")))
    }

    /// Anything may have changed: all of it is read again.
    fn outdate(&self) {
        self.parts().into_iter().for_each(|part| part.outdated.notify_one());
    }
}

pub(super) async fn run(inner: &Inner, stop: CancellationToken) {
    let (bus, state) = (&inner.infra.bus, &inner.state);
    // Listening begins before reading: what changes in between is heard.
    let (messages, connections) = (bus.subscribe(), bus.connections());
    // Each part has a reader of its own: an owner that does not answer holds up nothing that another one knows.
    let readers = async {
        tokio::join!(
            keep(inner, &state.keys, load_keys),
            keep(inner, &state.revocations, load_revocations),
            keep(inner, &state.roles, load_roles),
        )
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = hear(inner, messages, connections) => {}
        _ = readers => {}
    }
}

/// Takes what is told, at once: it asks nobody, so what somebody lost and what was revoked waits for no reading.
async fn hear(inner: &Inner, mut messages: Receiver<BusMessage>, mut connections: watch::Receiver<u64>) {
    let (bus, clock, state) = (&inner.infra.bus, &inner.infra.clock, &inner.state);
    let mut was_away = false;
    let mut poll_at = clock.monotonic() + POLL;
    loop {
        // Looked at in every turn: heartbeats alone would otherwise always come before the next poll.
        if clock.monotonic() >= poll_at {
            poll_at = clock.monotonic() + POLL;
            let away = !bus.is_healthy();
            if away || was_away {
                // While it is away nothing in the cache can be trusted to be current, and once after it is back.
                inner.grants.invalidate_all();
            }
            if away || was_away || bus.misses_somebody() {
                state.outdate();
            }
            was_away = away;
        }
        let missed = tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => {
                    take(inner, message).await;
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
            state.outdate();
        }
    }
}

async fn take(inner: &Inner, message: BusMessage) {
    match message {
        BusMessage::GrantsChanged { user_id, .. } => inner.grants.invalidate(user_id).await,
        BusMessage::Revoked(line) => inner.revoke(&line),
        BusMessage::RolesChanged { .. } => inner.state.roles.outdated.notify_one(),
        BusMessage::KeysChanged => inner.state.keys.outdated.notify_one(),
        _ => {}
    }
}

/// Reads a part again and again: when it may have changed, and after a while whatever is said.
async fn keep<'a, Loading>(inner: &'a Inner, part: &'a Part, load: impl Fn(&'a Inner) -> Loading)
where
    Loading: Future<Output = Result<(), PeerError>>,
{
    let clock = &inner.infra.clock;
    let mut pause = RETRY;
    loop {
        let outcome = load(inner).await;
        if let Err(error) = &outcome {
            tracing::debug!(what = part.name, %error, "identity not refreshed");
        }
        let was_read = outcome.is_ok() && part.is_known();
        *part.reason() = outcome.err().map(|error| error.to_string());
        let next = if was_read { RELOAD } else { pause };
        pause = if was_read { POLL } else { (pause * 2).min(POLL) };
        tokio::select! {
            () = part.outdated.notified() => {}
            () = clock.sleep(next) => {}
        }
    }
}

async fn load_keys(inner: &Inner) -> Result<(), PeerError> {
    let set: JwkSet = inner.infra.peers.to(ServiceName::Auth).get("/.well-known/jwks.json").await?;
    publish(inner, Keys::from_set(&set));
    Ok(())
}

/// Lets tokens pass that these keys have signed: never before all revocations are known, or a revoked one would pass. The
/// keys that are there already are no news, for whoever follows them forgets what it has verified.
fn publish(inner: &Inner, keys: Keys) {
    if keys.is_empty() || !inner.state.revocations.is_known() {
        return;
    }
    if !inner.keys.get().are(&keys) {
        inner.keys.set(keys);
    }
    inner.state.keys.known.store(true, Ordering::Release);
}

async fn load_revocations(inner: &Inner) -> Result<(), PeerError> {
    loop {
        let after = inner.revocations.get().last();
        let list = inner.infra.peers.call(&ListRevocations {}, &RevocationQuery { after }).await?;
        inner.revocations.update(|known| {
            let mut next = known.clone();
            for line in &list.items {
                next.add(line);
                next.read_up_to(line.sequence);
            }
            next
        });
        if !list.more {
            break;
        }
    }
    if !inner.state.revocations.known.swap(true, Ordering::AcqRel) {
        // They may have been read already, and were waiting for this.
        inner.state.keys.outdated.notify_one();
    }
    // In force before a database is asked for the time. A line that a clock ahead forgot would not come again once it is right.
    if let Ok(now) = inner.infra.believed_now().await {
        inner.revocations.update(|known| {
            let mut next = known.clone();
            next.purge(now);
            next
        });
    }
    Ok(())
}

async fn load_roles(inner: &Inner) -> Result<(), PeerError> {
    let misses_somebody = inner.infra.bus.misses_somebody();
    let catalogue = inner.infra.peers.call(&ListRoles {}, &Nothing {}).await?;
    inner.grants.set_roles(catalogue);
    inner.state.roles.known.store(true, Ordering::Release);
    if misses_somebody {
        // Whoever is missed may have changed what somebody holds. Where users cannot be asked, what is known is kept.
        inner.grants.invalidate_all();
    }
    Ok(())
}
