//! DTOs of the notifications service.

use crate::{CapturedMailId, NotificationId, TemplateId};
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

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the vocabulary of the model")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
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
    /// BCP 47 language tag.
    pub locale: String,
    /// Counts up.
    pub version: i32,
    /// Whether this is the version in use.
    pub is_published: bool,
}
