//! The mails that the platform sent, wherever they went: captured ones in its database, others at the SMTP double.

use crate::smtp::SmtpServer;
use orion_infra::Db;
use orion_infra::mailer::capture;

/// Where to look.
pub enum Mailbox {
    Captured(Db),
    Smtp(SmtpServer),
}

impl Mailbox {
    /// The texts of mails to a recipient, oldest first: headers or subject, and body.
    pub async fn to(&self, recipient: &str) -> Vec<String> {
        match self {
            Self::Captured(db) => {
                let mut texts = Vec::new();
                for summary in
                    capture::list(db, None, None, 200).await.unwrap().iter().rev().filter(|mail| mail.to == recipient)
                {
                    let mail = capture::find(db, summary.id).await.unwrap().unwrap();
                    texts.push(format!("Subject: {}\n\n{}", mail.subject, mail.text));
                }
                texts
            }
            Self::Smtp(server) => server.mails_to(recipient).iter().map(|mail| mail.decoded()).collect(),
        }
    }

    /// The tokens of all links by which a recipient may choose a password anew, oldest first.
    pub async fn reset_tokens(&self, recipient: &str) -> Vec<String> {
        self.to(recipient).await.iter().filter_map(|text| reset_token_in(text)).collect()
    }

    /// The tokens of all links by which a change of an address is confirmed at this one, oldest first.
    pub async fn email_change_tokens(&self, recipient: &str) -> Vec<String> {
        self.to(recipient).await.iter().filter_map(|text| email_change_token_in(text)).collect()
    }

    /// The token of the newest verification link to a recipient, once it is there.
    pub async fn verification_token(&self, recipient: &str) -> String {
        self.verification_token_after(recipient, 0).await
    }

    /// Like [`Self::verification_token`], in a mail that comes after so many: those that were there before may be of somebody else.
    pub async fn verification_token_after(&self, recipient: &str, known: usize) -> String {
        crate::eventually(&format!("the verification mail to {recipient}"), || async {
            self.to(recipient).await.iter().skip(known).rev().find_map(|text| token_in(text))
        })
        .await
    }
}

/// The token of the verification link in a mail.
pub fn token_in(text: &str) -> Option<String> {
    token_after(text, "verify-email?token=")
}

/// The token of the link in a mail by which a password is chosen anew.
pub fn reset_token_in(text: &str) -> Option<String> {
    token_after(text, "reset?token=")
}

/// The token of the link in a mail by which a change of an address is confirmed.
pub fn email_change_token_in(text: &str) -> Option<String> {
    token_after(text, "email-change?token=")
}

fn token_after(text: &str, path: &str) -> Option<String> {
    let (_, after) = text.split_once(path)?;
    let end = after.find(|character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character));
    Some(after[..end.unwrap_or(after.len())].to_owned())
}
