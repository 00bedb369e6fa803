//! One mail over one connection, and what it means when that fails.

use super::super::MailError;
use super::letter::Letter;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Whether the whole mail is given away. From the dot on that ends it the server may have taken it, whether it says so or
/// not; what broke off before that has brought nothing (RFC 5321, section 4.1.1.4).
#[derive(Default)]
pub(super) struct Given(AtomicBool);

impl Given {
    pub(super) fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a mail did not go over this connection.
pub(super) enum Broken {
    /// The connection was no good, or the server wants it no more: nothing was said of the mail.
    Connection(MailError),
    /// So much for the mail.
    Mail(MailError),
}

impl From<Broken> for MailError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Connection(error) | Broken::Mail(error) => error,
        }
    }
}

/// Gives the server a mail; marks in `given` when the dot is about to be written.
pub(super) async fn give(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    given: &Given,
) -> Result<Response, Broken> {
    if !letter.is_ascii() && !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        let words = "the address holds letters beyond ASCII before the @, and the SMTP server cannot send to such (it \
                     offers no SMTPUTF8, RFC 6531)";
        return Err(Broken::Mail(MailError::Permanent(words.to_owned())));
    }
    match dictate(connection, letter, given).await {
        Ok(answer) => Ok(answer),
        Err(Refused { error, is_of_sender }) => {
            if error.status().is_some() {
                let _ = timeout(GOODBYE, connection.abort()).await;
            }
            match broken(&error, given.is_whole()) {
                // Whom the server lets send is for somebody to mend, and says nothing of the mail.
                Broken::Mail(MailError::Permanent(words)) if is_of_sender => {
                    Err(Broken::Mail(MailError::Transient(words)))
                }
                broken => Err(broken),
            }
        }
    }
}

/// An error, and whether it is the answer to who sends.
struct Refused {
    error: Error,
    is_of_sender: bool,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, is_of_sender: false }
    }
}

async fn dictate(connection: &mut AsyncSmtpConnection, letter: &Letter, given: &Given) -> Result<Response, Refused> {
    let parameters = if letter.is_ascii() { vec![] } else { vec![MailParameter::SmtpUtfEight] };
    let sender = connection.command(Mail::new(Some(letter.from.clone()), parameters)).await;
    sender.map_err(|error| Refused { error, is_of_sender: true })?;
    connection.command(Rcpt::new(letter.to.clone(), vec![])).await?;
    connection.command(Data).await?;
    // The second part is asked for once the first is on its way, and before the dot is.
    let end = std::iter::from_fn(|| {
        given.0.store(true, Ordering::Relaxed);
        None
    });
    Ok(connection.message_iter(std::iter::once(&*letter.text).chain(end)).await?)
}

fn broken(error: &Error, is_given: bool) -> Broken {
    let words = error.to_string();
    // 421: the server closes the connection, whatever was said (RFC 5321, section 3.8).
    let is_closing = error.status().is_some_and(|code| u16::from(code) == 421);
    match error.status() {
        Some(_) if error.is_permanent() => Broken::Mail(MailError::Permanent(words)),
        Some(_) if is_closing && !is_given => Broken::Connection(MailError::Transient(words)),
        Some(_) => Broken::Mail(MailError::Transient(words)),
        None if is_given => Broken::Mail(MailError::Unknown(format!(
            "the connection broke before the SMTP server said whether it took the mail, which may have arrived: {words}"
        ))),
        None => Broken::Connection(MailError::Transient(words)),
    }
}
