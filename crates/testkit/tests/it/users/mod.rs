//! The users service, a file per resource.

pub(crate) mod api_keys;
mod audit;
mod audit_borders;
mod audit_export;
mod audit_proof;
mod authz;
mod avatars;
mod conditional_roles;
mod direct_permissions;
mod edit;
pub(crate) mod email_changes;
mod email_verifications;
mod filters;
mod givers;
mod grants;
mod invitations;
mod list;
mod logged_decisions;
mod me;
mod organisation_invitations;
mod organisation_members;
pub(crate) mod organisations;
mod own_roles;
mod owner_conditions;
mod powers_lost;
mod preferences;
mod profile;
mod registration;
mod role_edits;
mod roles;
mod scope;
mod service_accounts;
mod sign_ins;
mod spelling;
mod status;
mod team_roles;
mod teams;
mod user_roles;

use orion_contracts::internal::CreateUser;
use orion_contracts::users::{PutUser, UserPut};
use orion_contracts::{ServiceName, UserId};
use orion_infra::peers::PeerError;
use orion_testkit::TestPlatform;

/// Somebody who has just registered, as auth orders them.
fn pending(email: &str) -> PutUser {
    PutUser { email: email.parse().unwrap(), display_name: None, locale: None, verified: false, roles: Vec::new() }
}

/// A new id, as auth chooses it.
fn new_id(orion: &TestPlatform) -> UserId {
    let infra = orion.infra(ServiceName::Auth);
    infra.random.id(&infra.clock)
}

/// Orders a user, as auth does.
async fn put(orion: &TestPlatform, id: UserId, order: &PutUser) -> Result<UserPut, PeerError> {
    let peers = &orion.infra(ServiceName::Auth).peers;
    peers.call(&CreateUser { id }, order).await
}

/// The status and type of the problem that a peer answered with.
fn problem(error: PeerError) -> (u16, String) {
    match error {
        PeerError::Problem { problem, .. } => (problem.status, problem.name().to_owned()),
        other => panic!("{other}"),
    }
}
