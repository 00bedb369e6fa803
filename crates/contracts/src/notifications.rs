//! DTOs of the notifications service.

use crate::{CapturedMailId, DeliveryId, NotificationId, TemplateId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the vocabulary of the model")]
pub enum Channel {
    Email,
    Sms,
    Push,
    InApp,
    Webhook,
    Slack,
    Discord,
}

impl Channel {
    /// The name as stored and as in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
            Self::InApp => "in_app",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }
}

impl std::str::FromStr for Channel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Email, Self::Sms, Self::Push, Self::InApp, Self::Webhook, Self::Slack, Self::Discord]
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| format!("unknown channel \"{text}\""))
    }
}

/// An enum whose names are the same in JSON, in the database and in metrics.
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[allow(missing_docs, reason = "the names are the vocabulary of the model")]
        pub enum $name {$(
            #[serde(rename = $text)]
            $variant,
        )*}

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$(Self::$variant),*];

            /// The name as stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!(concat!("unknown ", stringify!($name), " \"{}\""), text)),
                }
            }
        }
    )*};
}

vocabulary! {
    /// How urgent it is.
    Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }

    /// Where a notification, or one way out of it, stands.
    NotificationStatus {
        Queued = "queued",
        Processing = "processing",
        Sent = "sent",
        Delivered = "delivered",
        Failed = "failed",
        Bounced = "bounced",
        Rejected = "rejected",
        Cancelled = "cancelled",
        Expired = "expired",
    }

    /// What came of one attempt at a delivery. `timeout` is also an attempt whose outcome nobody knows.
    DeliveryAttemptStatus {
        Pending = "pending",
        Success = "success",
        Failure = "failure",
        Timeout = "timeout",
        RateLimited = "rate_limited",
    }

    /// What a template is for.
    TemplateCategory {
        Transactional = "transactional",
        Marketing = "marketing",
        Security = "security",
        System = "system",
        Account = "account",
        Social = "social",
    }
}

/// One entry of a person's in-app inbox, `GET /api/v1/notifications`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InboxItem {
    /// The notification.
    pub id: NotificationId,
    /// What preferences are set on, such as `account.welcome`.
    pub kind: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Title.
    pub subject: Option<String>,
    /// Text.
    pub content: String,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// A mail kept instead of sent, `GET /api/v1/notifications/captured-mails`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedMail {
    /// The mail.
    pub id: CapturedMailId,
    /// Sender.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text part.
    pub text: String,
    /// HTML part, when there is one.
    pub html: Option<String>,
    /// When it would have been sent.
    pub captured_at: DateTime<Utc>,
}

/// A captured mail in a list: without its body.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedMailSummary {
    /// The mail.
    pub id: CapturedMailId,
    /// Sender.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When it would have been sent.
    pub captured_at: DateTime<Utc>,
}

/// A template as listed, `GET /api/v1/templates`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TemplateInfo {
    /// This version in this locale.
    pub id: TemplateId,
    /// Name, such as `welcome`.
    pub name: String,
    /// Name to show.
    pub display_name: String,
    /// The way out that it is written for.
    pub channel: Channel,
    /// What it is for.
    pub category: TemplateCategory,
    /// BCP 47 language tag.
    pub locale: String,
    /// Counts up.
    pub version: i32,
    /// Whether this is the version in use.
    pub is_published: bool,
}

/// One way out of a notification and all that was tried, `GET /api/v1/notifications/{id}/deliveries`: where is it, and
/// why?
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeliveryTimeline {
    /// The delivery.
    pub id: DeliveryId,
    /// The notification that it belongs to.
    pub notification_id: NotificationId,
    /// The way out.
    pub channel: Channel,
    /// Where it stands. `sent`: a provider has taken it; `delivered`: it is known to have arrived.
    pub state: NotificationStatus,
    /// Who carries it, once it was tried.
    pub provider: Option<String>,
    /// Address, or user id for the in-app inbox.
    pub recipient: String,
    /// The template version that it is pinned to.
    pub template_id: TemplateId,
    /// Subject as sent, secrets masked.
    pub subject: Option<String>,
    /// Text as sent, secrets masked; absent before it was rendered.
    pub content: Option<String>,
    /// HTML as sent, secrets masked.
    pub html_content: Option<String>,
    /// When it was accepted.
    pub queued_at: DateTime<Utc>,
    /// Not before then it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When a provider took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was given up.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why it failed last, for programs.
    pub error_code: Option<String>,
    /// Why it failed last, for people.
    pub error_message: Option<String>,
    /// Every attempt, first to last.
    pub attempts: Vec<DeliveryAttempt>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeliveryAttempt {
    /// Counts from 1.
    pub number: i32,
    /// What came of it.
    pub status: DeliveryAttemptStatus,
    /// Who was asked.
    pub provider: String,
    /// The provider's own id or answer.
    pub provider_id: Option<String>,
    /// When it began.
    pub attempted_at: DateTime<Utc>,
    /// When its outcome was known.
    pub completed_at: Option<DateTime<Utc>>,
    /// How long the provider took, in milliseconds.
    pub response_time_ms: Option<i64>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{DeliveryAttemptStatus, NotificationStatus, Priority, TemplateCategory};

    #[test]
    fn a_name_is_the_same_in_json_and_in_the_database() {
        fn check<T: serde::Serialize + std::str::FromStr + Copy + PartialEq + std::fmt::Debug>(
            all: &[T],
            name: fn(T) -> &'static str,
        ) {
            for value in all {
                assert_eq!(serde_json::to_value(value).expect("a name"), name(*value));
                assert_eq!(name(*value).parse::<T>().ok(), Some(*value));
            }
        }
        check(Priority::ALL, Priority::as_str);
        check(NotificationStatus::ALL, NotificationStatus::as_str);
        check(DeliveryAttemptStatus::ALL, DeliveryAttemptStatus::as_str);
        check(TemplateCategory::ALL, TemplateCategory::as_str);
    }
}
