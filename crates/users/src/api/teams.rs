//! `/api/v1/organisations/{id}/teams`: teams, and who is in them.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::permissions::{OrganisationsRead, TeamsWrite};
use orion_contracts::teams::{CreateTeam, Team, TeamMember, UpdateTeam};
use orion_contracts::{OrganisationId, Page, PageQuery, Problem, TeamId, UserId};
use orion_http::etag::{IfMatch, etag};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists the teams of an organisation, by name.
///
/// Needs the permission `organisations.read` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/teams", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), PageQuery),
    responses((status = 200, description = "A page of teams", body = Page<Team>))
)]
pub(super) async fn list(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<Team>>, ApiProblem> {
    Ok(Json(users.teams(caller.for_each_object(), id, &query).await?))
}

/// Makes a team.
///
/// Needs the permission `teams.write` on the organisation.
#[utoipa::path(
    post, path = "/api/v1/organisations/{id}/teams", tag = "organisations", security(("bearer" = [])),
    request_body = CreateTeam,
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 201, description = "The team", body = Team),
        (status = 409, description = "Another one of the organisation has this name", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: RequireSomewhere<TeamsWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    key: Idempotency,
    request: Valid<CreateTeam>,
) -> Result<impl IntoResponse, ApiProblem> {
    let team = users.create_team(caller.for_each_object(), id, &key, &request).await?;
    Ok((StatusCode::CREATED, etag(team.version), Json(team)))
}

/// Reads a team.
///
/// Needs the permission `organisations.read` on the team.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/teams/{team}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
    ),
    responses((status = 200, description = "The team; the ETag stands for this version", body = Team))
)]
pub(super) async fn find(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath((id, team)): ValidPath<(OrganisationId, TeamId)>,
) -> Result<impl IntoResponse, ApiProblem> {
    let team = users.team(caller.for_each_object(), id, team).await?;
    Ok((etag(team.version), Json(team)))
}

/// Changes a team.
///
/// Absent fields stay, `null` clears. Needs the permission `teams.write` on the team.
#[utoipa::path(
    patch, path = "/api/v1/organisations/{id}/teams/{team}", tag = "organisations", security(("bearer" = [])),
    request_body = UpdateTeam,
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 200, description = "The team after the change", body = Team),
        (status = 409, description = "Another one of the organisation has this name", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(
    caller: RequireSomewhere<TeamsWrite>,
    State(users): State<Users>,
    ValidPath(place): ValidPath<(OrganisationId, TeamId)>,
    seen: IfMatch,
    key: Idempotency,
    request: Valid<UpdateTeam>,
) -> Result<impl IntoResponse, ApiProblem> {
    let team = users.update_team(caller.for_each_object(), place, &seen, &key, &request).await?;
    Ok((etag(team.version), Json(team)))
}

/// Removes a team.
///
/// Its members stay members of the organisation, and lose what they hold for the team; nobody removes one for which somebody holds a
/// role above theirs. Needs the permission `teams.write` on the team.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}/teams/{team}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is being removed"),
    ),
    responses(
        (status = 204, description = "It is removed"),
        (status = 412, description = "Changed by somebody else", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    caller: RequireSomewhere<TeamsWrite>,
    State(users): State<Users>,
    ValidPath(place): ValidPath<(OrganisationId, TeamId)>,
    seen: IfMatch,
) -> Result<StatusCode, ApiProblem> {
    users.delete_team(caller.for_each_object(), place, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists who is in a team.
///
/// Needs the permission `organisations.read` on the team.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/teams/{team}/members", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
        PageQuery,
    ),
    responses((status = 200, description = "A page of members", body = Page<TeamMember>))
)]
pub(super) async fn members(
    caller: RequireSomewhere<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(place): ValidPath<(OrganisationId, TeamId)>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<TeamMember>>, ApiProblem> {
    Ok(Json(users.team_members(caller.for_each_object(), place, &query).await?))
}

/// Puts a member of the organisation into a team.
///
/// Who is in it stays. Needs the permission `teams.write` on the team.
#[utoipa::path(
    put, path = "/api/v1/organisations/{id}/teams/{team}/members/{user}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
        ("user" = UserId, Path, description = "The member's id"),
    ),
    responses((status = 204, description = "They are in it"))
)]
pub(super) async fn add(
    caller: RequireSomewhere<TeamsWrite>,
    State(users): State<Users>,
    ValidPath(place): ValidPath<(OrganisationId, TeamId, UserId)>,
) -> Result<StatusCode, ApiProblem> {
    users.put_team_member(caller.for_each_object(), place, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a member of the organisation out of a team.
///
/// With what they hold for it: by nobody below that. Who is not in it stays out. Needs the permission `teams.write` on the team.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}/teams/{team}/members/{user}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("team" = TeamId, Path, description = "The team's id"),
        ("user" = UserId, Path, description = "The member's id"),
    ),
    responses((status = 204, description = "They are not in it"))
)]
pub(super) async fn remove(
    caller: RequireSomewhere<TeamsWrite>,
    State(users): State<Users>,
    ValidPath(place): ValidPath<(OrganisationId, TeamId, UserId)>,
) -> Result<StatusCode, ApiProblem> {
    users.put_team_member(caller.for_each_object(), place, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
