//! What somebody proves by a step, and whether it holds while the change holds flow and account.

use super::enrolment::Enrolled;
use super::passkey::Assertion;
use super::provider::Visited;
use super::{Factor, Flow};
use crate::domain::Auth;
use crate::domain::login::Proven;
use crate::domain::second_factor::MadeCodes;
use crate::error::AuthError;
use crate::store::credentials;
use orion_contracts::auth::FlowStep;
use orion_contracts::{FieldCode, FieldFault, Secret};
use orion_infra::Change;
use uuid::Uuid;

/// What somebody proves by a step, as far as it was looked at before the change.
pub(super) enum Proof<'a> {
    /// The password was right a moment ago.
    Password(Option<Proven>),
    /// A code of the authenticator app; with backup codes where it sets the app up.
    Totp(&'a Secret, Option<MadeCodes>),
    /// The backup code that this is.
    BackupCode(Option<Uuid>),
    /// The assertion of a passkey, when it held a moment ago.
    Passkey(Option<Assertion>),
    /// A passkey that was made a moment ago, with backup codes.
    NewPasskey(Box<Enrolled>, MadeCodes),
    /// The identity that was proven at a provider, when the code says so.
    Provider(Option<Visited>),
}

impl Proof<'_> {
    pub(super) const fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::Provider(_) => Factor::Provider,
            Self::Totp(..) => Factor::Totp,
            Self::BackupCode(_) => Factor::BackupCode,
            Self::Passkey(Some(assertion)) if assertion.said.is_user_verified => Factor::VerifiedPasskey,
            Self::NewPasskey(enrolled, _) if enrolled.is_user_verified() => Factor::VerifiedPasskey,
            Self::Passkey(_) | Self::NewPasskey(..) => Factor::Passkey,
        }
    }

    /// The field that is wrong when it does not hold.
    pub(super) fn fault(&self) -> AuthError {
        let (field, message) = match self {
            Self::Password(_) => ("password", "is not the password of the account"),
            Self::Totp(..) | Self::BackupCode(_) => ("code", "is wrong, too old, or was used"),
            Self::Provider(_) => ("code", "is unknown or too old, or of another sign-in"),
            Self::NewPasskey(..) => ("credential", "does not answer what was asked for last"),
            Self::Passkey(_) => ("credential", "is not of a passkey known here, or does not answer what was asked for"),
        };
        AuthError::Wrong(field, FieldFault::new(FieldCode::Invalid, message))
    }

    /// Whether it answers what a browser was asked for.
    pub(super) const fn is_answer(&self) -> bool {
        matches!(self, Self::Passkey(_) | Self::NewPasskey(..))
    }

    /// The backup codes that come with what it sets up.
    pub(super) const fn codes(&self) -> Option<&MadeCodes> {
        match self {
            Self::Totp(_, codes) => codes.as_ref(),
            Self::NewPasskey(_, codes) => Some(codes),
            Self::Password(_) | Self::BackupCode(_) | Self::Passkey(_) | Self::Provider(_) => None,
        }
    }
}

/// Whether a proof holds.
pub(super) enum Held {
    No,
    Yes,
    /// And it has set up a second factor, which was audited.
    Enrolled,
}

impl From<bool> for Held {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Auth {
    /// Whether a proof holds at this moment. What is good for one use is used up by it.
    pub(super) async fn holds(
        &self,
        change: &mut Change,
        flow: &Flow,
        user_id: Uuid,
        proof: &Proof<'_>,
    ) -> Result<Held, AuthError> {
        if flow.row.user_id.is_some_and(|owner| owner != user_id) {
            return Ok(Held::No);
        }
        match proof {
            Proof::Password(proven) => {
                if !self.is_asked_for(change, flow, FlowStep::FirstFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                let current = credentials::find(change, user_id).await?.map(|credential| credential.password_hash);
                Ok(proven.as_ref().is_some_and(|proven| current.as_deref() == Some(&proven.password_hash)).into())
            }
            Proof::Totp(code, codes) => {
                if self.is_asked_for(change, flow, FlowStep::SecondFactor).await? {
                    return self.take_totp(change, user_id, code).await.map(Held::from);
                }
                if !self.is_asked_for(change, flow, FlowStep::EnrolSecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                match codes.is_some() && self.confirm_app_in(change, flow, user_id, code).await? {
                    true => Ok(Held::Enrolled),
                    false => Ok(Held::No),
                }
            }
            Proof::NewPasskey(enrolled, _) => match self.put_passkey_in(change, flow, user_id, enrolled).await? {
                true => Ok(Held::Enrolled),
                false => Ok(Held::No),
            },
            Proof::BackupCode(found) => {
                if !self.is_asked_for(change, flow, FlowStep::SecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                match found {
                    Some(code) => self.take_backup_code(change, user_id, *code).await.map(Held::from),
                    None => Ok(Held::No),
                }
            }
            Proof::Passkey(Some(assertion)) => {
                self.take_assertion(change, flow, user_id, assertion).await.map(Held::from)
            }
            Proof::Provider(Some(visited)) => self.take_visited(change, flow, user_id, visited).await.map(Held::from),
            Proof::Passkey(None) | Proof::Provider(None) => Ok(Held::No),
        }
    }
}
