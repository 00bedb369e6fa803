//! Which events are told to people, how, and in which words: a file per consumer.

mod registration_repeated;
mod verification;
mod welcome;

use crate::domain::Notifications;
use orion_contracts::events::{RegistrationRepeated, UserCreated, VerificationRequested};
use orion_infra::events::{Consumer, Consumers};

/// All consumers.
pub(crate) fn all(notifications: Notifications) -> Vec<Consumer> {
    Consumers::new(notifications)
        .on::<UserCreated>("welcome", welcome::greet)
        .on::<VerificationRequested>("verification mail", verification::send_link)
        .on::<RegistrationRepeated>("registration warning", registration_repeated::warn_owner)
        .list()
}
