//! Setting up the second factor that a flow asks for: an authenticator app or a passkey.

use super::steps::{Given, Proof};
use super::{Flow, SignIn, Waiting};
use crate::domain::Auth;
use crate::domain::passkeys::Made;
use crate::error::AuthError;
use crate::store::flows;
use orion_contracts::auth::{FlowNewPasskey, FlowOrder, FlowPasskeyCreation, FlowStep, TotpEnrolment};
use orion_contracts::{Author, FlowId, UserId};
use orion_infra::Change;
use uuid::Uuid;

/// A passkey that was made a moment ago, for a flow that asked for it.
pub(super) struct Enrolled {
    made: Made,
    /// What it answers, as it stood in the flow.
    answers: String,
    name: Option<String>,
}

impl Enrolled {
    pub(super) const fn is_user_verified(&self) -> bool {
        self.made.is_user_verified()
    }
}

impl Auth {
    /// Begins to set up an authenticator app, in a flow that asks for a second factor where there is none.
    pub(crate) async fn step_totp_enrolment(&self, id: FlowId, order: &FlowOrder) -> Result<TotpEnrolment, AuthError> {
        let flow = self.flow_of(id, &order.flow_token).await?;
        self.demand(&flow, FlowStep::EnrolSecondFactor).await?;
        self.begin_totp(UserId(flow.user()?), Author::ANONYMOUS).await
    }

    /// Says what to ask a browser for, to set up a passkey in such a flow. It takes the place of what was asked for before.
    pub(crate) async fn step_passkey_enrolment_options(
        &self,
        id: FlowId,
        order: &FlowOrder,
    ) -> Result<FlowPasskeyCreation, AuthError> {
        let flow = self.flow_of(id, &order.flow_token).await?;
        self.demand(&flow, FlowStep::EnrolSecondFactor).await?;
        let (public_key, state) = self.passkey_creation(UserId(flow.user()?)).await?;
        let sealed = self.seal_waiting(id, &Waiting::Registration(Box::new(state)))?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("options of a passkey; it is audited once it is there");
                let mut flow = self.hold_flow(change, id, &order.flow_token).await?;
                if !self.is_asked_for(change, &flow, FlowStep::EnrolSecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                flow.row.state_sealed = Some(sealed.clone());
                Ok(flows::update(change, &flow.row).await?)
            })
            .await?;
        Ok(FlowPasskeyCreation { public_key })
    }

    /// Sets up the passkey that a browser made, and proves it by that.
    pub(crate) async fn step_passkey_enrolment(
        &self,
        id: FlowId,
        request: &FlowNewPasskey,
    ) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        self.demand(&flow, FlowStep::EnrolSecondFactor).await?;
        let user_id = flow.user()?;
        let answers = flow.row.state_sealed.ok_or(AuthError::NoChallenge)?;
        let made = self.passkey_made(id, &answers, &request.credential)?;
        let codes = self.make_backup_codes(UserId(user_id)).await?;
        let bucket = self.admit_passkey(user_id, flow.row.device_id).await?;
        let enrolled = Enrolled { made, answers, name: request.name.clone() };
        let proof = Proof::NewPasskey(Box::new(enrolled), codes);
        let given = Given { id, token: &request.flow_token, trusts_device: request.trust_device };
        self.step(given, user_id, &bucket, &proof).await
    }

    /// Puts a new passkey in use with a change that holds flow and account; `false` when it does not answer what the flow asked
    /// for last.
    pub(super) async fn put_passkey_in(
        &self,
        change: &mut Change,
        flow: &Flow,
        user_id: Uuid,
        enrolled: &Enrolled,
    ) -> Result<bool, AuthError> {
        let is_asked = self.is_asked_for(change, flow, FlowStep::EnrolSecondFactor).await?;
        if !is_asked || flow.row.state_sealed.as_ref() != Some(&enrolled.answers) {
            return Ok(false);
        }
        self.put_passkey(change, UserId(user_id), &enrolled.made, enrolled.name.as_deref()).await?;
        Ok(true)
    }
}
