//! The first administrator, made once by a link that the platform prints at its start.

use super::upstream::{accepted, json_request};
use crate::error::AdminError;
use crate::store::setup_links;
use http::Method;
use orion_contracts::admin::SetupRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::{Problem, ServiceName};
use orion_infra::Infra;
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::{same, token_hash};

/// Makes a fresh one-time link and voids the older one. Gives its token, or `None` for ever once the first
/// administrator exists.
pub async fn setup_link(infra: &Infra) -> Result<Option<String>, Problem> {
    let token = infra.random.token();
    let administrator_id = infra.random.id(&infra.clock);
    let txn = infra.db.begin().await?;
    let made = setup_links::renew(&txn, &token_hash(&token), administrator_id, infra.clock.now()).await?;
    txn.commit().await?;
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

    let txn = infra.db.begin().await?;
    if !setup_links::mark_used(&txn, &hash, infra.clock.now()).await? {
        return Err(AdminError::SetupLinkInvalid.into());
    }
    let record = AuditRecord::new(
        AuditAction::Create,
        "administrator",
        "The first administrator was made with the one-time link.",
    );
    infra.audit.record(&txn, record.by(link.administrator_id, None).on(link.administrator_id)).await?;
    txn.commit().await?;
    Ok(())
}
