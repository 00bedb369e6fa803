//! One way out of a notification: where it can stand, and what an attempt makes of it.

use orion_contracts::notifications::{Channel, DeliveryAttemptStatus, NotificationStatus};
use orion_contracts::{DeliveryId, NotificationId, TemplateId};
use std::time::Duration;
use uuid::Uuid;

/// How much of a provider's words is kept.
const MESSAGE_LENGTH: usize = 500;

/// One way out of a notification.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    pub(crate) notification_id: NotificationId,
    pub(crate) channel: Channel,
    /// Address, or user id for the in-app inbox.
    pub(crate) recipient: String,
    pub(crate) state: NotificationStatus,
    /// The template version that it is pinned to.
    pub(crate) template_id: TemplateId,
    /// How often it was tried.
    pub(crate) attempts: i64,
}

/// One attempt that is under way.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) id: Uuid,
    pub(crate) delivery_id: DeliveryId,
    /// Counts from 1.
    pub(crate) number: i64,
    pub(crate) provider: &'static str,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct AttemptOutcome {
    pub(crate) status: DeliveryAttemptStatus,
    pub(crate) provider_id: Option<String>,
    pub(crate) response_time_ms: Option<i64>,
    pub(crate) failure: Option<Failure>,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// For programs.
    pub(crate) code: &'static str,
    /// For people; without secrets.
    pub(crate) message: String,
}

impl Failure {
    /// The code where the provider had a message whole and did not say whether it took it.
    pub(crate) const UNKNOWN: &'static str = "outcome_unknown";
    /// The code where the worker stopped before it heard the answer, or before it wrote it down.
    pub(crate) const WORKER_LOST: &'static str = "worker_lost";

    /// A failure; long messages are cut.
    pub(crate) fn new(code: &'static str, message: impl ToString) -> Self {
        Self { code, message: message.to_string().chars().take(MESSAGE_LENGTH).collect() }
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// A provider has taken it.
    Sent,
    /// It is tried again.
    Postponed {
        /// Not sooner.
        pause: Duration,
        /// Why the last attempt failed.
        failure: Failure,
    },
    /// It is given up.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Nobody wants it sent any more.
    Cancelled {
        /// Why.
        failure: Failure,
    },
}

impl Verdict {
    /// Where the delivery stands then.
    pub(crate) fn state(&self) -> NotificationStatus {
        match self {
            Self::Sent => NotificationStatus::Sent,
            Self::Postponed { .. } => NotificationStatus::Queued,
            Self::Failed { .. } => NotificationStatus::Failed,
            Self::Cancelled { .. } => NotificationStatus::Cancelled,
        }
    }

    /// Why it did not leave.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Sent => None,
            Self::Postponed { failure, .. } | Self::Failed { failure } | Self::Cancelled { failure } => Some(failure),
        }
    }
}

/// Whether nothing more will be tried.
pub(crate) fn is_ended(state: NotificationStatus) -> bool {
    !matches!(state, NotificationStatus::Queued | NotificationStatus::Processing)
}

/// Where a notification stands whose ways out stand there: open while one is, then as good as the best.
pub(crate) fn summary(states: &[NotificationStatus]) -> NotificationStatus {
    use NotificationStatus::*;
    [Processing, Queued, Delivered, Sent, Bounced, Rejected, Failed, Expired, Cancelled]
        .into_iter()
        .find(|status| states.contains(status))
        .unwrap_or(Queued)
}

#[cfg(test)]
mod tests {
    use super::NotificationStatus::*;
    use super::*;

    #[test]
    fn a_notification_is_open_while_one_of_its_ways_is() {
        assert_eq!(summary(&[Delivered, Queued]), Queued);
        assert_eq!(summary(&[Failed, Processing]), Processing);
        assert_eq!(summary(&[Failed, Sent]), Sent);
        assert_eq!(summary(&[Sent, Delivered]), Delivered);
        assert_eq!(summary(&[Failed, Failed]), Failed);
    }

    #[test]
    fn every_status_sums_up_to_itself() {
        for status in NotificationStatus::ALL {
            assert_eq!(summary(&[*status]), *status);
        }
    }

    #[test]
    fn what_a_provider_says_is_cut_between_characters() {
        assert_eq!(Failure::new("code", "é".repeat(600)).message.chars().count(), MESSAGE_LENGTH);
    }
}
