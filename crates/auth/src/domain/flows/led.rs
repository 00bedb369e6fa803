//! Where a sign-in on a page of ours has led, for the browser that asks once more. It waits sealed in the ended flow for as long as
//! the flow would have lived.

use super::{Coded, Flow, Return, Waiting};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::{flows, sign_in_codes};
use orion_contracts::auth::FlowPurpose;
use orion_contracts::{FlowId, Secret};
use orion_infra::secrets::{same, token_hash};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the last step has come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::domain) struct Outcome {
    /// The code, where a product waits for one.
    pub(super) code: Option<Secret>,
    /// The device that it was done from.
    pub(super) device: Uuid,
}

/// Where a sign-in has led.
pub(crate) struct Led {
    /// The product that waited.
    pub(crate) back: Option<Return>,
    /// The way there, as it was answered; none once the code was exchanged, or is too old for it.
    pub(crate) coded: Option<Coded>,
}

impl Auth {
    /// What a flow keeps of its last step.
    pub(super) fn keep_outcome(&self, flow: &mut Flow, coded: &Coded) -> Result<(), AuthError> {
        let waiting = Waiting::Outcome(coded.outcome.clone());
        flow.row.state_sealed = Some(self.seal_waiting(FlowId(flow.row.id), &waiting)?);
        Ok(())
    }

    /// Where the flow with this secret has led; one that came to nothing is over. Changes nothing, and uses no code up.
    pub(crate) async fn where_flow_led(&self, id: FlowId, token: &Secret) -> Result<Led, AuthError> {
        let (db, now) = (self.infra.db.read(), self.infra.clock.now());
        let hash = token_hash(token.expose());
        let found = flows::find(db, id.0).await?;
        let found = found.filter(|flow| same(flow.token_hash.as_bytes(), hash.as_bytes()) && now < flow.expires_at);
        let has_ended =
            |flow: &flows::Model| flow.ended_at.is_some() && flow.purpose() == Some(FlowPurpose::SignInCode);
        let flow = found.filter(has_ended).and_then(Flow::of).ok_or(AuthError::FlowOver)?;
        let sealed = flow.row.state_sealed.as_deref().ok_or(AuthError::FlowOver)?;
        let Waiting::Outcome(outcome) = self.open_waiting(id, sealed)? else { return Err(AuthError::FlowOver) };
        let back = self.back(&flow)?;
        let to = match (&back, &outcome.code) {
            (Some(back), Some(code)) => {
                let made = sign_in_codes::find(db, &token_hash(code.expose())).await?;
                if made.is_none_or(|made| made.used_at.is_some() || made.expires_at <= now) {
                    return Ok(Led { back: Some(back.clone()), coded: None });
                }
                Some(back.with_code(code))
            }
            _ => None,
        };
        let device_token = Some(self.device_token(outcome.device));
        Ok(Led { back, coded: Some(Coded { to, device_token, outcome }) })
    }
}
