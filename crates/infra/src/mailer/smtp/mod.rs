//! Mail by SMTP (RFC 5321), over a pool of connections that are used again.

mod conversation;
mod letter;
mod pool;
mod server;

use super::{Mail, MailError, MailReceipt, Mailer, Turn};
use crate::Clock;
use async_trait::async_trait;
use conversation::Given;
use letter::Letter;
use lettre::message::Mailbox;
use lettre::transport::smtp::response::Response;
use orion_contracts::Secret;
use pool::Pool;
use server::Server;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How many mails are given to the server at once.
const TURNS: usize = 16;
/// How long the answer to a whole mail is waited for: who leaves earlier has it sent twice (RFC 5321, section 4.5.3.2.6).
const ANSWER: Duration = Duration::from_secs(600);
/// How many mails may wait so long for their answer; more would keep others from their turn.
const PATIENT: usize = 48;

/// Sends by SMTP.
pub struct SmtpMailer {
    pool: Pool,
    from: Mailbox,
    /// How long one mail may take from the first look for a connection until it is given whole.
    limit: Duration,
    clock: Clock,
    turns: Arc<Semaphore>,
    patience: Semaphore,
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
    /// Nothing that it is asked for takes longer than `limit`, but for the answer to a mail that the server has whole: ten
    /// minutes more.
    pub fn new(url: &Secret, from: &str, limit: Duration, clock: Clock) -> Result<Self, SmtpConfigError> {
        let pool = Pool::new(Server::parse(url.expose())?, clock.clone());
        let (turns, patience) = (Arc::new(Semaphore::new(TURNS)), Semaphore::new(PATIENT));
        Ok(Self { pool, from: sender(from)?, limit, clock, turns, patience })
    }

    /// Whether a mailer can be made for the URL, which may be empty, and the sender.
    pub fn check(url: &Secret, from: &str) -> Result<(), SmtpConfigError> {
        sender(from)?;
        if url.expose().is_empty() { Ok(()) } else { Server::parse(url.expose()).map(drop) }
    }

    fn silence(&self) -> String {
        format!("the SMTP server was not done within {:?}", self.limit)
    }

    /// Waits for the answer to a mail that the server has whole.
    async fn late(&self, answer: impl Future<Output = Result<Response, MailError>>) -> Result<Response, MailError> {
        let unknown = |within: Duration| {
            let words = "the SMTP server had the whole mail and did not say whether it took it, which may have arrived";
            MailError::Unknown(format!("{words}: no answer within {within:?}"))
        };
        let Ok(_patience) = self.patience.try_acquire() else { return Err(unknown(self.limit)) };
        tokio::select! {
            answer = answer => answer,
            () = self.clock.sleep(ANSWER) => Err(unknown(ANSWER)),
        }
    }
}

fn sender(from: &str) -> Result<Mailbox, SmtpConfigError> {
    letter::sender(from).map_err(|_| {
        SmtpConfigError::From(format!("must be a mailbox such as `ORION <orion@example.com>`, but is `{from}`"))
    })
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn turn(&self) -> Turn {
        // It is never closed.
        Turn(self.turns.clone().acquire_owned().await.ok())
    }

    async fn send(&self, turn: Turn, mail: &Mail) -> Result<MailReceipt, MailError> {
        let (letter, given) = (Letter::new(mail, &self.from)?, Given::default());
        let mut answer = pin!(self.pool.send(&letter, &given));
        let answer = match timeout(self.limit, &mut answer).await {
            Ok(answer) => answer?,
            Err(_) if !given.is_whole() => return Err(MailError::Transient(self.silence())),
            Err(_) => {
                // Whoever only waits keeps nobody from speaking.
                drop(turn);
                self.late(answer).await?
            }
        };
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
