//! A consumer that does nothing but turn an event into a message.

use crate::domain::{Addressee, Notifications, Order};
use crate::error::NotificationsError;
use crate::seed;
use chrono::TimeDelta;
use orion_contracts::events::Event;
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::Change;
use orion_infra::events::Handler;
use std::pin::Pin;

/// What an event asks to be sent, and how it says to whom.
pub(super) struct Telling<P> {
    order: Order,
    addressee: fn(P) -> Addressee,
    at_most: Option<(u64, Window<P>)>,
}

/// Within how long messages of a kind are counted.
type Window<P> = fn(&P, &Event) -> TimeDelta;

/// An e-mail of a kind, from a shipped template.
pub(super) fn email<P>(kind: &'static str, template: &'static str, addressee: fn(P) -> Addressee) -> Telling<P> {
    telling(Channel::Email, kind, template, addressee)
}

/// An entry of the in-app inbox of a kind, from a shipped template.
pub(super) fn in_app<P>(kind: &'static str, template: &'static str, addressee: fn(P) -> Addressee) -> Telling<P> {
    telling(Channel::InApp, kind, template, addressee)
}

fn telling<P>(
    channel: Channel,
    kind: &'static str,
    template: &'static str,
    addressee: fn(P) -> Addressee,
) -> Telling<P> {
    debug_assert!(seed::ships(template, channel), "no template {template} is shipped for {}", channel.as_str());
    Telling {
        order: Order { kind, template, channel, priority: Priority::Normal, at_most: None },
        addressee,
        at_most: None,
    }
}

impl<P> Telling<P> {
    /// Goes before the others, for somebody waits for it.
    #[must_use]
    pub(super) fn urgently(mut self) -> Self {
        self.order.priority = Priority::High;
        self
    }

    /// Goes to one recipient so often within a while at most: for what anybody can cause who knows an address.
    #[must_use]
    pub(super) fn at_most(mut self, times: u64, within: Window<P>) -> Self {
        self.at_most = Some((times, within));
        self
    }
}

impl<P> Clone for Telling<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Telling<P> {}

impl<'a, P: Send + 'static> Handler<'a, Notifications, P> for Telling<P> {
    type Future = Pin<Box<dyn Future<Output = Result<(), NotificationsError>> + Send + 'a>>;
    type Error = NotificationsError;

    fn take(self, notifications: &'a Notifications, change: &'a mut Change, event: &'a Event, told: P) -> Self::Future {
        let at_most = self.at_most.map(|(times, within)| (times, within(&told, event)));
        let order = Order { at_most, ..self.order };
        Box::pin(notifications.accept(change, event.id, order, (self.addressee)(told)))
    }
}
