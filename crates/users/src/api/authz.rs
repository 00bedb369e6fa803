//! `/api/v1/authz`: whether somebody may do something, why, and who may.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use orion_contracts::Page;
use orion_contracts::permissions::{ProfileRead, RolesRead, UsersRead};
use orion_contracts::users::{AuthzDecisionList, CheckAuthz, ExplainAuthz, Explanation, WhoCan, WhoCanQuery};
use orion_http::identity::Object;
use orion_http::{ApiProblem, Require, RequireOwn, Valid, ValidQuery};

/// Says whether somebody may do things.
///
/// Several questions at once, answered by what enforces, at this moment. About oneself they are answered as far as the token goes,
/// and need the permission `profile.read`; about somebody else they need `roles.read` as well.
#[utoipa::path(
    post, path = "/api/v1/authz/check", tag = "authz", security(("bearer" = [])),
    request_body = CheckAuthz,
    responses((status = 200, description = "The answers, in the order of the questions", body = AuthzDecisionList))
)]
pub(super) async fn check(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
    request: Valid<CheckAuthz>,
) -> Result<Json<AuthzDecisionList>, ApiProblem> {
    Ok(Json(users.check(&caller, &request).await?))
}

/// Explains whether somebody may do something.
///
/// The decision, by what enforces; all that gives or denies it to them, or has, or does elsewhere; and which roles would give it, and
/// could. About oneself it needs the permission `profile.read`, about somebody else `roles.read` as well.
#[utoipa::path(
    post, path = "/api/v1/authz/explain", tag = "authz", security(("bearer" = [])),
    request_body = ExplainAuthz,
    responses((status = 200, description = "The decision, and what bears on it", body = Explanation))
)]
pub(super) async fn explain(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
    request: Valid<ExplainAuthz>,
) -> Result<Json<Explanation>, ApiProblem> {
    Ok(Json(users.explain(&caller, &request).await?))
}

/// Lists who may do something, and why.
///
/// By their ids. A page may hold fewer than its limit, or none, though more follow: those who are denied it are left out. Needs the
/// permissions `roles.read` and `users.read`.
#[utoipa::path(
    get, path = "/api/v1/authz/who-can", tag = "authz", security(("bearer" = [])),
    params(WhoCanQuery),
    responses((status = 200, description = "A page of people", body = Page<WhoCan>))
)]
pub(super) async fn who_can(
    caller: Require<RolesRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<WhoCanQuery>,
) -> Result<Json<Page<WhoCan>>, ApiProblem> {
    caller.may(UsersRead, Object::PLATFORM)?;
    Ok(Json(users.who_can(&query).await?))
}
