//! Which events are told to people, how, and in which words.

use crate::domain::greeting::greeting_name;
use crate::domain::notification::SealedVariable;
use crate::domain::{Notifications, Order};
use async_trait::async_trait;
use orion_contracts::Problem;
use orion_contracts::events::{Event, EventBody};
use orion_contracts::notifications::{Channel, Priority};
use orion_infra::events::EventHandler;
use std::collections::BTreeMap;

/// Takes events and accepts what they ask to be sent.
pub(crate) struct EventIntake(pub(crate) Notifications);

#[async_trait]
impl EventHandler for EventIntake {
    async fn handle(&self, event: &Event) -> Result<(), Problem> {
        match order(event) {
            Some(order) => Ok(self.0.accept(order).await?),
            None => Ok(()),
        }
    }
}

fn order(event: &Event) -> Option<Order> {
    Some(match &event.body {
        EventBody::UserCreated { user } => Order {
            event: event.id,
            user_id: user.user_id,
            recipient: user.user_id.to_string(),
            recipient_name: greeting_name(user.display_name.as_deref()),
            kind: "account.welcome",
            template: "welcome",
            channel: Channel::InApp,
            priority: Priority::Normal,
            locale: user.locale.clone(),
            sealed: BTreeMap::new(),
        },
        EventBody::VerificationRequested { user_id, email, display_name, locale, link } => {
            let link = SealedVariable::verification_link(*user_id, link.clone());
            Order {
                event: event.id,
                user_id: *user_id,
                recipient: email.to_string(),
                recipient_name: greeting_name(display_name.as_deref()),
                kind: "account.welcome",
                template: "welcome",
                channel: Channel::Email,
                // Somebody sits there and waits for it.
                priority: Priority::High,
                locale: locale.clone(),
                sealed: BTreeMap::from([("link".to_owned(), link)]),
            }
        }
        EventBody::RegistrationRepeated { user_id, email, locale } => Order {
            event: event.id,
            user_id: *user_id,
            recipient: email.to_string(),
            recipient_name: None,
            kind: "account.registration_repeated",
            template: "already_registered",
            channel: Channel::Email,
            priority: Priority::Normal,
            locale: locale.clone(),
            sealed: BTreeMap::new(),
        },
        _ => return None,
    })
}
