//! The way back for an administrator who cannot sign in: a link that somebody at the machine makes (`orion admin reset`).

use super::one_time_links::{self, Turn};
use super::outlive::outlive;
use super::upstream::put_administrator;
use crate::store::one_time_links::Purpose;
use chrono::TimeDelta;
use orion_contracts::admin::ResetRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{CreateAdministrator, LoginRequest};
use orion_contracts::{Author, Email, Problem, Secret, UserId};
use orion_infra::audit::AuditRecord;
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
    let token = infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            let lives = TimeDelta::minutes(MINUTES);
            let token = one_time_links::replace(change, Purpose::Reset, user, email, lives).await?;
            let description = "A one-time link for a new password was made on the machine.";
            change.audit(AuditRecord::new(AuditAction::Create, "reset_link", description).on(user));
            Ok::<_, Problem>(token)
        })
        .await?;
    Ok(ResetLink { token, valid_minutes: MINUTES })
}

/// Says whether a link is good, so that nobody thinks up a password for nothing.
pub(crate) async fn check(infra: &Infra, token: &Secret) -> Result<(), Problem> {
    one_time_links::find(infra, Purpose::Reset, token).await.map(drop)
}

/// Changes the password of the link's administrator, which ends their sessions; what they sign in with then. The link is
/// good again when auth refuses the password, and whoever tries again after a crash sets it once more.
pub(crate) async fn complete(infra: &Infra, request: &ResetRequest) -> Result<LoginRequest, Problem> {
    let (infra, request) = (infra.clone(), request.clone());
    outlive("what a one-time link is for", async move {
        let turn = one_time_links::take_turn(&infra, Purpose::Reset, &request.token).await?;
        match order(&infra, &turn, &request).await {
            Ok(email) => {
                finish(&infra, &turn).await?;
                Ok(LoginRequest { email, password: request.password, device_token: None })
            }
            Err(problem) => {
                turn.give_back(&infra).await;
                Err(problem)
            }
        }
    })
    .await
}

/// Has auth change the password; whose it is.
async fn order(infra: &Infra, turn: &Turn, request: &ResetRequest) -> Result<Email, Problem> {
    let email: Email = turn.link.email.as_deref().unwrap_or_default().parse().map_err(|error| {
        tracing::error!(%error, "the address of a reset link cannot be read");
        Problem::internal()
    })?;
    let order = CreateAdministrator { email: email.clone(), password: request.password.clone(), display_name: None };
    put_administrator(infra, turn.link.user_id, &order).await?;
    Ok(email)
}

async fn finish(infra: &Infra, turn: &Turn) -> Result<(), Problem> {
    let user = turn.link.user_id;
    infra
        .write(Author::user(user, None), async |change: &mut Change| {
            // The password is changed, also when a newer link was made meanwhile: that one stays good.
            turn.mark_used(change).await?;
            let description = "An administrator chose a new password by the one-time link.";
            change.audit(AuditRecord::new(AuditAction::Update, "administrator", description).on(user));
            Ok(())
        })
        .await
}
