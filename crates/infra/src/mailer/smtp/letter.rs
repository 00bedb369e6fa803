//! A mail as it goes over the wire.

use super::super::{Mail, MailError};
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use orion_contracts::Email;
use std::fmt::Display;

/// What is put into an envelope and given to a server.
pub(super) struct Letter {
    pub(super) from: Address,
    pub(super) to: Address,
    /// Headers and body.
    pub(super) text: Vec<u8>,
}

/// Says that no person wrote this, so that no machine answers (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Letter {
    /// The mail, written for the wire. One that cannot be written is refused.
    pub(super) fn new(mail: &Mail, from: &Mailbox) -> Result<Self, MailError> {
        let refused = |error: &dyn Display| MailError::Permanent(error.to_string());
        let to = recipient(&mail.to).map_err(|error| refused(&error))?;
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone());
        let body = match &mail.html {
            Some(html) => MultiPart::alternative()
                .singlepart(text)
                .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone())),
            None => MultiPart::mixed().singlepart(text),
        };
        let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()]).map_err(|error| refused(&error))?;
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(mail.to_name.clone(), to.clone()))
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
            .header(AutoSubmitted)
            .envelope(envelope)
            .multipart(body)
            .map_err(|error| refused(&error))?;
        Ok(Self { from: from.email.clone(), to, text: message.formatted() })
    }

    /// Whether every server can take it; otherwise the recipient's name is for those with SMTPUTF8 (RFC 6531).
    pub(super) fn is_ascii(&self) -> bool {
        self.to.user().is_ascii()
    }
}

/// The address in the platform's own spelling, its domain in ASCII. What registration takes can be written to: lettre would
/// refuse some of it.
fn recipient(text: &str) -> Result<Address, String> {
    let email = text.parse::<Email>().map_err(|error| format!("the address {error}"))?;
    let (local, domain) = email.as_str().split_once('@').ok_or("the address has no @")?;
    Ok(Address::new_dangerous(local, domain))
}

/// The sender, its domain in ASCII.
pub(super) fn sender(text: &str) -> Result<Mailbox, String> {
    let mut sender: Mailbox = text.parse().map_err(|error: AddressError| error.to_string())?;
    if let Ok(email) = sender.email.to_string().parse::<Email>() {
        let domain = email.as_str().split_once('@').map_or("", |(_, domain)| domain);
        sender.email = Address::new_dangerous(sender.email.user(), domain);
    }
    if !sender.email.user().is_ascii() {
        return Err("only ASCII before the @, which every SMTP server takes".to_owned());
    }
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::{Letter, sender};
    use crate::mailer::Mail;

    fn letter(to: &str) -> Letter {
        let mail = Mail {
            id: uuid::Uuid::nil(),
            to: to.to_owned(),
            to_name: Some("Bob".to_owned()),
            subject: "A subject".to_owned(),
            text: "A text".to_owned(),
            html: None,
        };
        let from = sender("ORION <orion@b\u{fc}cher.example>").expect("a sender");
        Letter::new(&mail, &from).unwrap_or_else(|error| panic!("{to}: {error}"))
    }

    #[test]
    fn every_address_that_registration_takes_can_be_written_to() {
        for to in ["ada@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "\u{1f600}@example.com", "\u{20ac}@localhost"]
        {
            let letter = letter(to);
            assert_eq!(letter.to.to_string(), to);
            assert!(String::from_utf8(letter.text).expect("UTF-8").contains(&format!("<{to}>")));
        }
    }

    #[test]
    fn a_domain_travels_in_ascii() {
        let letter = letter("ada@b\u{fc}cher.example");
        assert_eq!(letter.to.to_string(), "ada@xn--bcher-kva.example");
        assert_eq!(letter.from.to_string(), "orion@xn--bcher-kva.example");
        assert!(letter.text.is_ascii());
    }

    #[test]
    fn a_mail_says_that_no_person_wrote_it() {
        let text = String::from_utf8(letter("ada@example.com").text).expect("UTF-8");
        assert!(text.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{text}");
    }

    #[test]
    fn a_sender_is_one_that_every_server_takes() {
        for text in ["", "ORION", "\u{e9}@example.com", "ORION <orion@>"] {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }
}
