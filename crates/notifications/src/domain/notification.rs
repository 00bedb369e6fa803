//! What is told to somebody, apart from the ways in which it goes out.

use orion_contracts::events::Sealed;
use orion_contracts::{NotificationId, UserId};
use orion_infra::secrets::{Scope, Secrets, UnsealError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Values that a template is filled with.
pub(crate) type Variables = Map<String, Value>;

/// Something that a person is told.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) id: NotificationId,
    /// To whom, when it is a user.
    pub(crate) user_id: Option<UserId>,
    /// What preferences are set on, such as `account.welcome`.
    pub(crate) kind: String,
    /// Name to greet, fit for a mail.
    pub(crate) recipient_name: Option<String>,
    /// Values without secrets.
    pub(crate) variables: Variables,
    /// Secrets by the name of their variable. They stay as sealed as they came, and go when the last delivery ends.
    pub(crate) sealed: BTreeMap<String, SealedVariable>,
}

/// A secret as it came in a message, with what opens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SealedVariable {
    /// What it was sealed for.
    purpose: String,
    /// What it was bound to.
    context: String,
    sealed: Sealed,
}

impl SealedVariable {
    /// A verification link, which auth binds to the user.
    pub(crate) fn verification_link(user: UserId, sealed: Sealed) -> Self {
        Self { purpose: "verification-link".to_owned(), context: user.to_string(), sealed }
    }

    /// A link to choose a new password, which auth binds to the user.
    pub(crate) fn password_reset_link(user: UserId, sealed: Sealed) -> Self {
        Self { purpose: "password-reset-link".to_owned(), context: user.to_string(), sealed }
    }

    /// A link to confirm another address, which auth binds to the user.
    pub(crate) fn email_change_link(user: UserId, sealed: Sealed) -> Self {
        Self { purpose: "email-change-link".to_owned(), context: user.to_string(), sealed }
    }

    /// The secret itself. Only the worker that sends it asks.
    pub(crate) fn open(&self, secrets: &Secrets) -> Result<String, UnsealError> {
        let bytes = secrets.unseal(Scope::InMessages, &self.purpose, &self.context, &self.sealed.0)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| UnsealError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_infra::{Clock, Random};

    #[test]
    fn a_link_opens_only_for_the_user_that_it_was_made_for() {
        let random = Random::seeded(1);
        let secrets = Secrets::new([1; 32], [2; 32], random.clone());
        let (alice, bob): (UserId, UserId) = (random.id(&Clock::system()), random.id(&Clock::system()));
        let sealed = Sealed(secrets.seal(Scope::InMessages, "verification-link", &alice.to_string(), b"https://x/1"));
        let open = |user| SealedVariable::verification_link(user, sealed.clone()).open(&secrets).ok();
        assert_eq!(open(alice).as_deref(), Some("https://x/1"));
        assert_eq!(open(bob), None);
    }
}
