//! How mail leaves: by SMTP, or captured and shown in the console.

pub mod capture;
mod smtp;

pub use capture::CaptureMailer;
pub use smtp::{SmtpConfigError, SmtpMailer};

use async_trait::async_trait;
use tokio::sync::OwnedSemaphorePermit;

/// A mail.
#[derive(Clone)]
pub struct Mail {
    /// Stable over retries; becomes the Message-ID, so that a repetition can be told.
    pub id: uuid::Uuid,
    /// Recipient's address.
    pub to: String,
    /// Recipient's name.
    pub to_name: Option<String>,
    /// Subject.
    pub subject: String,
    /// Text part.
    pub text: String,
    /// HTML part.
    pub html: Option<String>,
}

/// What the provider said.
#[derive(Debug, Clone)]
pub struct MailReceipt {
    /// `smtp` or `capture`.
    pub provider: &'static str,
    /// The provider's own id or answer.
    pub provider_id: Option<String>,
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No later try can help: a bad address, a refused sender.
    #[error("refused: {0}")]
    Permanent(String),
    /// A later try may help; this one has brought nothing.
    #[error("not accepted for now: {0}")]
    Transient(String),
    /// Nobody knows: the other side had the whole mail and did not say whether it took it. Another try may be a repetition.
    #[error("the outcome is unknown: {0}")]
    Unknown(String),
}

/// Leave to give the provider a mail: it bears so many at once.
pub struct Turn(#[allow(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

impl Turn {
    /// Leave of a provider that bears as many as come.
    pub fn free() -> Self {
        Self(None)
    }
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Waits for leave to send a mail. Nothing has begun until then.
    async fn turn(&self) -> Turn {
        Turn::free()
    }

    /// Sends one mail; returns when the other side has taken it.
    async fn send(&self, turn: Turn, mail: &Mail) -> Result<MailReceipt, MailError>;

    /// Whether the way is open; the text says why not.
    async fn check(&self) -> Result<(), String>;

    /// `smtp` or `capture`.
    fn provider(&self) -> &'static str;
}
