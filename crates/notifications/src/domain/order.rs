//! What is to be sent, and to whom.

use super::greeting::greeting_name;
use super::notification::{SealedVariable, Variables};
use chrono::TimeDelta;
use orion_contracts::events::{TellsOfUser, UserFacts};
use orion_contracts::notifications::{Channel, Priority};
use orion_contracts::{Email, UserId};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is to be sent, the same for everybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// What preferences are set on, such as `account.welcome`.
    pub(crate) kind: &'static str,
    /// The template's name.
    pub(crate) template: &'static str,
    /// The way out.
    pub(crate) channel: Channel,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// How often one recipient is sent this kind within a while; what goes beyond it is dropped. None: always.
    pub(crate) at_most: Option<(u64, TimeDelta)>,
}

/// To whom something is sent, in which language, and what it is filled with.
#[derive(Debug)]
pub(crate) struct Addressee {
    pub(super) user_id: UserId,
    email: Email,
    /// Name to greet, fit for a mail.
    pub(super) name: Option<String>,
    pub(super) locale: String,
    /// Values without secrets.
    pub(super) variables: Variables,
    /// Secrets, as sealed as they came.
    pub(super) sealed: BTreeMap<String, SealedVariable>,
}

impl Addressee {
    /// The user of whom an event tells.
    pub(crate) fn of<P: TellsOfUser>(told: P) -> Self {
        let UserFacts { user_id, email, locale, display_name, .. } = told.facts();
        Self::new(*user_id, email.clone(), locale.clone()).named(display_name.as_deref())
    }

    /// A user, told in a language, or in the one that comes closest.
    pub(crate) fn new(user_id: UserId, email: Email, locale: String) -> Self {
        Self { user_id, email, name: None, locale, variables: Variables::new(), sealed: BTreeMap::new() }
    }

    /// Fills `display_name` with the name to greet, where it is fit for a mail.
    #[must_use]
    pub(crate) fn named(mut self, display_name: Option<&str>) -> Self {
        self.name = greeting_name(display_name);
        match self.name.clone() {
            Some(name) => self.with("display_name", name),
            None => self,
        }
    }

    /// Fills a variable with somebody's name, where it is fit for a mail.
    #[must_use]
    pub(crate) fn naming(self, variable: &str, name: Option<&str>) -> Self {
        match greeting_name(name) {
            Some(name) => self.with(variable, name),
            None => self,
        }
    }

    /// Fills a variable of the template.
    #[must_use]
    pub(crate) fn with(mut self, variable: &str, value: impl Into<Value>) -> Self {
        self.variables.insert(variable.to_owned(), value.into());
        self
    }

    /// Fills a variable of the template with a secret.
    #[must_use]
    pub(crate) fn with_sealed(mut self, variable: &str, secret: SealedVariable) -> Self {
        self.sealed.insert(variable.to_owned(), secret);
        self
    }

    /// Where it goes on this channel.
    pub(super) fn recipient(&self, channel: Channel) -> String {
        match channel {
            Channel::InApp => self.user_id.to_string(),
            _ => self.email.to_string(),
        }
    }
}
