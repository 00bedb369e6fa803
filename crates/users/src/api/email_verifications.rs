//! Internal: `/internal/v1/email-verifications`.

use super::FromPeer;
use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::ServiceName;
use orion_contracts::users::{ConsumeVerification, User};
use orion_http::{ApiProblem, PeerCaller, Valid};

/// Verifies the address that a token was sent to.
pub(super) async fn consume(
    peer: PeerCaller,
    State(users): State<Users>,
    request: Valid<FromPeer<ConsumeVerification>>,
) -> Result<Json<User>, ApiProblem> {
    peer.only(&[ServiceName::Auth])?;
    Ok(Json(users.verify_email(&request.0).await?))
}
