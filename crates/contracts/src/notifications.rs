//! DTOs of the notifications service.

use crate::vocabulary::vocabulary;
use crate::{CapturedMailId, DeliveryId, Email, NotificationId, TemplateId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// A way out.
    #[schema(example = "email")]
    Channel {
        Email = "email",
        Sms = "sms",
        Push = "push",
        InApp = "in_app",
        Webhook = "webhook",
        Slack = "slack",
        Discord = "discord",
    }

    /// How urgent it is.
    Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }

    /// Where a notification, or one way out of it, stands.
    #[schema(example = "sent")]
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

    /// What came of one attempt at a delivery. `unknown`: the provider had it whole and did not say whether it took it, or
    /// whoever asked did not live to hear.
    #[schema(example = "success")]
    DeliveryAttemptStatus {
        Pending = "pending",
        Success = "success",
        Failure = "failure",
        Unknown = "unknown",
        RateLimited = "rate_limited",
    }

    /// What a template is for.
    #[schema(example = "account")]
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
    #[schema(example = "account.welcome")]
    pub kind: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Title.
    #[schema(required, example = "Welcome to ORION")]
    pub subject: Option<String>,
    /// Text.
    #[schema(example = "Hello Ada, good to have you here.")]
    pub content: String,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it was read.
    #[schema(required, example = json!(null))]
    pub read_at: Option<DateTime<Utc>>,
}

/// A mail kept instead of sent, `GET /api/v1/notifications/captured-mails`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedMail {
    /// The mail.
    pub id: CapturedMailId,
    /// Sender.
    #[schema(example = "ORION <orion@example.com>")]
    pub from: String,
    /// Recipient.
    #[schema(example = "ada@example.com")]
    pub to: String,
    /// Subject.
    #[schema(example = "Welcome to ORION")]
    pub subject: String,
    /// Text part.
    #[schema(example = "Hello Ada, good to have you here.")]
    pub text: String,
    /// HTML part, when there is one.
    #[schema(required, example = json!(null))]
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
    #[schema(example = "ORION <orion@example.com>")]
    pub from: String,
    /// Recipient.
    #[schema(example = "ada@example.com")]
    pub to: String,
    /// Subject.
    #[schema(example = "Welcome to ORION")]
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
    #[schema(example = "welcome")]
    pub name: String,
    /// Name to show.
    #[schema(example = "Welcome")]
    pub display_name: String,
    /// The way out that it is written for.
    pub channel: Channel,
    /// What it is for.
    pub category: TemplateCategory,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// Counts up.
    #[schema(example = 1)]
    pub version: i64,
    /// Whether this is the version in use.
    #[schema(example = true)]
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
    #[schema(required, example = "smtp")]
    pub provider: Option<String>,
    /// Address, or user id for the in-app inbox.
    #[schema(example = "ada@example.com")]
    pub recipient: String,
    /// The template version that it is pinned to.
    pub template_id: TemplateId,
    /// Subject as sent, secrets masked.
    #[schema(required, example = "Welcome to ORION")]
    pub subject: Option<String>,
    /// Text as sent, secrets masked; null before it was rendered.
    #[schema(required, example = "Hello Ada, good to have you here.")]
    pub content: Option<String>,
    /// HTML as sent, secrets masked.
    #[schema(required, example = json!(null))]
    pub html_content: Option<String>,
    /// When it was accepted.
    pub queued_at: DateTime<Utc>,
    /// Not before then it is tried again.
    #[schema(required, example = json!(null))]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When a provider took it.
    #[schema(required)]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    #[schema(required, example = json!(null))]
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was given up.
    #[schema(required, example = json!(null))]
    pub failed_at: Option<DateTime<Utc>>,
    /// Why it failed last, for programs.
    #[schema(required, example = json!(null))]
    pub error_code: Option<String>,
    /// Why it failed last, for people.
    #[schema(required, example = json!(null))]
    pub error_message: Option<String>,
    /// Every attempt, first to last.
    pub attempts: Vec<DeliveryAttempt>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeliveryAttempt {
    /// Counts from 1.
    #[schema(example = 1)]
    pub number: i64,
    /// What came of it.
    pub status: DeliveryAttemptStatus,
    /// Who was asked.
    #[schema(example = "smtp")]
    pub provider: String,
    /// The provider's own id or answer.
    #[schema(required, example = "250 queued")]
    pub provider_id: Option<String>,
    /// When it began.
    pub attempted_at: DateTime<Utc>,
    /// When its outcome was known.
    #[schema(required)]
    pub completed_at: Option<DateTime<Utc>>,
    /// How long the provider took, in milliseconds.
    #[schema(required, example = 42)]
    pub response_time_ms: Option<i64>,
    /// Why it failed, for programs.
    #[schema(required, example = json!(null))]
    pub error_code: Option<String>,
    /// Why it failed, for people.
    #[schema(required, example = json!(null))]
    pub error_message: Option<String>,
}

/// The query of `GET /api/v1/notifications/captured-mails`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CapturedMailQuery {
    /// Only those to this address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>, format = "email")]
    pub to: Option<Email>,
    /// The `next_cursor` of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items per page, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
