//! `/api/v1/organisations/{id}/invitations`: who is invited to an organisation. Internal: what auth's page shows of it, and the answer.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use orion_contracts::internal::{FindOrganisationInvitation, GiveInvitationAnswer};
use orion_contracts::organisations::{InviteMember, OrganisationInvitation, OrganisationInvitationFound};
use orion_contracts::permissions::MembersWrite;
use orion_contracts::{OrganisationId, OrganisationInvitationId, Page, PageQuery, Problem};
use orion_http::idempotency::Idempotency;
use orion_http::{ApiProblem, Freshness, FromPeer, RequireSomewhere, Valid, ValidPath, ValidQuery};

/// Lists the invitations of an organisation, the newest first.
///
/// Those that were not answered. Needs the permission `members.write` on it.
#[utoipa::path(
    get, path = "/api/v1/organisations/{id}/invitations", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), PageQuery),
    responses((status = 200, description = "A page of invitations", body = Page<OrganisationInvitation>))
)]
pub(super) async fn list(
    caller: RequireSomewhere<MembersWrite>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    ValidQuery(query): ValidQuery<PageQuery>,
) -> Result<Json<Page<OrganisationInvitation>>, ApiProblem> {
    Ok(Json(users.organisation_invitations(caller.for_each_object(), id, &query).await?))
}

/// Invites somebody to an organisation.
///
/// By mail. Who has an account accepts at `/api/v1/users/me/organisation-invitations`; who has none is mailed a link by which they get
/// one, and joins with that. The answer does not tell the two apart. Invited again, they are so for longer, with these roles. Nobody
/// promises a role that they could not give. Needs the permission `members.write` on it, and for a role by which the organisation can be
/// deleted, that the caller has signed in within five minutes.
#[utoipa::path(
    post, path = "/api/v1/organisations/{id}/invitations", tag = "organisations", security(("bearer" = [])),
    request_body = InviteMember,
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again gives the same answer"),
    ),
    responses(
        (status = 201, description = "The invitation", body = OrganisationInvitation),
        (status = 409, description = "They are a member already", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields are not valid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many were sent in a day as may be, for this organisation or to this mailbox; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    caller: RequireSomewhere<MembersWrite>,
    fresh: Freshness,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
    key: Idempotency,
    request: Valid<InviteMember>,
) -> Result<impl IntoResponse, ApiProblem> {
    let invitation = users.invite_member(caller.for_each_object(), id, (&key, &fresh), &request).await?;
    Ok((StatusCode::CREATED, Json(invitation)))
}

/// Withdraws an invitation to an organisation.
///
/// Needs the permission `members.write` on it.
#[utoipa::path(
    delete, path = "/api/v1/organisations/{id}/invitations/{invitation}", tag = "organisations", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("invitation" = OrganisationInvitationId, Path, description = "The invitation's id"),
    ),
    responses((status = 204, description = "Nobody can accept it"))
)]
pub(super) async fn withdraw(
    caller: RequireSomewhere<MembersWrite>,
    State(users): State<Users>,
    ValidPath((id, invitation)): ValidPath<(OrganisationId, OrganisationInvitationId)>,
) -> Result<StatusCode, ApiProblem> {
    users.withdraw_organisation_invitation(caller.for_each_object(), id, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An invitation, to who was invited.
pub(super) async fn find_of(
    users: Users,
    call: FromPeer<FindOrganisationInvitation>,
) -> Result<OrganisationInvitationFound, ApiProblem> {
    Ok(users.organisation_invitation_of(call.at.user, call.at.id).await?)
}

/// Their answer to it.
pub(super) async fn answer(
    users: Users,
    call: FromPeer<GiveInvitationAnswer>,
) -> Result<OrganisationInvitationFound, ApiProblem> {
    Ok(users.answer_organisation_invitation(call.at.user, call.at.id, call.input).await?)
}
