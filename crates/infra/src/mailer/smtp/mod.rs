//! Mail by SMTP (RFC 5321), over a pool of connections that are used again.

mod pool;
mod server;

use super::{Mail, MailError, MailReceipt, Mailer};
use crate::Clock;
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, Message};
use orion_contracts::Secret;
use pool::Pool;
use server::Server;
use std::time::Duration;
use tokio::time::timeout;

/// Sends by SMTP.
pub struct SmtpMailer {
    pool: Pool,
    from: Mailbox,
    /// How long one mail may take from the first look for a connection to the server's last word.
    limit: Duration,
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
    /// Nothing that it is asked for takes longer than `limit`.
    pub fn new(url: &Secret, from: &str, limit: Duration, clock: Clock) -> Result<Self, SmtpConfigError> {
        let pool = Pool::new(Server::parse(url.expose())?, clock);
        Ok(Self { pool, from: sender(from)?, limit })
    }

    /// Whether a mailer can be made for the URL, which may be empty, and the sender.
    pub fn check(url: &Secret, from: &str) -> Result<(), SmtpConfigError> {
        sender(from)?;
        if url.expose().is_empty() { Ok(()) } else { Server::parse(url.expose()).map(drop) }
    }

    fn silence(&self) -> String {
        format!("the SMTP server was not done within {:?}", self.limit)
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
        let message = self.message(mail)?;
        let (envelope, text) = (message.envelope(), message.formatted());
        let answer = timeout(self.limit, self.pool.send(envelope, &text)).await;
        // What was cut behind the last byte may have been delivered; the Message-ID lets the receiver tell.
        let answer = answer.map_err(|_| MailError::Transient(self.silence()))?.map_err(|error| classify(&error))?;
        Ok(MailReceipt { provider: "smtp", provider_id: answer.first_line().map(str::to_owned) })
    }

    async fn check(&self) -> Result<(), String> {
        let checked = timeout(self.limit, self.pool.check()).await.map_err(|_| self.silence())?;
        checked.map_err(|error| error.to_string())
    }

    fn provider(&self) -> &'static str {
        "smtp"
    }
}
