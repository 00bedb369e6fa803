//! Looking at a flow, for a page that shows what it needs.

use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::accounts;
use orion_contracts::auth::{FlowMethod, FlowResponse, FlowStep, TotpEnrolment};
use orion_contracts::{FlowId, Secret};

/// What a page needs to know of a flow.
pub(crate) struct Look {
    /// What is needed next.
    pub(crate) flow: FlowResponse,
    /// The key that was shown and of which no code was seen yet, in a flow that sets an authenticator app up.
    pub(crate) enrolment: Option<TotpEnrolment>,
    /// How many characters a new password has at least.
    pub(crate) minimum: u32,
}

impl Look {
    /// Whether the next step can be done like this.
    pub(crate) fn offers(&self, method: FlowMethod) -> bool {
        self.flow.methods.contains(&method)
    }
}

impl Auth {
    /// What the flow with this secret needs next. Changes nothing.
    pub(crate) async fn look_at_flow(&self, id: FlowId, token: &Secret) -> Result<Look, AuthError> {
        let mut flow = self.flow_of(id, token).await?;
        let db = self.infra.db.read();
        let account = accounts::find(db, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        let need = self.need(db, &flow, &account).await?.ok_or(AuthError::FlowOver)?;
        let enrolment = match need.step {
            FlowStep::EnrolSecondFactor => self.shown_app(&flow).await?,
            _ => None,
        };
        let minimum = self.least_length(self.beside(db, account.user_id).await?);
        Ok(Look { flow: self.response(&mut flow, need, self.infra.clock.now())?, enrolment, minimum })
    }
}
