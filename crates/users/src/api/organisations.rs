//! `/api/v1/organisations`: organisations themselves.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::organisations::{
    CreateOrganisation, Organisation, OrganisationQuery, TransferOrganisation, UpdateOrganisation,
};
use orion_contracts::permissions::{OrganisationsCreate, OrganisationsDelete, OrganisationsRead, OrganisationsWrite};
use orion_contracts::{OrganisationId, Page, Problem};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Fresh, Require, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists organisations, by name.
///
/// Only those that the caller may see; one's own are at `/api/v1/users/me/organisations`. Needs the permission `organisations.read`, for
/// the platform or the organisation for which the caller acts.
#[utoipa::path(
    get, path = "/api/v1/organisations", tag = "organisations", security(("bearer" = [])),
    params(OrganisationQuery),
    responses((status = 200, description = "A page of organisations", body = Page<Organisation>))
)]
pub(super) async fn list(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidQuery(query): ValidQuery<OrganisationQuery>,
) -> Result<Json<Page<Organisation>>, ApiProblem> {
    Ok(Json(users.organisations(caller.scope(), &query).await?))
}

/// Makes an organisation.
///
/// The caller is its owner, and can hand it over. Needs the permission `organisations.create`.
#[utoipa::path(
    post, path = "/api/v1/organisations", tag = "organisations", security(("bearer" = [])),
    request_body = CreateOrganisation,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer")),
    responses(
        (status = 201, description = "The organisation", body = Organisation),
        (status = 409, description = "Another one is called so in addresses", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: Require<OrganisationsCreate>,
    State(users): State<Users>,
    key: Idempotency,
    request: Valid<CreateOrganisation>,
) -> Result<impl IntoResponse, ApiProblem> {
    let organisation = users.create_organisation(&caller, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(organisation.version), Json(organisation)))
}

/// Reads an organisation.
///
/// Needs the permission `organisations.read` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    responses((status = 200, description = "The organisation; the ETag stands for this version", body = Organisation))
)]
pub(super) async fn find(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
) -> Result<impl IntoResponse, ApiProblem> {
    let organisation = users.organisation(caller.for_each_object(), id).await?;
    Ok((etag(organisation.version), Json(organisation)))
}

/// Changes an organisation.
///
/// Absent fields stay, `null` clears. Needs the permission `organisations.write` on it.
#[utoipa::path(
    patch, path = "/api/v1/organisations/{id}", tag = "organisations", security(("bearer" = [])),
    request_body = UpdateOrganisation,
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The organisation after the change", body = Organisation),
        (status = 409, description = "Another one is called so in addresses", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireSomewhere<OrganisationsWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<UpdateOrganisation>,
) -> Result<impl IntoResponse, ApiProblem> {
    let organisation = users.update_organisation(caller.for_each_object(), id, &seen, &key, &request).await?;
    Ok((etag(organisation.version), Json(organisation)))
}

/// Deletes an organisation.
///
/// Its members hold nothing inside any more, their keys for it are revoked, and its invitations are withdrawn. It is not restored. Needs
/// the permission `organisations.delete` on it, and a sign-in of the last five minutes.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being deleted"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    caller: RequireSomewhere<OrganisationsDelete>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    seen: IfMatch,
) -> Result<StatusCode, ApiProblem> {
    users.delete_organisation(caller.for_each_object(), id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands an organisation over.
///
/// The member owns it from then on; a caller who owned it stays as an administrator of it. Needs the permission `organisations.delete` on
/// it, and a sign-in of the last five minutes.
#[utoipa::path(
    post, path = "/api/v1/organisations/{id}/transfer", tag = "organisations", security(("bearer" = [])),
    request_body = TransferOrganisation,
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    responses(
        (status = 204, description = "The member owns it"),
        (status = 409, description = "The member is not active", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn transfer(
    caller: RequireSomewhere<OrganisationsDelete>,
    _: Fresh,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    request: Valid<TransferOrganisation>,
) -> Result<StatusCode, ApiProblem> {
    users.transfer_organisation(caller.for_each_object(), id, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
