//! Which events are told to people: what is sent, from which template, and to whom. What does more than that is a file of
//! its own.

mod addressees;
mod email_changes;
mod organisation_invitations;
mod passwords;
mod security;
mod telling;

use crate::domain::notification::SealedVariable;
use crate::domain::{Addressee, Notifications};
use chrono::TimeDelta;
use orion_contracts::events::{
    EmailChangeBarred, EmailChangeRequested, InvitationRequested, InvitationWithdrawn, OrganisationInvited,
    PasswordResetRequested, RegistrationRepeated, SecurityNoted, UserCreated, UserDeleted, UserEmailChanged,
    UserStatusChanged, VerificationRequested,
};
use orion_infra::events::{Consumer, Consumers};
use telling::{email, in_app};

/// All consumers.
pub(crate) fn all(notifications: Notifications) -> Vec<Consumer> {
    Consumers::new(notifications)
        .on::<UserCreated>("welcome", in_app("account.welcome", "welcome", Addressee::of))
        // As long as nobody gets more, the link in each of them works.
        .on::<VerificationRequested>(
            "verification mail",
            email("account.welcome", "welcome", with_link)
                .urgently()
                .at_most(5, |told, event| told.expires_at - event.occurred_at),
        )
        .on::<InvitationRequested>("invitation mail", addressees::invite)
        .on::<InvitationWithdrawn>("addressees", addressees::withdraw)
        .on::<UserStatusChanged>("addressees", addressees::follow)
        .on::<UserDeleted>("addressees", addressees::follow)
        .on::<OrganisationInvited>("organisation invitation mail", organisation_invitations::send_link)
        .on::<PasswordResetRequested>("password reset mail", passwords::send_link)
        .on::<EmailChangeRequested>("address mail", email_changes::send_link)
        .on::<EmailChangeBarred>(
            "address warning",
            email("account.email_change_barred", "email_change_barred", barred).at_most(2, |_, _| TimeDelta::days(1)),
        )
        .on::<UserEmailChanged>("address mail", email("account.email_changed", "email_changed", left).urgently())
        .on::<RegistrationRepeated>(
            "registration warning",
            email("account.registration_repeated", "already_registered", owner).at_most(2, |_, _| TimeDelta::days(1)),
        )
        .on::<SecurityNoted>("security warning", security::warn)
        .list()
}

fn owner(told: RegistrationRepeated) -> Addressee {
    Addressee::new(told.user_id, told.email, told.locale)
}

fn barred(told: EmailChangeBarred) -> Addressee {
    Addressee::new(told.user_id, told.email, told.locale)
}

/// The address of before; the new one is told by the security event.
fn left(told: UserEmailChanged) -> Addressee {
    Addressee::new(told.user.user_id, told.previous_email, told.user.locale)
        .named(told.user.display_name.as_deref())
        .with("new_email", told.user.email.as_str())
}

fn with_link(told: VerificationRequested) -> Addressee {
    let link = SealedVariable::verification_link(told.user_id, told.link);
    Addressee::new(told.user_id, told.email, told.locale).named(told.display_name.as_deref()).with_sealed("link", link)
}
