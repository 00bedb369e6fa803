//! Where a sign-in leads: back to the page of the product that sent the browser, when that is registered letter by letter, or to a
//! page of ours that has to know who looks, and never anywhere else. The address says so where it begins; from then on its flow knows, and an address that says otherwise is
//! refused.

use super::visitor::Visitor;
use crate::domain::{Auth, Return};
use url::Url;

/// What a product sends along; links between the pages keep it.
pub(super) const PARAMETERS: [&str; 4] = ["return_to", "code_challenge", "code_challenge_method", "state"];
/// How much of an address that is not registered the log shows, in characters.
const SHOWN: usize = 200;
/// The longest state that is passed through, in bytes.
const MAX_STATE: usize = 1024;

/// Why nobody is sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnFault {
    /// The address is not registered.
    Unknown,
    /// The challenge or something else is missing, there twice, or no such thing.
    Incomplete,
}

/// Where this visitor asks to be sent back to; `None` when no product has sent them.
pub(super) fn asked(auth: &Auth, visitor: &Visitor) -> Result<Option<Return>, ReturnFault> {
    let given = |name: &str| visitor.query.iter().filter(|(parameter, _)| parameter == name).count();
    if PARAMETERS.iter().all(|name| given(name) == 0) {
        return Ok(None);
    }
    let to = visitor.parameter("return_to").filter(|_| given("return_to") == 1).ok_or(ReturnFault::Unknown)?;
    if let Some(own) = auth.own_return(to, &visitor.browser.secret) {
        return Ok(Some(own));
    }
    let config = auth.config.get();
    let registered = config.return_urls().find(|url| *url == to).ok_or_else(|| {
        let return_to: String = to.chars().take(SHOWN).collect();
        tracing::info!(
            ?return_to,
            "somebody is sent here by an address that is none of auth.return_urls, letter by letter"
        );
        ReturnFault::Unknown
    })?;
    if PARAMETERS.iter().any(|name| given(name) > 1) {
        return Err(ReturnFault::Incomplete);
    }
    let challenge = visitor.parameter("code_challenge").and_then(|text| text.parse().ok());
    let is_s256 = visitor.parameter("code_challenge_method").is_none_or(|method| method == "S256");
    let state = visitor.parameter("state").map(str::to_owned);
    // What databases do not take is no state either (RFC 6749, appendix A.5).
    let is_state = |state: &String| state.len() <= MAX_STATE && !state.contains(char::is_control);
    let is_fit = state.as_ref().is_none_or(is_state);
    let to = Url::parse(registered).map_err(|_| ReturnFault::Unknown)?;
    let challenge = challenge.filter(|_| is_s256 && is_fit).ok_or(ReturnFault::Incomplete)?;
    Ok(Some(Return { to, challenge, state }))
}

/// Whether an address asks to be sent elsewhere than the sign-in under way leads to. One that asks for nothing, such as a
/// bookmark, goes on with it.
pub(super) fn is_other(asked: Option<&Return>, back: Option<&Return>) -> bool {
    asked.is_some() && asked != back
}
