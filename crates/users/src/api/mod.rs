//! The routes. Internal ones are for ORION's own services and not in the public document.

mod api_keys;
mod audit;
mod audit_proof;
mod authz;
mod avatars;
mod direct_permissions;
mod email_changes;
mod email_verifications;
mod grants;
mod invitations;
mod me;
mod memberships;
mod organisation_invitations;
mod organisation_members;
mod organisations;
mod permissions;
mod preferences;
mod roles;
mod service_accounts;
mod teams;
mod user_roles;
mod user_status;
mod users;

use crate::domain::Users;
use orion_http::Serve;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All endpoints of the service.
pub(crate) fn routes(users: Users) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(me::find, me::update))
        .routes(routes!(users::list, invitations::create))
        .routes(routes!(users::find, users::update))
        .routes(routes!(avatars::put_own, avatars::remove_own))
        .routes(routes!(avatars::find, avatars::put, avatars::remove))
        .routes(routes!(email_changes::find_own, email_changes::request_own, email_changes::withdraw_own))
        .routes(routes!(email_changes::find, email_changes::request, email_changes::withdraw))
        .routes(routes!(preferences::find_own, preferences::update_own))
        .routes(routes!(preferences::find, preferences::update))
        .routes(routes!(user_roles::list))
        .routes(routes!(user_roles::assign, user_roles::revoke))
        .routes(routes!(direct_permissions::list))
        .routes(routes!(direct_permissions::put, direct_permissions::delete))
        .routes(routes!(user_status::put))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::find, roles::update, roles::delete))
        .routes(routes!(invitations::find, invitations::send, invitations::withdraw))
        .routes(routes!(permissions::list))
        .routes(routes!(permissions::update))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::find, api_keys::update, api_keys::revoke))
        .routes(routes!(api_keys::rotate))
        .routes(routes!(service_accounts::list, service_accounts::create))
        .routes(routes!(service_accounts::find, service_accounts::update, service_accounts::delete))
        .routes(routes!(service_accounts::create_key))
        .routes(routes!(organisations::list, organisations::create))
        .routes(routes!(organisations::find, organisations::update, organisations::delete))
        .routes(routes!(organisations::transfer))
        .routes(routes!(organisation_members::list))
        .routes(routes!(organisation_members::list_roles))
        .routes(routes!(organisation_members::find, organisation_members::add, organisation_members::remove))
        .routes(routes!(organisation_members::assign_role, organisation_members::revoke_role))
        .routes(routes!(organisation_invitations::list, organisation_invitations::create))
        .routes(routes!(organisation_invitations::withdraw))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::find, teams::update, teams::delete))
        .routes(routes!(teams::members))
        .routes(routes!(teams::add, teams::remove))
        .routes(routes!(memberships::list_own))
        .routes(routes!(memberships::leave))
        .routes(routes!(memberships::list))
        .routes(routes!(memberships::invitations))
        .routes(routes!(memberships::accept, memberships::decline))
        .routes(routes!(authz::check))
        .routes(routes!(authz::explain))
        .routes(routes!(authz::who_can))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verification, audit_proof::verify))
        .routes(routes!(audit::find))
        .routes(routes!(audit::export))
        .routes(routes!(audit_proof::redact))
        .routes(routes!(audit_proof::link))
        .routes(routes!(audit_proof::checkpoints, audit_proof::take_checkpoint))
        .routes(routes!(audit_proof::keys))
        .serve(users::put)
        .serve(email_verifications::consume)
        .serve(email_changes::find_by_token)
        .serve(email_changes::consume)
        .serve(organisation_invitations::find_of)
        .serve(organisation_invitations::answer)
        .serve(grants::find)
        .serve(api_keys::find_by_hash)
        .serve(api_keys::note_uses)
        .serve(grants::standing)
        .serve(roles::catalogue)
        .serve(audit::append)
        .with_state(users)
}
