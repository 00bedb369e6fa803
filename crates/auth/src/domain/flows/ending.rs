//! What a sign-in ends with: a session, or a code that leads back to the product that waits for it. It is settled when the sign-in
//! begins and stands in its flow, so that nobody is led elsewhere on the way.

use super::Flow;
use super::led::Outcome;
use crate::domain::Auth;
use crate::domain::sign_in_codes::CodeChallenge;
use crate::error::AuthError;
use orion_contracts::auth::FlowPurpose;
use orion_contracts::{FlowId, Secret};
use url::Url;

/// What a sign-in is to end with.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// A session, whose tokens the caller is given.
    Session,
    /// A code that leads back to a product; none where no product waits for one.
    Code(Option<Return>),
}

/// Where a product waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Return {
    /// The address, which is registered, or that of a page of ours.
    pub(crate) to: Url,
    /// What the code is bound to.
    pub(crate) challenge: CodeChallenge,
    /// What the product wants back with the code.
    pub(crate) state: Option<String>,
}

/// What a sign-in on ORION's own page comes to.
pub(crate) struct Coded {
    /// Where the browser goes with the code, where a product waits for it.
    pub(crate) to: Option<String>,
    /// By what the device is known from now on.
    pub(crate) device_token: Option<Secret>,
    /// What its flow keeps of it.
    pub(super) outcome: Outcome,
}

impl Return {
    /// The address with the code.
    pub(super) fn with_code(&self, code: &Secret) -> String {
        let mut to = self.to.clone();
        to.query_pairs_mut().append_pair("code", code.expose());
        if let Some(state) = &self.state {
            to.query_pairs_mut().append_pair("state", state);
        }
        to.into()
    }

    /// Its origin: a form that ends there must be allowed to.
    pub(crate) fn origin(&self) -> String {
        self.to.origin().ascii_serialization()
    }
}

impl Flow {
    /// The same flow, to end with this.
    pub(in crate::domain) fn ending(mut self, ending: &Ending) -> Self {
        if let Ending::Code(back) = ending {
            self.purpose = FlowPurpose::SignInCode;
            self.row.purpose = self.purpose.as_str().to_owned();
            self.row.code_challenge = back.as_ref().map(|back| back.challenge.as_str().to_owned());
            self.row.return_to = back.as_ref().map(|back| back.to.as_str().to_owned());
            self.row.return_state = back.as_ref().and_then(|back| back.state.clone());
        }
        self
    }
}

impl Auth {
    /// Where a product waits for whoever goes through this flow. One whose address is not registered any more, or was never noted
    /// (by a version of before), is over: it leads nowhere.
    pub(super) fn back(&self, flow: &Flow) -> Result<Option<Return>, AuthError> {
        let Some(challenge) = &flow.row.code_challenge else { return Ok(None) };
        let challenge =
            challenge.parse().map_err(|()| AuthError::Defect("the challenge of a flow is none".to_owned()))?;
        let to = flow.row.return_to.as_deref().and_then(|to| Url::parse(to).ok()).ok_or(AuthError::FlowOver)?;
        let is_registered = self.own_page(to.as_str()).is_some()
            || self.config.get().return_urls().any(|url| Url::parse(url).is_ok_and(|url| url == to));
        let state = flow.row.return_state.clone();
        is_registered.then_some(Some(Return { to, challenge, state })).ok_or(AuthError::FlowOver)
    }

    /// The same, of the flow with this secret.
    pub(crate) async fn back_of(&self, id: FlowId, token: &Secret) -> Result<Option<Return>, AuthError> {
        self.back(&self.flow_of(id, token).await?)
    }
}
