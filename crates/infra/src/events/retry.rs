//! Tries parked events again, each for the consumer that could not take it.

use super::consumers::{Refusal, reason};
use super::intake::{CONCURRENCY, Intake};
use super::parked::{self, ENVELOPE, Parked};
use crate::{DbError, Random};
use futures_util::{FutureExt, StreamExt, stream};
use orion_contracts::Author;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often an event is tried before it is dead: for about a day in all.
pub const ATTEMPTS: i64 = 20;
/// The pause after the first try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);
/// How many are tried before the next look.
const BATCH: usize = 50;
/// Looks without being rung for: another process may have parked something, and died.
const POLL: Duration = Duration::from_secs(30);
/// The pause after a look that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The pause after so many tries, give or take half.
pub(super) fn pause(attempts: i64, random: &Random) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE).mul_f64(0.5 + random.fraction())
}

impl Intake {
    /// Tries again what is parked and due, until told to stop.
    pub async fn retry(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = match self.retry_due().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "parked events cannot be tried again; trying later");
                    PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = self.infra().clock.sleep(wait) => {}
            }
        }
    }

    /// Tries what is due, some at once; how long there is nothing to do then.
    async fn retry_due(&self) -> Result<Duration, DbError> {
        let infra = self.infra();
        let due = parked::due(&infra.db, infra.clock.now(), BATCH).await?;
        let trying: Vec<_> = due.iter().map(|parked| self.try_again(parked).boxed()).collect();
        let outcomes: Vec<_> = stream::iter(trying).buffer_unordered(CONCURRENCY).collect().await;
        self.count().await?;
        outcomes.into_iter().collect::<Result<(), _>>()?;
        let next = parked::next_due(&infra.db).await?;
        let until = next.map(|next| (next - infra.clock.now()).to_std().unwrap_or_default());
        Ok(until.map_or(POLL, |until| until.min(POLL)))
    }

    async fn try_again(&self, parked: &Parked) -> Result<(), DbError> {
        let refusal = match serde_json::from_str(&parked.event) {
            Err(error) => Refusal::Unreadable(reason(&error)),
            Ok(event) if parked.key.consumer == ENVELOPE => return self.take_whole(parked, event).await,
            Ok(event) => match serde_json::from_value(event) {
                Err(error) => Refusal::Unreadable(reason(&error)),
                Ok(event) => match self.find(&parked.key.consumer, &parked.kind) {
                    None => Refusal::Unreadable("there is no consumer of this name any more".to_owned()),
                    Some(consumer) => match self.attempt(consumer, &event, Some(parked)).await {
                        Ok(()) => return Ok(()),
                        Err(refusal) => refusal,
                    },
                },
            },
        };
        self.failed(parked, refusal).await
    }

    /// What could not be read as an event goes through everything again. What still cannot be is parked as before.
    async fn take_whole(&self, parked: &Parked, event: serde_json::Value) -> Result<(), DbError> {
        if let Err(error) = serde_json::from_value::<orion_contracts::events::Event>(event.clone()) {
            return self.failed(parked, Refusal::Unreadable(reason(&error))).await;
        }
        match self.take(event).await {
            Ok(()) => {
                let gone = self.infra().write(Author::PLATFORM, async |change| {
                    change.unaudited("an event was taken after all");
                    parked::remove(change, &parked.key).await
                });
                gone.await
            }
            Err(problem) => self.failed(parked, Refusal::Refused(problem)).await,
        }
    }

    async fn failed(&self, parked: &Parked, refusal: Refusal) -> Result<(), DbError> {
        let infra = self.infra();
        let attempts = parked.attempts + 1;
        let (reason, is_dead) = match refusal {
            Refusal::Unreadable(reason) => (reason, true),
            Refusal::Refused(problem) => (problem.to_string(), attempts >= ATTEMPTS),
        };
        let (consumer, event, kind) = (&parked.key.consumer, parked.key.event_id, &parked.kind);
        if is_dead {
            infra.queues.failed.with_label_values(&["events", "dead"]).inc();
            tracing::error!(consumer, %event, kind, attempts, reason, "an event is given up; somebody has to look");
        } else {
            infra.queues.failed.with_label_values(&["events", "retry"]).inc();
            tracing::warn!(consumer, %event, kind, attempts, reason, "an event was not taken; trying again");
        }
        let pause = if is_dead { Duration::ZERO } else { pause(attempts, &infra.random) };
        let noted = infra.write(Author::PLATFORM, async |change| {
            change.unaudited("nothing is changed but when an event is tried again");
            parked::fail(change, parked, &reason, change.now() + pause, is_dead).await
        });
        noted.await
    }

    async fn count(&self) -> Result<(), DbError> {
        let parked = &self.infra().queues.parked;
        let counts = parked::count(&self.infra().db).await?;
        parked.reset();
        for (consumer, state, events) in counts {
            parked.with_label_values(&[&consumer, &state]).set(events);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_for_about_a_day() {
        let random = Random::seeded(1);
        let total: Duration = (1..ATTEMPTS).map(|attempts| pause(attempts, &random)).sum();
        assert!((15..40).contains(&(total.as_secs() / 3600)), "{total:?}");
    }
}
