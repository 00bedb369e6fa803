//! Looking at a flow: what it needs, for a page that shows it and for whoever has lost an answer.

use super::{Flow, Need, Offer, Return};
use crate::domain::Auth;
use crate::domain::sessions::roles_of;
use crate::error::AuthError;
use crate::store::accounts;
use orion_contracts::auth::{FlowMethod, FlowOrder, FlowResponse, FlowStep, TotpEnrolment};
use orion_contracts::{FlowId, Secret};
use sea_orm::ConnectionTrait;

/// What a page needs to know of a flow.
pub(crate) struct Look {
    /// What is needed next.
    pub(crate) flow: FlowResponse,
    /// The key that was shown and of which no code was seen yet, in a flow that sets an authenticator app up.
    pub(crate) enrolment: Option<TotpEnrolment>,
    /// The app that is offered, in a flow that demands none.
    pub(crate) offer: Option<Offer>,
    /// How many characters a new password has at least.
    pub(crate) minimum: u32,
    /// Where a product waits.
    pub(crate) back: Option<Return>,
}

impl Look {
    /// Whether the next step can be done like this.
    pub(crate) fn offers(&self, method: FlowMethod) -> bool {
        self.flow.methods.contains(&method)
    }
}

impl Auth {
    /// What the flow with this secret needs next, for a page. Changes nothing.
    pub(crate) async fn look_at_flow(&self, id: FlowId, token: &Secret) -> Result<Look, AuthError> {
        let mut flow = self.flow_of(id, token).await?;
        let (user_id, back) = (flow.user()?, self.back(&flow)?);
        let need = self.needed_now(&flow).await?;
        let enrolment = match need.step {
            FlowStep::EnrolSecondFactor => self.shown_app(&flow).await?,
            _ => None,
        };
        let offer = self.offer_in(&flow).await?;
        let minimum = self.least_length(self.beside(self.infra.db.read(), user_id).await?);
        let flow = self.response(&mut flow, need, self.infra.clock.now())?;
        Ok(Look { flow, enrolment, offer, minimum, back })
    }

    /// What the flow with this secret needs next, for whoever has lost the answer that said so. It is no try, and changes nothing.
    pub(crate) async fn flow_state(&self, id: FlowId, order: &FlowOrder) -> Result<FlowResponse, AuthError> {
        let mut flow = self.flow_of(id, &order.flow_token).await?;
        let need = self.needed_now(&flow).await?;
        self.response(&mut flow, need, self.infra.clock.now())
    }

    /// Whether the account of a flow may sign in, and from its device: nothing is done for whoever may not.
    pub(super) async fn may_go_on(
        &self,
        connection: &impl ConnectionTrait,
        flow: &Flow,
        account: &accounts::Model,
    ) -> Result<bool, AuthError> {
        Ok(roles_of(account)?.is_some() && !self.is_blocked(connection, flow, account.user_id).await?)
    }

    /// What a flow needs, where nobody holds it. Whoever may not sign in learns nothing.
    async fn needed_now(&self, flow: &Flow) -> Result<Need, AuthError> {
        let Some(user_id) = flow.row.user_id else { return Ok(Need::of_nobody()) };
        let db = self.infra.db.read();
        let account = accounts::find(db, user_id).await?.ok_or(AuthError::FlowOver)?;
        match self.may_go_on(db, flow, &account).await? {
            true => self.need(db, flow, &account).await?.ok_or(AuthError::FlowOver),
            false => Err(AuthError::FlowOver),
        }
    }
}
