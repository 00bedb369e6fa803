//! One call of the provider, and what it led to.

use super::Notifications;
use super::deliver::Begun;
use super::delivery::{AttemptOutcome, Failure};
use super::template::Rendered;
use orion_contracts::notifications::{Channel, DeliveryAttemptStatus};
use orion_infra::mailer::{Mail, MailError, Turn};

/// What an attempt led to.
pub(super) struct Made {
    pub(super) outcome: AttemptOutcome,
    /// Whether a later attempt may do better.
    pub(super) again: Again,
    /// The content as sent, without secrets.
    pub(super) content: Option<Rendered>,
}

/// Whether another attempt is made after one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail as well.
    Never,
    /// It may do better.
    Soon,
    /// It may be needed, and may be a repetition.
    Seldom,
}

impl Notifications {
    /// Fills the template and calls the provider.
    pub(super) async fn make_attempt(&self, turn: Turn, begun: &Begun) -> Made {
        let Begun { delivery, notification, template, attempt } = begun;
        let message =
            match template.as_ref().map_err(Failure::clone).and_then(|template| self.compose(template, notification)) {
                Ok(message) => message,
                Err(failure) => return Made::refused(failure),
            };
        if delivery.channel != Channel::Email {
            let failure = format!("no provider is configured for {}", delivery.channel.as_str());
            return Made::refused(Failure::new("channel_not_configured", failure));
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
        let answer = self.infra.mailer.send(turn, &mail).await;
        let duration = self.infra.clock.monotonic() - started;
        use DeliveryAttemptStatus::{Failure as Failed, Success, Unknown};
        let (called, status, provider_id, failure, again) = match answer {
            Ok(receipt) => ("success", Success, receipt.provider_id, None, Again::Never),
            Err(MailError::Permanent(why)) => ("rejected", Failed, None, Some(("refused", why)), Again::Never),
            Err(MailError::Transient(why)) => ("failure", Failed, None, Some(("not_accepted", why)), Again::Soon),
            Err(MailError::Unknown(why)) => ("unknown", Unknown, None, Some((Failure::UNKNOWN, why)), Again::Seldom),
        };
        self.metrics.called(attempt.provider, "send", called, duration);
        let outcome = AttemptOutcome {
            status,
            provider_id,
            response_time_ms: i64::try_from(duration.as_millis()).ok(),
            failure: failure.map(|(code, why)| Failure::new(code, why)),
        };
        Made { outcome, again, content: Some(message.masked) }
    }
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
        Self { outcome, again: Again::Never, content: None }
    }
}
