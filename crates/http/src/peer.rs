//! Internal endpoints: only other services of the platform get in.

use crate::ApiProblem;
use crate::service::Context;
use axum::extract::FromRequestParts;
use http::request::Parts;
use orion_contracts::{Problem, ServiceName};
use orion_infra::peers::token;

/// The service that calls, proven by its 60-second token.
#[derive(Debug, Clone, Copy)]
pub struct PeerCaller(pub ServiceName);

impl PeerCaller {
    /// Lets only these services pass.
    pub fn only(self, allowed: &[ServiceName]) -> Result<Self, Problem> {
        if allowed.contains(&self.0) { Ok(self) } else { Err(Problem::permission_denied()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PeerCaller {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let context = Context::from_request_parts(parts, state).await?;
        let infra = &context.infra;
        let proof = parts.headers.get(token::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match token::verify(&infra.secrets, infra.service, proof, infra.clock.now()) {
            Ok(service) => Ok(Self(service)),
            Err(reason) => Err(Problem::peer_refused().detail(reason.to_string()).into()),
        }
    }
}
