//! The bus: what every node is told at once. Lossy; heartbeats tell when it is away, and when somebody is cut off from it.

mod memory;
mod postgres;
mod redis;

pub use memory::MemoryBus;
pub use postgres::PostgresBus;
pub use redis::RedisBus;

use crate::backoff::Backoff;
use crate::{Clock, Outage, Random};
use arc_swap::ArcSwap;
use async_trait::async_trait;
use orion_contracts::InstanceId;
use orion_contracts::bus::BusMessage;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// How many messages a subscriber may fall behind before it loses some.
const CAPACITY: usize = 1024;
/// How often a heartbeat is sent.
const BEAT: Duration = Duration::from_millis(500);
/// Without an own heartbeat for this long, the bus counts as away.
const AWAY: Duration = Duration::from_millis(1500);
/// For how long somebody is missed whose heartbeats have stopped: a process that was killed says no goodbye.
const MISSED: Duration = Duration::from_secs(60);
/// How many others are listened for.
const OTHERS: usize = 10_000;
/// After so many beats of which none came back, the connection is given up: it may be half open for ever.
const SILENT: u32 = 6;
/// How long a message may take to be sent, and all that a change announces together: its client waits for it.
const SEND: Duration = Duration::from_secs(1);
/// Pauses before connecting again.
const PAUSES: Backoff = Backoff::new(BEAT, Duration::from_secs(5)).at_least(BEAT);

/// A way to reach all nodes.
#[async_trait]
pub trait BusBackend: Send + Sync {
    /// Sends to all nodes, this one included.
    async fn publish(&self, message: &BusMessage) -> Result<(), BusError>;

    /// Connects, says so to `inbound`, and passes on what arrives until the connection ends. It must not connect again by
    /// itself: that would hide that messages were lost.
    async fn receive(&self, inbound: &Inbound) -> Result<(), BusError>;

    /// What it runs over and where that is, for people; never a secret.
    fn place(&self) -> String {
        "the bus".to_owned()
    }

    /// Whether it reaches other processes, which may then miss what was not sent. One in memory ends with its process,
    /// and whoever starts reads everything.
    fn reaches_others(&self) -> bool {
        true
    }
}

/// The bus cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BusError(pub String);

/// Takes a message at once, in the process that sends it.
type Follower = Arc<dyn Fn(&BusMessage) + Send + Sync>;

/// Where a backend puts what arrives.
#[derive(Clone)]
pub struct Inbound {
    followers: Arc<ArcSwap<Vec<Follower>>>,
    messages: broadcast::Sender<BusMessage>,
    connections: watch::Sender<u64>,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            followers: Arc::default(),
            messages: broadcast::Sender::new(CAPACITY),
            connections: watch::Sender::new(0),
        }
    }
}

impl Inbound {
    /// A connection has begun to listen: what was sent before it is lost.
    pub fn connected(&self) {
        self.connections.send_modify(|count| *count += 1);
    }

    /// Passes a message on to all subscribers of this process.
    pub fn deliver(&self, message: BusMessage) {
        // Nobody listening is fine.
        let _ = self.messages.send(message);
    }

    /// Passes on a message as it came over the wire; what cannot be read is logged and dropped.
    pub fn deliver_json(&self, text: &[u8]) {
        match serde_json::from_slice(text) {
            Ok(message) => self.deliver(message),
            Err(error) => tracing::debug!(%error, "unknown message on the bus"),
        }
    }
}

/// A handle to the bus.
#[derive(Clone)]
pub struct Bus {
    backend: Arc<dyn BusBackend>,
    inbound: Inbound,
    clock: Clock,
    random: Random,
    outage: Outage,
    id: InstanceId,
    /// Monotonic milliseconds of the last own heartbeat that came back.
    last_beat: Arc<AtomicU64>,
    /// The same of everybody else.
    others: Arc<Mutex<HashMap<InstanceId, u64>>>,
}

impl Bus {
    /// A bus over the backend; call [`Bus::run`] to make it live.
    pub fn new(backend: Arc<dyn BusBackend>, inbound: Inbound, clock: Clock, random: &Random) -> Self {
        let id = random.id(&clock);
        let last_beat = Arc::new(AtomicU64::new(millis(clock.monotonic())));
        let outage = Outage::new(backend.place(), clock.clone());
        Self { backend, inbound, clock, random: random.clone(), outage, id, last_beat, others: Arc::default() }
    }

    /// Tells all nodes; whether it was sent. An error is logged, not returned: who misses a message asks its owner.
    pub async fn publish(&self, message: BusMessage) -> bool {
        match tokio::time::timeout(SEND, self.backend.publish(&message)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::debug!(%error, "bus message not sent"),
            Err(_) => tracing::debug!("bus message not sent in time"),
        }
        false
    }

    /// Tells what a change announces: first this process, which has followed all of it when the first message leaves,
    /// then all nodes. Whether all was sent by who hears the bus too; what comes after one that was not is left to the
    /// dispatcher with it. A command listens to none, and may well know another one than the platform uses: what it tells is told
    /// again by a process that runs.
    pub(crate) async fn announce(&self, messages: &[BusMessage]) -> bool {
        for message in messages {
            for follower in self.inbound.followers.load().iter() {
                follower(message);
            }
        }
        let all = async {
            for message in messages {
                if !self.publish(message.clone()).await {
                    return false;
                }
            }
            true
        };
        let was_sent = tokio::time::timeout(SEND, all).await.unwrap_or(false);
        was_sent && *self.inbound.connections.borrow() > 0
    }

    /// Calls `follower` with what this process announces, before anybody else hears of it. It must not wait.
    pub fn follow(&self, follower: impl Fn(&BusMessage) + Send + Sync + 'static) {
        let follower: Follower = Arc::new(follower);
        self.inbound.followers.rcu(|followers| {
            let mut followers = Vec::clone(followers);
            followers.push(follower.clone());
            followers
        });
    }

    /// Whether there are others to hear it, who would miss what was not sent.
    pub(crate) fn reaches_others(&self) -> bool {
        self.backend.reaches_others()
    }

    /// Everything that arrives from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<BusMessage> {
        self.inbound.messages.subscribe()
    }

    /// Changes with every connection that begins to listen: messages sent before it may have been missed.
    pub fn connections(&self) -> watch::Receiver<u64> {
        self.inbound.connections.subscribe()
    }

    /// Whether messages come through at the moment.
    pub fn is_healthy(&self) -> bool {
        millis(self.clock.monotonic()).saturating_sub(self.last_beat.load(Ordering::Relaxed)) < millis(AWAY)
    }

    /// Whether the heartbeats of somebody have stopped without a goodbye: they may be cut off from the bus, and tell what
    /// nobody hears. Forgotten after a minute.
    pub fn misses_somebody(&self) -> bool {
        let now = millis(self.clock.monotonic());
        let mut others = self.others();
        others.retain(|_, beat| now.saturating_sub(*beat) < millis(MISSED));
        others.values().any(|beat| now.saturating_sub(*beat) >= millis(AWAY))
    }

    fn others(&self) -> MutexGuard<'_, HashMap<InstanceId, u64>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Receives and beats until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.receive(stop.clone()), self.beat(stop.clone()), self.listen(stop));
    }

    async fn receive(&self, stop: CancellationToken) {
        let mut failures = 0;
        loop {
            let beat = self.last_beat.load(Ordering::Relaxed);
            let reason = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.backend.receive(&self.inbound) => match ended {
                    Ok(()) => "it ended the connection".to_owned(),
                    Err(error) => error.to_string(),
                },
                () = self.silence() => "no heartbeat came back".to_owned(),
            };
            // A connection over which heartbeats came was well: this failure is a first one.
            failures = if self.last_beat.load(Ordering::Relaxed) == beat { failures + 1 } else { 1 };
            self.outage.failed(&reason);
            let pause = PAUSES.pause(failures, &self.random);
            if stop.run_until_cancelled(self.clock.sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Ends when own heartbeats have stopped coming back. Beats are counted, not time: a clock that jumps is no silence.
    async fn silence(&self) {
        let (mut last, mut missed) = (self.last_beat.load(Ordering::Relaxed), 0);
        while missed < SILENT {
            self.clock.sleep(BEAT).await;
            let beat = self.last_beat.load(Ordering::Relaxed);
            missed = if beat == last { missed + 1 } else { 0 };
            last = beat;
        }
    }

    async fn beat(&self, stop: CancellationToken) {
        for sequence in 0.. {
            self.publish(BusMessage::Heartbeat { instance: self.id, sequence }).await;
            if stop.run_until_cancelled(self.clock.sleep(BEAT)).await.is_none() {
                self.publish(BusMessage::Left { instance: self.id }).await;
                return;
            }
        }
    }

    async fn listen(&self, stop: CancellationToken) {
        let mut messages = self.subscribe();
        loop {
            let message = tokio::select! {
                () = stop.cancelled() => return,
                message = messages.recv() => message,
            };
            match message {
                Ok(BusMessage::Heartbeat { instance, .. }) if instance == self.id => {
                    self.last_beat.store(millis(self.clock.monotonic()), Ordering::Relaxed);
                    self.outage.over();
                }
                Ok(BusMessage::Heartbeat { instance, .. }) => {
                    let now = millis(self.clock.monotonic());
                    let mut others = self.others();
                    if others.len() < OTHERS || others.contains_key(&instance) {
                        others.insert(instance, now);
                    }
                }
                Ok(BusMessage::Left { instance }) => {
                    self.others().remove(&instance);
                }
                Err(broadcast::error::RecvError::Closed) => return,
                _ => {}
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connects to nothing: what is sent is swallowed, and the connection never ends.
    struct HalfOpen;

    #[async_trait]
    impl BusBackend for HalfOpen {
        async fn publish(&self, _: &BusMessage) -> Result<(), BusError> {
            std::future::pending().await
        }

        async fn receive(&self, inbound: &Inbound) -> Result<(), BusError> {
            inbound.connected();
            std::future::pending().await
        }
    }

    /// Swallows what is sent.
    struct Away;

    #[async_trait]
    impl BusBackend for Away {
        async fn publish(&self, _: &BusMessage) -> Result<(), BusError> {
            Ok(())
        }

        async fn receive(&self, _: &Inbound) -> Result<(), BusError> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn what_is_announced_by_who_hears_no_bus_is_left_to_be_told_again() {
        let inbound = Inbound::default();
        let bus = Bus::new(Arc::new(Away), inbound.clone(), Clock::system(), &Random::seeded(1));
        assert!(!bus.announce(&[BusMessage::KeysChanged]).await);
        inbound.connected();
        assert!(bus.announce(&[BusMessage::KeysChanged]).await);
    }

    #[tokio::test]
    async fn many_announcements_over_a_silent_bus_hold_up_no_longer_than_one() {
        let bus = Bus::new(Arc::new(HalfOpen), Inbound::default(), Clock::system(), &Random::seeded(1));
        let heard = Arc::new(AtomicU64::new(0));
        bus.follow({
            let heard = heard.clone();
            move |_| {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        });
        let announced = bus.announce(&[BusMessage::KeysChanged, BusMessage::KeysChanged, BusMessage::KeysChanged]);
        let sent = tokio::time::timeout(SEND * 2, announced).await.expect("the limit of one");
        assert!(!sent && heard.load(Ordering::Relaxed) == 3, "this process has followed all of them");
    }

    #[tokio::test]
    async fn a_connection_over_which_no_heartbeat_comes_back_is_made_again() {
        let (clock, control) = Clock::adjustable();
        let bus = Bus::new(Arc::new(HalfOpen), Inbound::default(), clock, &Random::seeded(1));
        let connections = bus.connections();
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (bus, stop) = (bus.clone(), stop.clone());
            async move { bus.run(stop).await }
        });
        let again = async {
            while *connections.borrow() < 2 {
                control.advance(BEAT);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), again).await.expect("connected again");
        stop.cancel();
        tokio::time::timeout(SEND * 2, running)
            .await
            .expect("a message that is not sent holds nothing up")
            .expect("ends");
    }
}
