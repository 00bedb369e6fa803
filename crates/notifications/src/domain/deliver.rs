//! Delivering: the attempt is recorded, the provider called, the outcome recorded together with the end of the job. A
//! crash between two of these leaves a job whose lease runs out and an attempt that is seen to be unfinished: the next
//! worker closes it as unknown and sends again, under the same id.

use super::Notifications;
use super::attempt::{Again, Made};
use super::delivery::{Attempt, Delivery, Failure, Verdict, is_ended, summary};
use super::notification::Notification;
use super::template::{CompiledTemplate, Rendered};
use crate::error::NotificationsError;
use crate::store;
use orion_contracts::DeliveryId;
use orion_contracts::events::{NotificationFailed, NotificationSent};
use orion_infra::backoff::{Backoff, rounded};
use orion_infra::jobs::{JobContext, Outcome};
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The pauses between attempts: somebody who waits for a link does not notice the first ones, and sixty outlast a day.
pub(super) const PAUSES: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(3600)).growing(4).lasting();
/// The pauses after attempts whose outcome nobody knows: each further one may be a repetition.
const PAUSES_OF_DOUBT: Backoff = Backoff::new(Duration::from_secs(120), Duration::from_secs(3600)).growing(5).lasting();
/// How many attempts may end without anybody knowing what came of them. The person has the message as often, perhaps.
const DOUBTFUL_ATTEMPTS: u64 = 3;
/// How many workers may stop in the middle of an attempt: it may be the delivery that stops them.
const LOST_WORKERS: u64 = 8;
/// How long the outcome of an attempt is tried to be written: where it is not, the message is sent once more.
const WRITING: Duration = Duration::from_secs(300);
/// The pauses between two tries at that.
const PAUSES_OF_WRITING: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));

/// The job that makes one attempt at a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deliver {
    /// What is to be delivered.
    pub(crate) delivery_id: DeliveryId,
}

/// A delivery whose next attempt has been recorded and not yet been made.
pub(super) struct Begun {
    pub(super) delivery: Delivery,
    pub(super) notification: Notification,
    /// The version that the delivery is pinned to, or why it cannot be filled.
    pub(super) template: Result<Arc<CompiledTemplate>, Failure>,
    pub(super) attempt: Attempt,
}

impl Notifications {
    /// Makes one attempt at a delivery, unless it has ended already.
    pub(crate) async fn deliver(&self, context: &JobContext, id: DeliveryId) -> Result<Outcome, NotificationsError> {
        // What waits for its turn has begun nothing, and can be put back.
        let turn = context.unless_cancelled(self.infra.mailer.turn()).await;
        let Some(turn) = turn else { return Ok(Outcome::Stopped) };
        let begin = self.infra.write(context.author(), async |change| self.begin_attempt(change, context, id).await);
        let ended = match begin.await {
            Ok(Some(begun)) => {
                let made = self.make_attempt(turn, &begun).await;
                self.end_attempt(context, &begun, &made).await
            }
            Ok(None) => return Ok(Outcome::Done),
            Err(error) => Err(error),
        };
        match ended {
            Ok(Verdict::Postponed { pause, failure }) => {
                Ok(Outcome::Retry { reason: failure.message, after: Some(pause) })
            }
            Ok(_) => Ok(Outcome::Done),
            Err(NotificationsError::TakenOver) => {
                tracing::warn!(delivery = %id, "another worker has taken this delivery over");
                Ok(Outcome::Done)
            }
            Err(error) => Err(error),
        }
    }

    async fn begin_attempt(
        &self,
        change: &mut Change,
        context: &JobContext,
        id: DeliveryId,
    ) -> Result<Option<Begun>, NotificationsError> {
        change.unaudited(super::LEDGER);
        if !context.holds(change).await? {
            return Err(NotificationsError::TakenOver);
        }
        let now = change.now();
        let Some((mut delivery, notification)) = open_delivery(change, id).await? else {
            context.complete(change).await?;
            return Ok(None);
        };
        // It was being sent when its recipient was deleted, or was not among the first that were cancelled.
        let refusal = self.refusal(change, notification.user_id, &notification.kind, delivery.channel).await?;
        if let Some(failure) = refusal {
            let verdict = Verdict::Cancelled { failure };
            self.conclude(change, context, &delivery, &notification, &verdict, None).await?;
            return Ok(None);
        }
        let lost = Failure::new(Failure::WORKER_LOST, "the worker stopped before the provider's answer was recorded");
        let workers = match delivery.attempts {
            // Nothing was begun that could have been abandoned.
            0 => 0,
            _ => {
                store::attempts::close_abandoned(change, id, &lost, now).await?;
                store::attempts::count_with(change, id, Failure::WORKER_LOST).await?
            }
        };
        if !self.may_try_after(delivery.attempts) || workers >= LOST_WORKERS {
            let verdict = Verdict::Failed { failure: lost };
            self.conclude(change, context, &delivery, &notification, &verdict, None).await?;
            return Ok(None);
        }
        // Read before anything is recorded: where the database fails here, no attempt was made.
        let template = self.compiled(change, delivery.template_id).await?.map_err(Failure::from);
        delivery.attempts += 1;
        let provider = self.infra.mailer.provider();
        let attempt = Attempt { id: change.id(), delivery_id: id, number: delivery.attempts, provider };
        store::attempts::insert(change, &attempt, now).await?;
        store::deliveries::begin_attempt(change, id, attempt.number, provider).await?;
        Ok(Some(Begun { delivery, notification, template, attempt }))
    }

    fn may_try_after(&self, attempts: i64) -> bool {
        attempts < i64::from(self.config.get().delivery_attempts.max(1))
    }

    /// Writes what came of an attempt. A database that is away for a while is no reason to send a message twice.
    async fn end_attempt(
        &self,
        context: &JobContext,
        begun: &Begun,
        made: &Made,
    ) -> Result<Verdict, NotificationsError> {
        let clock = &self.infra.clock;
        let (until, mut failures) = (clock.monotonic() + WRITING, 0);
        loop {
            let end = self.infra.write(context.author(), async |change| {
                store::attempts::finish(change, &begun.attempt, &made.outcome, change.now()).await?;
                let verdict = self.judge(change, &begun.attempt, made).await?;
                let Begun { delivery, notification, .. } = begun;
                self.conclude(change, context, delivery, notification, &verdict, made.content.as_ref()).await?;
                Ok(verdict)
            });
            match end.await {
                Err(NotificationsError::Db(error)) if JobContext::was_given_on(&error) => {
                    return Err(NotificationsError::TakenOver);
                }
                Err(NotificationsError::Db(error)) if clock.monotonic() < until => {
                    failures += 1;
                    let pause = PAUSES_OF_WRITING.pause(failures, &self.infra.random);
                    let (delivery, retry_in) = (begun.delivery.id, rounded(pause));
                    tracing::warn!(%delivery, %error, ?retry_in, "the outcome of an attempt could not be written");
                    clock.sleep(pause).await;
                }
                ended => return ended,
            }
        }
    }

    async fn judge(&self, change: &Change, attempt: &Attempt, made: &Made) -> Result<Verdict, NotificationsError> {
        let Some(failure) = made.outcome.failure.clone() else { return Ok(Verdict::Sent) };
        let random = &self.infra.random;
        let pause = match made.again {
            Again::Never => None,
            Again::Soon => Some(PAUSES.pause(attempt.number, random)),
            Again::Seldom => {
                let doubtful = store::attempts::count_with(change, attempt.delivery_id, Failure::UNKNOWN).await?;
                let failures = i64::try_from(doubtful).unwrap_or(i64::MAX);
                (doubtful < DOUBTFUL_ATTEMPTS).then(|| PAUSES_OF_DOUBT.pause(failures, random))
            }
        };
        Ok(match pause.filter(|_| self.may_try_after(attempt.number)) {
            Some(pause) => Verdict::Postponed { pause, failure },
            None => Verdict::Failed { failure },
        })
    }

    /// Writes what becomes of a delivery and of its job; when it has ended, its secrets go and others are told.
    async fn conclude(
        &self,
        change: &mut Change,
        context: &JobContext,
        delivery: &Delivery,
        notification: &Notification,
        verdict: &Verdict,
        content: Option<&Rendered>,
    ) -> Result<(), NotificationsError> {
        change.unaudited(super::LEDGER);
        let now = change.now();
        let version = store::notifications::next_version(change, notification.id, now).await?;
        let mut states = store::deliveries::states(change, notification.id).await?;
        match states.get_mut(&delivery.id) {
            Some(state) if !is_ended(*state) => *state = verdict.state(),
            _ => return Err(NotificationsError::TakenOver),
        }
        store::deliveries::settle(change, delivery.id, verdict, content, now).await?;
        let states: Vec<_> = states.into_values().collect();
        let erase = states.iter().all(|state| is_ended(*state));
        store::notifications::set_status(change, notification.id, summary(&states), erase).await?;
        let (notification_id, user_id) = (notification.id, notification.user_id);
        let (kind, channel) = (notification.kind.clone(), delivery.channel);
        match verdict {
            Verdict::Postponed { pause, failure } => {
                return Ok(context.retry(change, *pause, &failure.message).await?);
            }
            Verdict::Sent => {
                let sent = NotificationSent { notification_id, user_id, kind, channel };
                change.tell(notification_id.0, version, sent);
            }
            Verdict::Failed { failure } => {
                let (reason, attempts) = (failure.message.clone(), delivery.attempts);
                tracing::warn!(
                    delivery = %delivery.id, notification = %notification.id, kind, attempts, code = failure.code, reason,
                    "a message was not delivered, and is given up"
                );
                let failed = NotificationFailed { notification_id, user_id, kind, channel, reason };
                change.tell(notification_id.0, version, failed);
            }
            Verdict::Cancelled { failure } => {
                let reason = &failure.message;
                tracing::info!(delivery = %delivery.id, notification = %notification_id, kind, reason, "a message is not sent");
            }
        }
        context.complete(change).await?;
        let (notifications, state) = (self.clone(), verdict.state());
        change.after_commit(move || notifications.metrics.ended(channel, state));
        Ok(())
    }
}

/// The delivery with its notification, when there still is something to do.
async fn open_delivery(
    connection: &impl ConnectionTrait,
    id: DeliveryId,
) -> Result<Option<(Delivery, Notification)>, DbError> {
    let Some(delivery) = store::deliveries::find(connection, id).await? else { return Ok(None) };
    if is_ended(delivery.state) {
        return Ok(None);
    }
    let notification = store::notifications::find(connection, delivery.notification_id).await?;
    Ok(notification.map(|notification| (delivery, notification)))
}
