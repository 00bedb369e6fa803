//! Mail by SMTP (RFC 5321), over a pool of connections that are used again.

use super::{Mail, MailError, MailReceipt, Mailer};
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error as SmtpError};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use orion_contracts::Secret;
use std::time::Duration;

/// The scheme that asks for no TLS, in so many words.
const PLAIN: &str = "smtp+plain://";

/// Sends by SMTP.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// The URL is not one of the forms that are known.
    #[error("mail.smtp_url (ORION_MAIL_SMTP_URL): {0}")]
    Url(String),
    /// The sender is no mailbox.
    #[error("mail.from (ORION_MAIL_FROM): {0}")]
    From(String),
}

impl SmtpMailer {
    /// A mailer for the URL: `smtps://` (implicit TLS), `smtp://` (STARTTLS demanded) or `smtp+plain://` (no TLS).
    pub fn new(url: &Secret, from: &str, timeout: Duration) -> Result<Self, SmtpConfigError> {
        let transport = builder(url.expose())?.timeout(Some(timeout)).build();
        Ok(Self { transport, from: sender(from)? })
    }

    /// Whether a mailer can be made for the URL, which may be empty, and the sender.
    pub fn check(url: &Secret, from: &str) -> Result<(), SmtpConfigError> {
        sender(from)?;
        if url.expose().is_empty() { Ok(()) } else { builder(url.expose()).map(drop) }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let refused = |error: &dyn std::fmt::Display| MailError::Permanent(error.to_string());
        let to: Address = mail.to.parse().map_err(|error: lettre::address::AddressError| refused(&error))?;
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone());
        let body = match &mail.html {
            Some(html) => MultiPart::alternative()
                .singlepart(text)
                .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone())),
            None => MultiPart::mixed().singlepart(text),
        };
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(mail.to_name.clone(), to))
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .multipart(body)
            .map_err(|error| refused(&error))
    }
}

fn builder(url: &str) -> Result<AsyncSmtpTransportBuilder, SmtpConfigError> {
    let lettre_url = if let Some(rest) = url.strip_prefix(PLAIN) {
        format!("smtp://{rest}")
    } else if url.starts_with("smtp://") {
        format!("{url}{}tls=required", if url.contains('?') { '&' } else { '?' })
    } else if url.starts_with("smtps://") {
        url.to_owned()
    } else {
        return Err(SmtpConfigError::Url("must begin with smtp://, smtps:// or smtp+plain://".to_owned()));
    };
    AsyncSmtpTransport::<Tokio1Executor>::from_url(&lettre_url)
        .map_err(|error| SmtpConfigError::Url(format!("is not valid: {error}")))
}

fn sender(from: &str) -> Result<Mailbox, SmtpConfigError> {
    from.parse().map_err(|error: lettre::address::AddressError| {
        SmtpConfigError::From(format!("must be a mailbox such as `ORION <orion@example.com>`: {error}"))
    })
}

fn classify(error: &SmtpError) -> MailError {
    if error.is_permanent() {
        MailError::Permanent(error.to_string())
    } else {
        // A connection lost after DATA may have delivered; the same Message-ID lets the receiver tell.
        MailError::Transient(error.to_string())
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<MailReceipt, MailError> {
        let answer = self.transport.send(self.message(mail)?).await.map_err(|error| classify(&error))?;
        Ok(MailReceipt { provider: "smtp", provider_id: answer.first_line().map(str::to_owned) })
    }

    async fn check(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the SMTP server does not answer".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn provider(&self) -> &'static str {
        "smtp"
    }
}
