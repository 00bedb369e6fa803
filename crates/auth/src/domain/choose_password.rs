//! Which passwords people may choose. One that is the only factor is longer than one beside a second factor; which of them an
//! account's is stays with it, so that a short one that has come to stand alone is asked for anew at the next sign-in.

use super::Auth;
use super::password::{self, Beside, Person};
use crate::error::AuthError;
use crate::store::{credentials, password_resets};
use orion_contracts::{FieldCode, FieldFault, Password, SessionId, UserId};
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A password that may be chosen.
pub(super) struct Chosen {
    pub(super) hash: String,
    /// Whether it is long enough to be the only factor.
    pub(super) suits_alone: bool,
}

impl Auth {
    /// What an account has beside its password.
    pub(super) async fn beside(&self, connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Beside, AuthError> {
        let has_none = self.second_factors(connection, user_id).await?.is_empty();
        Ok(if has_none { Beside::Nothing } else { Beside::SecondFactor })
    }

    /// How many characters a password has at least.
    pub(crate) fn least_length(&self, beside: Beside) -> u32 {
        let config = self.config.get();
        match beside {
            Beside::Nothing => config.password_min_length,
            Beside::SecondFactor => config.password_min_length_with_second_factor.min(config.password_min_length),
        }
    }

    /// Refuses a password that may not be chosen; whether it suits alone.
    pub(super) fn check_password(
        &self,
        password: &Password,
        person: Person<'_>,
        beside: Beside,
    ) -> Result<bool, FieldFault> {
        password::check(password, self.least_length(beside), person)?;
        Ok(password.expose().chars().count() >= self.least_length(Beside::Nothing) as usize)
    }

    /// Makes a password the account's. Links to choose another are void, and whoever is signed in, or on the way to it, by the one
    /// before begins again; but for the session in which it was chosen.
    pub(super) async fn put_password(
        &self,
        change: &mut Change,
        user_id: UserId,
        Chosen { hash, suits_alone }: Chosen,
        kept: Option<SessionId>,
    ) -> Result<(), AuthError> {
        let now = change.now();
        credentials::put(change, credentials::Model::chosen(user_id.0, hash, suits_alone, now)).await?;
        password_resets::void_of(change, user_id.0, now).await?;
        match kept {
            Some(_) => drop(self.end_sessions_but(change, user_id, kept).await?),
            None => drop(self.end_all_sessions(change, user_id).await?),
        }
        Ok(())
    }

    /// Refuses a password that is known from a leak, where somebody is there to be asked. It comes after all that is looked at
    /// here and limits how often one tries, for it asks somebody outside.
    pub(super) async fn check_leaked(&self, password: &Password) -> Result<(), FieldFault> {
        let Some(breaches) = &self.breaches else { return Ok(()) };
        let is_known = breaches.know(password).await;
        self.metrics.breach_check(match is_known {
            Some(true) => "known",
            Some(false) => "unknown",
            None => "unavailable",
        });
        match is_known {
            Some(true) => Err(FieldFault::new(FieldCode::Leaked, "is known from a leak; choose another")),
            Some(false) | None => Ok(()),
        }
    }
}
