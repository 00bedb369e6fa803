//! Delivering: the attempt is recorded, the provider called, the outcome recorded together with the end of the job. A
//! crash between two of these leaves a job whose lease runs out and an attempt that is seen to be unfinished: the next
//! worker closes it as unknown and sends again, under the same id.

use super::Notifications;
use super::delivery::{Attempt, AttemptOutcome, Delivery, Failure, Verdict, is_ended, summary};
use super::notification::Notification;
use super::template::Rendered;
use crate::error::NotificationsError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::DeliveryId;
use orion_contracts::events::{NotificationFailed, NotificationSent};
use orion_contracts::notifications::{Channel, DeliveryAttemptStatus};
use orion_infra::backoff::Backoff;
use orion_infra::jobs::{JobContext, Outcome};
use orion_infra::mailer::{Mail, MailError};
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The pauses between attempts: eight attempts outlast a receiver's greylisting and a short outage, and somebody who
/// waits for a link does not notice the first one.
const PAUSES: Backoff =
    Backoff::new(Duration::from_secs(2), Duration::from_secs(3600)).growing(4).at_least(Duration::from_millis(100));

/// The job that makes one attempt at a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deliver {
    /// What is to be delivered.
    pub(crate) delivery_id: DeliveryId,
}

/// A delivery whose next attempt has been recorded and not yet been made.
struct Begun {
    delivery: Delivery,
    notification: Notification,
    attempt: Attempt,
}

/// What an attempt led to.
struct Made {
    outcome: AttemptOutcome,
    /// Whether a later attempt may do better.
    is_transient: bool,
    /// The content as sent, without secrets.
    content: Option<Rendered>,
}

impl Notifications {
    /// Makes one attempt at a delivery, unless it has ended already.
    pub(crate) async fn deliver(&self, context: &JobContext, id: DeliveryId) -> Result<Outcome, NotificationsError> {
        let begin = self.infra.write(context.author(), async |change| self.begin_attempt(change, context, id).await);
        let Some(begun) = begin.await? else { return Ok(Outcome::Done) };
        let made = self.make_attempt(&begun).await?;
        let pause = PAUSES.pause(begun.attempt.number, &self.infra.random);
        let end = self.infra.write(context.author(), async |change| {
            let verdict = self.judge(&begun.attempt, &made, change.now() + pause);
            store::attempts::finish(change, &begun.attempt, &made.outcome, change.now()).await?;
            self.conclude(change, context, &begun.delivery, &begun.notification, &verdict, made.content.as_ref())
                .await?;
            Ok(verdict)
        });
        match end.await {
            Ok(Verdict::Postponed { failure, .. }) => {
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
        let now = change.now();
        let Some((mut delivery, notification)) = open_delivery(change, id).await? else {
            context.complete(change).await?;
            return Ok(None);
        };
        let unknown = Failure::new("outcome_unknown", "the worker stopped before the provider's answer was recorded");
        store::attempts::close_abandoned(change, id, &unknown, now).await?;
        if !self.may_try_after(delivery.attempts) {
            let verdict = Verdict::Failed { failure: unknown };
            self.conclude(change, context, &delivery, &notification, &verdict, None).await?;
            return Ok(None);
        }
        delivery.attempts += 1;
        let provider = self.infra.mailer.provider();
        let attempt = Attempt { id: change.id(), delivery_id: id, number: delivery.attempts, provider };
        store::attempts::insert(change, &attempt, now).await?;
        store::deliveries::begin_attempt(change, id, attempt.number, provider).await?;
        Ok(Some(Begun { delivery, notification, attempt }))
    }

    fn may_try_after(&self, attempts: i64) -> bool {
        attempts < i64::from(self.config.delivery_attempts.max(1))
    }

    async fn make_attempt(&self, begun: &Begun) -> Result<Made, NotificationsError> {
        let Begun { delivery, notification, attempt } = begun;
        let message = match self.compose(delivery, notification).await? {
            Ok(message) => message,
            Err(failure) => return Ok(Made::refused(failure)),
        };
        if delivery.channel != Channel::Email {
            let failure = format!("no provider is configured for {}", delivery.channel.as_str());
            return Ok(Made::refused(Failure::new("channel_not_configured", failure)));
        }
        let mail = Mail {
            id: delivery.id.0,
            to: delivery.recipient.clone(),
            to_name: notification.recipient_name.clone(),
            subject: message.content.subject.unwrap_or_default(),
            text: message.content.text,
            html: message.content.html,
        };
        let started = self.infra.clock.monotonic();
        let answer = self.infra.mailer.send(&mail).await;
        let duration = self.infra.clock.monotonic() - started;
        let (status, provider_id, failure, is_transient) = match answer {
            Ok(receipt) => ("success", receipt.provider_id, None, false),
            Err(MailError::Permanent(why)) => ("rejected", None, Some(Failure::new("refused", why)), false),
            Err(MailError::Transient(why)) => ("failure", None, Some(Failure::new("not_accepted", why)), true),
        };
        self.metrics.called(attempt.provider, "send", status, duration);
        let outcome = AttemptOutcome {
            status: if failure.is_some() { DeliveryAttemptStatus::Failure } else { DeliveryAttemptStatus::Success },
            provider_id,
            response_time_ms: i64::try_from(duration.as_millis()).ok(),
            failure,
        };
        Ok(Made { outcome, is_transient, content: Some(message.masked) })
    }

    fn judge(&self, attempt: &Attempt, made: &Made, until: DateTime<Utc>) -> Verdict {
        match &made.outcome.failure {
            None => Verdict::Sent,
            Some(failure) if made.is_transient && self.may_try_after(attempt.number) => {
                Verdict::Postponed { until, failure: failure.clone() }
            }
            Some(failure) => Verdict::Failed { failure: failure.clone() },
        }
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
        if open_delivery(change, delivery.id).await?.is_none() {
            return Err(NotificationsError::TakenOver);
        }
        store::deliveries::settle(change, delivery.id, verdict, content, now).await?;
        let states = store::deliveries::states(change, notification.id).await?;
        let erase = states.iter().all(|state| is_ended(*state));
        store::notifications::set_status(change, notification.id, summary(&states), erase).await?;
        let (notification_id, user_id) = (notification.id, notification.user_id);
        let (kind, channel) = (notification.kind.clone(), delivery.channel);
        match verdict {
            Verdict::Postponed { until, failure } => {
                let pause = (*until - now).to_std().unwrap_or_default();
                return Ok(context.retry(change, pause, &failure.message).await?);
            }
            Verdict::Sent => {
                let sent = NotificationSent { notification_id, user_id, kind, channel };
                change.tell(notification_id.0, version, sent);
            }
            Verdict::Failed { failure } => {
                let reason = failure.message.clone();
                let failed = NotificationFailed { notification_id, user_id, kind, channel, reason };
                change.tell(notification_id.0, version, failed);
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

impl Made {
    /// Nobody was asked, and asking again would not help.
    fn refused(failure: Failure) -> Self {
        let outcome = AttemptOutcome {
            status: DeliveryAttemptStatus::Failure,
            provider_id: None,
            response_time_ms: None,
            failure: Some(failure),
        };
        Self { outcome, is_transient: false, content: None }
    }
}
