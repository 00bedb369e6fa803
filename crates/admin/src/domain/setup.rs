//! The first administrator, made once by a link that the platform prints at its start.

use super::upstream::{accepted, json_request};
use crate::error::AdminError;
use crate::store::setup_links;
use http::Method;
use orion_contracts::admin::SetupRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::{Author, Problem, ServiceName};
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::{same, token_hash};
use orion_infra::{Change, Infra};

/// Makes a fresh one-time link and voids the older one. Gives its token, or `None` for ever once the first
/// administrator exists.
pub async fn setup_link(infra: &Infra) -> Result<Option<String>, Problem> {
    let token = infra.random.token();
    let hash = &token_hash(&token);
    let made = infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("a link is no administrator yet; its use is audited");
            setup_links::renew(change, hash, change.id(), change.now()).await
        })
        .await?;
    Ok(made.then_some(token))
}

/// Whether there is no administrator yet.
pub(crate) async fn is_needed(infra: &Infra) -> Result<bool, Problem> {
    Ok(setup_links::find(infra.db.read()).await?.is_none_or(|link| link.used_at.is_none()))
}

/// Makes the first administrator. The administrator's id stands with the link, so that whoever tries again after a
/// crash goes on where it stopped instead of making a second one.
pub(crate) async fn complete(infra: &Infra, request: &SetupRequest) -> Result<(), Problem> {
    let hash = token_hash(request.token.expose());
    let link = setup_links::find(infra.db.read()).await?.ok_or(AdminError::SetupLinkInvalid)?;
    if !same(hash.as_bytes(), link.token_hash.as_bytes()) || link.used_at.is_some() {
        return Err(AdminError::SetupLinkInvalid.into());
    }
    let order = CreateAdministrator {
        email: request.email.clone(),
        password: request.password.clone(),
        display_name: request.display_name.clone(),
    };
    let path = format!("/internal/v1/administrators/{}", link.administrator_id);
    let call = json_request(Method::PUT, &path, &order)?;
    accepted(infra.peers.to(ServiceName::Auth).call(call).await?).await?;

    let administrator = link.administrator_id;
    infra
        .write(Author::user(administrator, None), async |change: &mut Change| {
            if !setup_links::mark_used(change, &hash, change.now()).await? {
                return Err(AdminError::SetupLinkInvalid.into());
            }
            let description = "The first administrator was made with the one-time link.";
            change.audit(AuditRecord::new(AuditAction::Create, "administrator", description).on(administrator));
            Ok(())
        })
        .await
}
