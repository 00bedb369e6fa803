//! One lane of the outbox: its rows are sent in order, batch after batch. A lane whose other side is away backs off as a
//! whole and touches no row; a row that is refused is put off on its own.

use super::dispatcher::PAUSES;
use super::outbox::{self, Outgoing, PutOff, Row};
use super::{BUS_LANE, PublishError, lease};
use crate::backoff::{Backoff, rounded};
use crate::{DbError, Infra, Outage};
use orion_contracts::EventId;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{MAX_EVENT_BYTES, RefusedEvent};
use std::ops::Range;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a row that cannot be read or is too large is left alone: long enough to be no load, and yet a newer version sends
/// it.
const UNSENDABLE: Duration = Duration::from_secs(86_400);
/// How long a lane rests after it has sent something. The first event leaves at once; those that follow closely travel together,
/// for each batch costs a call and a transaction on either side.
pub const GATHERING: Duration = Duration::from_millis(25);
/// The pauses before a lane that is away is tried again.
const AWAY: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(15));

/// One lane of a service's outbox.
pub struct Lane {
    infra: Infra,
    lane: &'static str,
    outage: Outage,
}

/// What a look into the lane came to.
enum Looked {
    /// There was nothing to do, or another process does it.
    Idle,
    /// Something left, and more may have come meanwhile; whether more was there before.
    Busy { more: bool },
    /// The other side is away.
    Away,
}

/// What became of a batch.
#[derive(Default)]
struct Outcome {
    delivered: Vec<Uuid>,
    put_off: Vec<PutOff>,
}

impl Lane {
    /// A lane of the service's outbox.
    pub fn new(infra: Infra, lane: &'static str) -> Self {
        let subject = format!("the lane to {lane} of the outbox of {}", infra.service);
        Self { outage: Outage::new(subject, infra.clock.clone()), infra, lane }
    }

    /// Works until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let looked = self.look(&stop).await.unwrap_or_else(|error| {
                self.outage.failed(&error);
                Looked::Away
            });
            let pause = match looked {
                Looked::Busy { more } => {
                    failures = 0;
                    self.outage.over();
                    if more {
                        continue;
                    }
                    Some(GATHERING)
                }
                Looked::Idle => None,
                Looked::Away => {
                    failures += 1;
                    Some(AWAY.pause(failures, &self.infra.random))
                }
            };
            let wait = async {
                match pause {
                    // Whatever comes meanwhile waits with the rest.
                    Some(pause) => self.infra.clock.sleep(pause).await,
                    None => self.infra.db.doorbell().lane(self.lane).await,
                }
            };
            if stop.run_until_cancelled(wait).await.is_none() {
                return;
            }
        }
    }

    async fn look(&self, stop: &CancellationToken) -> Result<Looked, DbError> {
        let (infra, now) = (&self.infra, self.infra.clock.now());
        let (mut rows, mut more) = outbox::due(&infra.db, self.lane, now).await?;
        if rows.is_empty() {
            return Ok(Looked::Idle);
        }
        if lease::is_needed(&infra.db) {
            if !lease::take(infra, self.lane).await? {
                return Ok(Looked::Idle);
            }
            // What another process has sent until just now is gone.
            (rows, more) = outbox::due(&infra.db, self.lane, now).await?;
        }
        let started = infra.clock.monotonic();
        let sent = if rows.is_empty() { Ok(Outcome::default()) } else { self.send(rows).await };
        infra.queues.duration.with_label_values(&["outbox"]).observe((infra.clock.monotonic() - started).as_secs_f64());
        let (outcome, looked) = match sent {
            Ok(outcome) => (outcome, Looked::Busy { more }),
            Err(error) => {
                infra.queues.failed.with_label_values(&["outbox", "publish"]).inc();
                self.outage.failed(&error);
                (Outcome::default(), Looked::Away)
            }
        };
        let goes_on = matches!(looked, Looked::Busy { more: true }) && !stop.is_cancelled();
        self.settle(&outcome, goes_on).await?;
        Ok(looked)
    }

    async fn send(&self, rows: Vec<Row>) -> Result<Outcome, PublishError> {
        if self.lane == BUS_LANE { self.announce(rows).await } else { self.publish(rows).await }
    }

    async fn publish(&self, rows: Vec<Row>) -> Result<Outcome, PublishError> {
        let mut outcome = Outcome::default();
        let (mut events, mut attempts) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for Row { id, kind, text, attempts: tried } in rows {
            if text.len() > MAX_EVENT_BYTES {
                outcome.put_off.push(self.unsendable(id, format!("it has more than {MAX_EVENT_BYTES} bytes")));
                continue;
            }
            match serde_json::from_str(&text) {
                Ok(event) => {
                    events.push(Outgoing { id: EventId(id), kind, event });
                    attempts.push(tried);
                }
                Err(error) => outcome.put_off.push(self.unsendable(id, error.to_string())),
            }
        }
        let refused = self.post(&events).await?;
        let published = (events.len() - refused.len().min(events.len())) as u64;
        self.infra.queues.published.with_label_values(&["outbox", self.lane]).inc_by(published);
        for (position, (event, attempts)) in events.iter().zip(attempts).enumerate() {
            match refused.iter().find(|refusal| refusal.position == position) {
                None => outcome.delivered.push(event.id.0),
                Some(refusal) => outcome.put_off.push(self.refused(event.id.0, attempts, refusal)),
            }
        }
        Ok(outcome)
    }

    /// Sends events. A batch that is refused as a whole is sent in halves, to find the one that it is about. Gives those that
    /// were refused on their own.
    async fn post(&self, events: &[Outgoing]) -> Result<Vec<RefusedEvent>, PublishError> {
        let (mut refused, mut parts) = (Vec::new(), vec![Range { start: 0, end: events.len() }]);
        while let Some(part) = parts.pop() {
            let sent = match &events[part.clone()] {
                [] => continue,
                events => self.infra.events.transport().publish(self.lane, events).await,
            };
            match sent {
                Ok(mut answer) if part.len() > 1 && answer.len() == part.len() => {
                    // Nothing is wrong with all of them: the listener cannot even put them aside.
                    let reason = answer.swap_remove(0).reason;
                    return Err(PublishError::Broker(format!("all are refused: {reason}")));
                }
                Ok(answer) => {
                    let place =
                        |refusal: RefusedEvent| RefusedEvent { position: part.start + refusal.position, ..refusal };
                    refused.extend(answer.into_iter().map(place));
                }
                Err(error) if error.is_about_the_batch() && part.len() == 1 => {
                    refused.push(RefusedEvent { position: part.start, reason: error.to_string() });
                }
                Err(error) if error.is_about_the_batch() => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    /// Makes announcements that the process which committed them did not make.
    async fn announce(&self, rows: Vec<Row>) -> Result<Outcome, PublishError> {
        let mut outcome = Outcome::default();
        for Row { id, text, .. } in rows {
            let message: BusMessage = match serde_json::from_str(&text) {
                Ok(message) => message,
                Err(error) => {
                    outcome.put_off.push(self.unsendable(id, error.to_string()));
                    continue;
                }
            };
            if self.infra.bus.publish(message).await {
                outcome.delivered.push(id);
            } else if outcome.delivered.is_empty() {
                return Err(PublishError::Bus);
            } else {
                // What was announced until now stays done.
                break;
            }
        }
        let announced = outcome.delivered.len() as u64;
        self.infra.queues.published.with_label_values(&["outbox", self.lane]).inc_by(announced);
        Ok(outcome)
    }

    fn refused(&self, id: Uuid, attempts: i64, refusal: &RefusedEvent) -> PutOff {
        let pause = PAUSES.pause(attempts + 1, &self.infra.random);
        self.infra.queues.failed.with_label_values(&["outbox", "refused"]).inc();
        let retry_in = rounded(pause);
        tracing::warn!(lane = self.lane, event = %id, reason = refusal.reason, ?retry_in, "an event was refused");
        PutOff { id, reason: refusal.reason.clone(), pause }
    }

    fn unsendable(&self, id: Uuid, reason: String) -> PutOff {
        self.infra.queues.failed.with_label_values(&["outbox", "unreadable"]).inc();
        tracing::error!(lane = self.lane, event = %id, reason, "a row of the outbox cannot be sent; it is put aside");
        PutOff { id, reason, pause: UNSENDABLE }
    }

    /// Writes what became of a batch, and leaves the lane unless more is known to be there.
    async fn settle(&self, outcome: &Outcome, goes_on: bool) -> Result<(), DbError> {
        let (infra, now) = (&self.infra, self.infra.clock.now());
        let releases = !goes_on && lease::is_needed(&infra.db);
        if outcome.delivered.is_empty() && outcome.put_off.is_empty() && !releases {
            return Ok(());
        }
        let transaction = infra.db.transaction().await?;
        outbox::remove(&transaction, self.lane, &outcome.delivered).await?;
        for row in &outcome.put_off {
            outbox::put_off(&transaction, self.lane, row, now).await?;
        }
        if releases {
            lease::release(&transaction, infra, self.lane).await?;
        }
        transaction.commit().await
    }
}
