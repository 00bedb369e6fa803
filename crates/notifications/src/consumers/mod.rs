//! Which events are told to people: what is sent, from which template, and to whom. What does more than that is a file of
//! its own.

mod telling;

use crate::domain::notification::SealedVariable;
use crate::domain::{Addressee, Notifications};
use orion_contracts::events::{RegistrationRepeated, UserCreated, VerificationRequested};
use orion_infra::events::{Consumer, Consumers};
use telling::{email, in_app};

/// All consumers.
pub(crate) fn all(notifications: Notifications) -> Vec<Consumer> {
    Consumers::new(notifications)
        .on::<UserCreated>("welcome", in_app("account.welcome", "welcome", Addressee::of))
        // The link in each of them works, so nobody lacks one who gets no more.
        .on::<VerificationRequested>(
            "verification mail",
            email("account.welcome", "welcome", with_link).urgently().at_most_daily(5),
        )
        .on::<RegistrationRepeated>(
            "registration warning",
            email("account.registration_repeated", "already_registered", owner).at_most_daily(2),
        )
        .list()
}

fn owner(told: RegistrationRepeated) -> Addressee {
    Addressee::new(told.user_id, told.email, told.locale)
}

fn with_link(told: VerificationRequested) -> Addressee {
    let link = SealedVariable::verification_link(told.user_id, told.link);
    Addressee::new(told.user_id, told.email, told.locale).named(told.display_name.as_deref()).with_sealed("link", link)
}
