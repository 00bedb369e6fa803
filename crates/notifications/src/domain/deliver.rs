//! Delivering: the attempt is recorded, the provider called, the outcome recorded together with the end of the job. A
//! crash between two of these leaves a job whose lease runs out and an attempt that is seen to be unfinished: the next
//! worker closes it as unknown and sends again, under the same id.

use super::Notifications;
use super::delivery::{Attempt, AttemptOutcome, Change, Delivery, Failure, is_ended, summary};
use super::notification::Notification;
use super::retry;
use super::template::Rendered;
use crate::error::NotificationsError;
use crate::store;
use orion_contracts::DeliveryId;
use orion_contracts::events::{NotificationFailed, NotificationSent};
use orion_contracts::notifications::{Channel, DeliveryAttemptStatus};
use orion_infra::jobs::{self, Job, JobOutcome};
use orion_infra::mailer::{Mail, MailError};
use orion_infra::{DbError, Transaction};

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
    pub(crate) async fn deliver(&self, job: &Job, id: DeliveryId) -> Result<JobOutcome, NotificationsError> {
        let Some(begun) = self.begin_attempt(job, id).await? else { return Ok(JobOutcome::Completed) };
        let made = self.make_attempt(&begun).await?;
        self.record_outcome(job, begun, made).await
    }

    async fn begin_attempt(&self, job: &Job, id: DeliveryId) -> Result<Option<Begun>, NotificationsError> {
        let txn = self.infra.db.begin().await?;
        let now = self.infra.clock.now();
        let Some((mut delivery, notification)) = open_delivery(&txn, id).await? else {
            if jobs::complete(&txn, job).await? {
                txn.commit().await?;
            }
            return Ok(None);
        };
        let unknown = Failure::new("outcome_unknown", "the worker stopped before the provider's answer was recorded");
        store::attempts::close_abandoned(&txn, id, &unknown, now).await?;
        if !self.may_try_after(delivery.attempts) {
            let change = Change::Failed { failure: unknown };
            if self.conclude(&txn, job, &delivery, &notification, &change, None).await? {
                txn.commit().await?;
                self.metrics.ended(delivery.channel, change.state());
            }
            return Ok(None);
        }
        delivery.attempts += 1;
        let provider = self.infra.mailer.provider();
        let attempt = Attempt {
            id: self.infra.random.id(&self.infra.clock),
            delivery_id: id,
            number: delivery.attempts,
            provider,
        };
        store::attempts::insert(&txn, &attempt, now).await?;
        store::deliveries::begin_attempt(&txn, id, attempt.number, provider).await?;
        txn.commit().await?;
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

    async fn record_outcome(&self, job: &Job, begun: Begun, made: Made) -> Result<JobOutcome, NotificationsError> {
        let Begun { delivery, notification, attempt } = begun;
        let now = self.infra.clock.now();
        let pause = retry::pause(attempt.number, self.infra.random.fraction());
        let change = match &made.outcome.failure {
            None => Change::Sent,
            Some(failure) if made.is_transient && self.may_try_after(attempt.number) => {
                Change::Postponed { until: now + pause, failure: failure.clone() }
            }
            Some(failure) => Change::Failed { failure: failure.clone() },
        };
        let txn = self.infra.db.begin().await?;
        store::attempts::finish(&txn, &attempt, &made.outcome, now).await?;
        if !self.conclude(&txn, job, &delivery, &notification, &change, made.content.as_ref()).await? {
            txn.rollback().await?;
            tracing::warn!(delivery = %delivery.id, "another worker has taken this delivery over");
            return Ok(JobOutcome::Completed);
        }
        txn.commit().await?;
        match change {
            Change::Postponed { failure, .. } => Ok(JobOutcome::Retry { reason: failure.message, after: Some(pause) }),
            ended => {
                self.metrics.ended(delivery.channel, ended.state());
                Ok(JobOutcome::Completed)
            }
        }
    }

    /// Writes what becomes of a delivery, and when it has ended: its job is done, its secrets go, others are told.
    /// `false`: somebody else has ended it, or holds the job; roll back.
    async fn conclude(
        &self,
        txn: &Transaction,
        job: &Job,
        delivery: &Delivery,
        notification: &Notification,
        change: &Change,
        content: Option<&Rendered>,
    ) -> Result<bool, DbError> {
        let now = self.infra.clock.now();
        let version = store::notifications::next_version(txn, notification.id, now).await?;
        if open_delivery(txn, delivery.id).await?.is_none() {
            return Ok(false);
        }
        store::deliveries::change(txn, delivery.id, change, content, now).await?;
        let states = store::deliveries::states(txn, notification.id).await?;
        let erase = states.iter().all(|state| is_ended(*state));
        store::notifications::set_status(txn, notification.id, summary(&states), erase).await?;
        let (notification_id, user_id) = (notification.id, notification.user_id);
        let (kind, channel) = (notification.kind.clone(), delivery.channel);
        match change {
            Change::Postponed { .. } => return Ok(true),
            Change::Sent => {
                let sent = NotificationSent { notification_id, user_id, kind, channel };
                self.infra.tell(txn, notification_id.0, version, sent).await?;
            }
            Change::Failed { failure } => {
                let reason = failure.message.clone();
                let failed = NotificationFailed { notification_id, user_id, kind, channel, reason };
                self.infra.tell(txn, notification_id.0, version, failed).await?;
            }
        }
        jobs::complete(txn, job).await
    }
}

/// The delivery with its notification, when there still is something to do.
async fn open_delivery(txn: &Transaction, id: DeliveryId) -> Result<Option<(Delivery, Notification)>, DbError> {
    let Some(delivery) = store::deliveries::find(txn.connection(), id).await? else { return Ok(None) };
    if is_ended(delivery.state) {
        return Ok(None);
    }
    let notification = store::notifications::find(txn.connection(), delivery.notification_id).await?;
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
