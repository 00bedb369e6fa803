//! What the service does when others tell of something: a file per consumer.

mod passwords;
mod second_factors;
mod sign_ins;

use crate::domain::Users;
use orion_contracts::events::{SecondFactorChanged, SecurityNoted, SessionStarted};
use orion_infra::events::{Consumer, Consumers};

/// All consumers.
pub(crate) fn all(users: Users) -> Vec<Consumer> {
    Consumers::new(users)
        .on::<SessionStarted>("sign-ins", sign_ins::note)
        .on::<SecurityNoted>("passwords", passwords::follow)
        .on::<SecondFactorChanged>("second factors", second_factors::note)
        .list()
}
