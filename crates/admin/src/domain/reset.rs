//! The way back for an administrator who cannot sign in: a link that somebody at the machine makes (`orion admin reset`).

use super::upstream::{accepted, json_request};
use crate::error::AdminError;
use crate::store::reset_links;
use chrono::TimeDelta;
use http::Method;
use orion_contracts::admin::ResetRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{CreateAdministrator, LoginRequest};
use orion_contracts::{Author, Email, Problem, ServiceName, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::secrets::token_hash;
use orion_infra::{Change, Infra};

/// How long a link is good.
const MINUTES: i64 = 60;

/// A link that was made.
pub struct ResetLink {
    /// What stands behind the `#`.
    pub token: String,
    /// How long it is good.
    pub valid_minutes: i64,
}

/// Makes a link by which an administrator chooses a new password, and voids the older one. Nothing else changes.
pub async fn reset_link(infra: &Infra, user: UserId, email: &Email) -> Result<ResetLink, Problem> {
    let token = infra.random.token();
    let hash = token_hash(&token);
    let link = reset_links::ResetLink { user_id: user, email: email.to_string() };
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            let expires_at = change.now() + TimeDelta::minutes(MINUTES);
            reset_links::put(change, &hash, &link, expires_at).await?;
            let description = "A one-time link for a new password was made on the machine.";
            change.audit(AuditRecord::new(AuditAction::Create, "reset_link", description).on(user));
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(ResetLink { token, valid_minutes: MINUTES })
}

/// Changes the password of the link's administrator, which ends their sessions; what they sign in with then. The link is
/// good again when auth refuses the password, and whoever tries again after a crash sets it once more.
pub(crate) async fn complete(infra: &Infra, request: &ResetRequest) -> Result<LoginRequest, Problem> {
    let hash = token_hash(request.token.expose());
    let link = reset_links::find(infra.db.read(), &hash, infra.clock.now()).await?;
    let link = link.ok_or(AdminError::ResetLinkInvalid)?;
    let email: Email = link.email.parse().map_err(|error| {
        tracing::error!(%error, "the address of a reset link cannot be read");
        Problem::internal()
    })?;
    let order = CreateAdministrator { email: email.clone(), password: request.password.clone(), display_name: None };
    let call = json_request(Method::PUT, &format!("/internal/v1/administrators/{}", link.user_id), &order)?;
    accepted(infra.peers.to(ServiceName::Auth).call(call).await?).await?;
    infra
        .write(Author::user(link.user_id, None), async |change: &mut Change| {
            if !reset_links::mark_used(change, &hash, change.now()).await? {
                return Err(AdminError::ResetLinkInvalid.into());
            }
            let description = "An administrator chose a new password by the one-time link.";
            change.audit(AuditRecord::new(AuditAction::Update, "administrator", description).on(link.user_id));
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(LoginRequest { email, password: request.password.clone(), device_token: None })
}
