//! What the service does when others tell of something: a file per consumer.

mod sign_ins;

use crate::domain::Users;
use orion_contracts::events::SessionStarted;
use orion_infra::events::{Consumer, Consumers};

/// All consumers.
pub(crate) fn all(users: Users) -> Vec<Consumer> {
    Consumers::new(users).on::<SessionStarted>("sign-ins", sign_ins::note).list()
}
