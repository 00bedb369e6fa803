//! Where a sign-in leads: back to the page of the product that sent the browser, when that is registered letter by letter, and
//! never anywhere else.

use super::visitor::Visitor;
use crate::config::AuthConfig;
use crate::domain::{CodeChallenge, Ending};
use orion_contracts::Secret;
use url::Url;

/// What a product sends along; links between the pages keep it.
pub(super) const PARAMETERS: [&str; 4] = ["return_to", "code_challenge", "code_challenge_method", "state"];
/// The longest state that is passed through, in bytes.
const MAX_STATE: usize = 1024;

/// Where a product waits for somebody.
#[derive(Debug, Clone)]
pub(super) struct Return {
    to: Url,
    challenge: CodeChallenge,
    state: Option<String>,
}

/// Why nobody is sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnFault {
    /// The address is not registered.
    Unknown,
    /// The challenge or something else is missing, there twice, or no such thing.
    Incomplete,
}

impl Return {
    /// Where this visitor is to be sent back to; `None` when no product has sent them.
    pub(super) fn of(config: &AuthConfig, visitor: &Visitor) -> Result<Option<Self>, ReturnFault> {
        let given = |name: &str| visitor.query.iter().filter(|(parameter, _)| parameter == name).count();
        if PARAMETERS.iter().all(|name| given(name) == 0) {
            return Ok(None);
        }
        let to = visitor.parameter("return_to").filter(|_| given("return_to") == 1).ok_or(ReturnFault::Unknown)?;
        let registered = config.return_urls().find(|url| *url == to).ok_or(ReturnFault::Unknown)?;
        if PARAMETERS.iter().any(|name| given(name) > 1) {
            return Err(ReturnFault::Incomplete);
        }
        let challenge = visitor.parameter("code_challenge").and_then(|text| text.parse().ok());
        let is_s256 = visitor.parameter("code_challenge_method").is_none_or(|method| method == "S256");
        let state = visitor.parameter("state").map(str::to_owned);
        let is_short = state.as_ref().is_none_or(|state| state.len() <= MAX_STATE);
        let to = Url::parse(registered).map_err(|_| ReturnFault::Unknown)?;
        let challenge = challenge.filter(|_| is_s256 && is_short).ok_or(ReturnFault::Incomplete)?;
        Ok(Some(Self { to, challenge, state }))
    }

    /// What a sign-in ends with.
    pub(super) fn ending(back: Option<&Self>) -> Ending {
        Ending::Code(back.map(|back| back.challenge.clone()))
    }

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
    pub(super) fn origin(&self) -> String {
        self.to.origin().ascii_serialization()
    }
}
