//! The step of a step-up that an identity at a provider does. The browser goes there by an address of ours, is asked to sign in
//! anew, and carries a code back to the product, which goes on with the flow by it.
//!
//! The code goes by way of the browser that was at the provider, and the flow's token stays with whoever began the flow: who has
//! only one of the two gains nothing, also not by sending somebody else to the provider. It is good as long as the flow asks for a
//! first factor, so no row is written of it.

use super::proof::Proof;
use super::steps::Given;
use super::{Flow, SignIn};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::oauth_providers;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::auth::{FlowProvider, FlowProviderVisit, FlowStep, ProviderVisit};
use orion_contracts::{FieldCode, FieldFault, FlowId, Secret};
use orion_infra::Change;
use orion_infra::secrets::Scope;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// What the code is sealed for.
const PURPOSE: &str = "flow-provider";
/// How long a code lives: what was proven is still fresh when it is used.
const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// By what it is known that an address may be returned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnTo {
    /// It stands in the configuration, letter by letter.
    Registered,
    /// A service of the platform says so: the console's own page.
    OfPeer,
}

/// An identity that was proven at a provider a moment ago; sealed, it is the code.
#[derive(Serialize, Deserialize)]
pub(super) struct Visited {
    identity: Uuid,
    until: DateTime<Utc>,
}

impl Auth {
    /// Says where to send a browser, to prove at a provider who somebody is.
    pub(crate) async fn step_provider_visit(
        &self,
        id: FlowId,
        order: &FlowProviderVisit,
        return_to: ReturnTo,
    ) -> Result<ProviderVisit, AuthError> {
        let flow = self.flow_of(id, &order.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::FirstFactor).await?;
        let wrong = |field, message| Err(AuthError::Wrong(field, FieldFault::new(FieldCode::NotOneOf, message)));
        let offered = self.first_factors(self.infra.db.read(), user_id).await?.providers;
        if !offered.iter().any(|provider| provider.name == order.provider) {
            return wrong("provider", "must be one of the flow's providers");
        }
        let config = self.config.get();
        if return_to == ReturnTo::Registered && !config.return_urls().any(|url| url == order.return_to) {
            return wrong("return_to", "must be one of auth.return_urls, letter by letter");
        }
        let Ok(back) = Url::parse(&order.return_to) else { return wrong("return_to", "must be a URL") };
        self.step_up_visit(&order.provider, id, user_id, back, order.state.clone())
    }

    /// The code that says to a flow that this identity was proven a moment ago.
    pub(in crate::domain) fn visited_code(&self, id: FlowId, identity: Uuid) -> Result<Secret, AuthError> {
        let visited = Visited { identity, until: self.infra.clock.now() + LIFETIME };
        let plain = serde_json::to_vec(&visited).map_err(|error| AuthError::Defect(format!("a code: {error}")))?;
        Ok(Secret::new(self.infra.secrets.seal(Scope::AtRest, PURPOSE, &id.to_string(), &plain)))
    }

    fn visited(&self, id: FlowId, code: &Secret) -> Option<Visited> {
        let plain = self.infra.secrets.unseal(Scope::AtRest, PURPOSE, &id.to_string(), code.expose()).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Proves an identity at a provider, by the code that a browser came back with.
    pub(crate) async fn step_provider(&self, id: FlowId, request: &FlowProvider) -> Result<SignIn, AuthError> {
        let flow = self.flow_of(id, &request.flow_token).await?;
        let user_id = flow.user()?;
        self.demand(&flow, FlowStep::FirstFactor).await?;
        let bucket = self.admit_provider(user_id, flow.row.device_id).await?;
        let proof = Proof::Provider(self.visited(id, &request.code));
        self.step(Given::of(id, &request.flow_token), user_id, &bucket, &proof).await
    }

    /// Takes what was proven at a provider, while the flow asks for it: the identity must still be this person's.
    pub(super) async fn take_visited(
        &self,
        change: &Change,
        flow: &Flow,
        user_id: Uuid,
        visited: &Visited,
    ) -> Result<bool, AuthError> {
        if !self.is_asked_for(change, flow, FlowStep::FirstFactor).await? {
            return Err(AuthError::NotAskedFor);
        }
        let theirs = oauth_providers::of(change, user_id).await?;
        Ok(change.now() < visited.until && theirs.iter().any(|identity| identity.id == visited.identity))
    }
}
