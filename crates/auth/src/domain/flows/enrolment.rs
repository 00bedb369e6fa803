//! Setting up the second factor that a flow asks for: an authenticator app or a passkey.

use super::proof::Proof;
use super::steps::Given;
use super::{Flow, SignIn, Waiting};
use crate::domain::Auth;
use crate::domain::passkeys::Made;
use crate::error::AuthError;
use crate::store::flows;
use orion_contracts::auth::{FlowMethod, FlowNewPasskey, FlowOrder, FlowPasskeyEnrolment, FlowStep, TotpEnrolment};
use orion_contracts::{Author, FlowId, Secret, SessionId, UserId};
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
    /// Begins to set up an authenticator app, in a flow that asks for a second factor where there is none, or offers another one.
    pub(crate) async fn step_totp_enrolment(&self, id: FlowId, order: &FlowOrder) -> Result<TotpEnrolment, AuthError> {
        let flow = self.flow_of(id, &order.flow_token).await?;
        self.demand(&flow, FlowStep::EnrolSecondFactor).await?;
        let key = self.new_app_key();
        let shown = self.app_enrolment(flow.user()?, &key).await?;
        self.wait_to_enrol(id, &order.flow_token, &Waiting::App(key)).await?;
        Ok(shown)
    }

    /// Keeps in a flow what a new factor is to be set up by, in the place of what waited before, as long as the flow asks for one.
    async fn wait_to_enrol(&self, id: FlowId, token: &Secret, waiting: &Waiting) -> Result<(), AuthError> {
        let sealed = self.seal_waiting(id, waiting)?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("what a factor is to be set up by; it is audited once it counts");
                let mut flow = self.hold_flow(change, id, token).await?;
                if !self.is_asked_for(change, &flow, FlowStep::EnrolSecondFactor).await? {
                    return Err(AuthError::NotAskedFor);
                }
                flow.row.state_sealed = Some(sealed.clone());
                Ok(flows::update(change, &flow.row).await?)
            })
            .await
    }

    /// The key that was shown in this flow and of which no code was seen yet, once more.
    pub(super) async fn shown_app(&self, flow: &Flow) -> Result<Option<TotpEnrolment>, AuthError> {
        match self.shown_app_key(flow)? {
            Some(key) => self.app_enrolment(flow.user()?, &key).await.map(Some),
            None => Ok(None),
        }
    }

    fn shown_app_key(&self, flow: &Flow) -> Result<Option<Secret>, AuthError> {
        let Some(sealed) = &flow.row.state_sealed else { return Ok(None) };
        match self.open_waiting(FlowId(flow.row.id), sealed)? {
            Waiting::App(key) => Ok(Some(key)),
            Waiting::Assertion(_) | Waiting::Enrolment(_) | Waiting::BackupCodes(_) | Waiting::Outcome(_) => Ok(None),
        }
    }

    /// The step that a code is of, when it is one of the key that was shown in this flow.
    pub(super) fn shown_app_step(&self, flow: &Flow, code: &Secret) -> Result<Option<(Secret, i64)>, AuthError> {
        let Some(key) = self.shown_app_key(flow)? else { return Ok(None) };
        Ok(self.step_of_key(&key, code)?.map(|step| (key, step)))
    }

    /// Puts the key that was shown in this flow in use; `false` when the code is none of it.
    pub(super) async fn confirm_app_in(
        &self,
        change: &mut Change,
        flow: &Flow,
        user_id: Uuid,
        code: &Secret,
    ) -> Result<bool, AuthError> {
        let Some((key, step)) = self.shown_app_step(flow, code)? else { return Ok(false) };
        self.put_app(change, (user_id, flow.row.session_id.map(SessionId)), &key, step).await?;
        Ok(true)
    }

    /// Says what to ask a browser for, to set up a passkey in such a flow. It takes the place of what was asked for before.
    pub(crate) async fn step_passkey_enrolment_options(
        &self,
        id: FlowId,
        order: &FlowOrder,
    ) -> Result<FlowPasskeyEnrolment, AuthError> {
        let flow = self.flow_of(id, &order.flow_token).await?;
        self.demand_method(&flow, FlowMethod::PasskeyEnrolment).await?;
        let (public_key, state) = self.new_passkey_enrolment(UserId(flow.user()?)).await?;
        self.wait_to_enrol(id, &order.flow_token, &Waiting::Enrolment(Box::new(state))).await?;
        Ok(FlowPasskeyEnrolment { public_key })
    }

    /// Sets up the passkey that a browser made, and proves it by that.
    pub(crate) async fn step_passkey_enrolment(
        &self,
        id: FlowId,
        request: &FlowNewPasskey,
    ) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        self.demand_method(&flow, FlowMethod::PasskeyEnrolment).await?;
        let user_id = flow.user()?;
        let answers = flow.row.state_sealed.ok_or(AuthError::NoChallenge)?;
        let made = self.passkey_made(id, &answers, &request.credential)?;
        let codes = self.make_backup_codes(UserId(user_id)).await?;
        let bucket = self.admit_passkey(user_id, flow.row.device_id).await?;
        let enrolled = Enrolled { made, answers, name: request.name.clone() };
        let proof = Proof::NewPasskey(Box::new(enrolled), codes);
        let given = Given { id, token: &request.flow_token, trusts_device: request.trust_device, device: None };
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
        if !self.is_asked_for(change, flow, FlowStep::EnrolSecondFactor).await? {
            return Err(AuthError::NotAskedFor);
        }
        if flow.row.state_sealed.as_ref() != Some(&enrolled.answers) {
            return Ok(false);
        }
        self.put_passkey(change, UserId(user_id), &enrolled.made, enrolled.name.as_deref()).await?;
        Ok(true)
    }
}
