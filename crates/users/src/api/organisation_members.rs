//! `/api/v1/organisations/{id}/members`: who belongs to an organisation, and what they hold inside.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::organisations::{AssignMemberRole, MemberRolePlace, OrganisationMember};
use orion_contracts::permissions::{MembersWrite, OrganisationsRead};
use orion_contracts::users::Role;
use orion_contracts::{OrganisationId, Page, PageQuery, Problem, UserId};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Freshness, Require, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists the roles that can be held inside an organisation
///
/// By name, with what they allow there. Needs the permission `organisations.read` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/roles", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), PageQuery),
    responses((status = 200, description = "A page of roles", body = Page<Role>))
)]
pub(super) async fn list_roles(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<Role>>, ApiProblem> {
    Ok(Json(users.roles_inside(caller.for_each_object(), id, &query).await?))
}

/// Lists the members of an organisation.
///
/// With what they hold inside. Needs the permission `organisations.read` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/members", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), PageQuery),
    responses((status = 200, description = "A page of members", body = Page<OrganisationMember>))
)]
pub(super) async fn list(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<OrganisationMember>>, ApiProblem> {
    Ok(Json(users.organisation_members(caller.for_each_object(), id, &query).await?))
}

/// Reads a member of an organisation.
///
/// Needs the permission `organisations.read` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/members/{user}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("user" = UserId, Path, description = "The member's id"),
    ),
    responses((status = 200, description = "The member", body = OrganisationMember))
)]
pub(super) async fn find(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath((id, user)): ValidPath<(OrganisationId, UserId)>,
) -> Result<Json<OrganisationMember>, ApiProblem> {
    Ok(Json(users.organisation_member(caller.for_each_object(), id, user).await?))
}

/// Makes a user a member of an organisation.
///
/// Without asking them, so it is for who runs the platform; others invite. A member stays what they are. Whoever makes one holds what
/// every member does, for good. Needs the permission `members.write` for the platform.
#[utoipa::path(
    put, path = "/api/v1/organisations/{id}/members/{user}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("user" = UserId, Path, description = "The user's id"),
    ),
    responses(
        (status = 204, description = "They are a member"),
        (status = 409, description = "They are not active, or belong to too many", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    caller: Require<MembersWrite>,
    State(users): State<Users>,
    ValidPath((id, user)): ValidPath<(OrganisationId, UserId)>,
) -> Result<StatusCode, ApiProblem> {
    users.add_member(&caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member from an organisation.
///
/// With what they hold inside, and their keys for it. Nobody removes a member above them, or the last owner. Needs the permission
/// `members.write` on it, and where the member is an owner, that the caller has signed in within five minutes; leaving is at `/api/v1/users/me/organisations/{id}`.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}/members/{user}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("user" = UserId, Path, description = "The member's id"),
    ),
    responses(
        (status = 204, description = "They are a member no more"),
        (status = 409, description = "They are its last owner", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    caller: RequireSomewhere<MembersWrite>,
    fresh: Freshness,
    State(users): State<Users>,
    ValidPath((id, user)): ValidPath<(OrganisationId, UserId)>,
) -> Result<StatusCode, ApiProblem> {
    users.remove_member(caller.for_each_object(), id, user, &fresh).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a member a role inside an organisation.
///
/// It holds for what belongs to the organisation, while they act for it; a role of the scope `team` for what is the team's that is named,
/// while they are in it. Nobody gives what they do not hold there for as long. Needs the permission `members.write` on the organisation,
/// or on the team, and for a role by which the organisation can be deleted, that the caller has signed in within five minutes.
#[utoipa::path(
    put, path = "/api/v1/organisations/{id}/members/{user}/roles/{role}", tag = "organisations", security(("bearer" = [])),
    request_body = AssignMemberRole,
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("user" = UserId, Path, description = "The member's id"),
        ("role" = String, Path, description = "The role's name", example = "organisation_admin"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 204, description = "They hold it"),
        (status = 409, description = "They would be the last owner, for a time only", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn assign_role(
    caller: RequireSomewhere<MembersWrite>,
    fresh: Freshness,
    State(users): State<Users>,
    ValidPath((id, user, role)): ValidPath<(OrganisationId, UserId, String)>,
    key: Idempotency,
    request: Valid<AssignMemberRole>,
) -> Result<StatusCode, ApiProblem> {
    users.assign_member_role(caller.for_each_object(), (id, user, &role), (&key, &fresh), &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role inside an organisation from a member.
///
/// Taking one that is not held changes nothing. Needs the permission `members.write` on it, or on the team that is named, and for a
/// role by which the organisation can be deleted, that the caller has signed in within five minutes.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}/members/{user}/roles/{role}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("user" = UserId, Path, description = "The member's id"),
        ("role" = String, Path, description = "The role's name", example = "organisation_admin"),
        MemberRolePlace,
    ),
    responses(
        (status = 204, description = "They do not hold it"),
        (status = 409, description = "They are its last owner", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke_role(
    caller: RequireSomewhere<MembersWrite>,
    fresh: Freshness,
    State(users): State<Users>,
    ValidPath((id, user, role)): ValidPath<(OrganisationId, UserId, String)>,
    ValidQuery(place): ValidQuery<MemberRolePlace>,
) -> Result<StatusCode, ApiProblem> {
    users.revoke_member_role(caller.for_each_object(), (id, user, &role), place.team_id, &fresh).await?;
    Ok(StatusCode::NO_CONTENT)
}
