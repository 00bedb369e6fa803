//! `/internal/v1/*`: for the other services.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use orion_contracts::auth::{CreateAdministrator, PutAccount};
use orion_contracts::bus::RevocationList;
use orion_contracts::users::User;
use orion_contracts::{Problem, ServiceName, UserId};
use orion_http::{ApiProblem, PeerCaller, Valid, ValidPath, ValidQuery};
use serde::Deserialize;

/// Which revocations are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    /// Those after this sequence number.
    #[serde(default)]
    after: i64,
}

/// What was revoked, for those who missed it on the bus.
pub(super) async fn revocations(
    _: PeerCaller,
    State(auth): State<Auth>,
    ValidQuery(query): ValidQuery<After>,
) -> Result<Json<RevocationList>, ApiProblem> {
    Ok(Json(auth.revocations(query.after).await?))
}

/// The order as it arrives; its values come from the users service, which has checked them.
#[derive(Deserialize, Validate)]
#[serde(transparent)]
pub(super) struct AccountOrder(#[garde(skip)] PutAccount);

/// Takes the facts of a user whose status or address changed, and ends their sessions when they may not go on.
pub(super) async fn put_account(
    peer: PeerCaller,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
    order: Valid<AccountOrder>,
) -> Result<Json<PutAccount>, ApiProblem> {
    peer.only(&[ServiceName::Users])?;
    let order = order.value.0;
    if order.user.user_id != id {
        return Err(Problem::validation().field("user.user_id", "is not the one in the path").into());
    }
    auth.put_account(&order.user, order.version).await?;
    Ok(Json(order))
}

/// Makes the first administrator.
pub(super) async fn put_administrator(
    peer: PeerCaller,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<UserId>,
    order: Valid<CreateAdministrator>,
) -> Result<Json<User>, ApiProblem> {
    peer.only(&[ServiceName::Admin])?;
    Ok(Json(auth.put_administrator(id, &order).await?))
}
