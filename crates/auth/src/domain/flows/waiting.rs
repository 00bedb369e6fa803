//! What waits sealed in a flow until somebody answers it: one thing at a time, and each says what it is, so that an answer to
//! something else is refused like one that comes when nothing was asked.

use super::led::Outcome;
use crate::domain::Auth;
use crate::error::AuthError;
use orion_contracts::auth::BackupCodes;
use orion_contracts::{FlowId, Secret};
use orion_infra::secrets::Scope;
use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::{AuthenticationState, RegistrationState};
use zeroize::Zeroizing;

/// What the seal is for.
const PURPOSE: &str = "flow-waiting";

#[derive(Serialize, Deserialize)]
pub(in crate::domain) enum Waiting {
    /// What a passkey is to be proven by.
    Assertion(Box<AuthenticationState>),
    /// What a passkey is to be set up by. WebAuthn calls that a registration, and so is it stored.
    #[serde(rename = "Registration")]
    Enrolment(Box<RegistrationState>),
    /// The key that was shown for an authenticator app, in Base32. It is this flow's: whoever else is on the way in neither sees
    /// it nor has it put in use.
    App(Secret),
    /// Backup codes that their owner has not kept yet.
    BackupCodes(BackupCodes),
    /// Nothing more: what the last step has come to, of a flow that has ended.
    Outcome(Outcome),
}

impl Auth {
    /// Seals it for the row of this id.
    pub(in crate::domain) fn seal_waiting(&self, id: FlowId, waiting: &Waiting) -> Result<String, AuthError> {
        let plain = Zeroizing::new(serde_json::to_vec(waiting).map_err(defect)?);
        Ok(self.infra.secrets.seal(Scope::AtRest, PURPOSE, &id.to_string(), &plain))
    }

    /// Opens what was sealed for the row of this id.
    pub(in crate::domain) fn open_waiting(&self, id: FlowId, sealed: &str) -> Result<Waiting, AuthError> {
        let plain = self.infra.secrets.unseal(Scope::AtRest, PURPOSE, &id.to_string(), sealed).map_err(defect)?;
        serde_json::from_slice(&plain).map_err(defect)
    }
}

fn defect(error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("what waits in a flow: {error}"))
}
