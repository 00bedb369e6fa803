//! The first administrator, made once by a link that the platform prints at its start.

use super::one_time_links::{self, Turn};
use super::outlive::outlive;
use super::upstream::put_administrator;
use crate::error::AdminError;
use crate::store::one_time_links::{Purpose, find};
use chrono::TimeDelta;
use orion_contracts::admin::SetupRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::{Author, Problem, Secret, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::{Change, Infra};

/// How long a link that was printed is good: it stays behind in logs.
const LINK_LIVES: TimeDelta = TimeDelta::hours(24);

/// Makes a fresh one-time link and voids the older one. Gives its token, or `None` for ever once the first
/// administrator exists.
pub async fn setup_link(infra: &Infra) -> Result<Option<String>, Problem> {
    let made = infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("a link is no administrator yet; its use is audited");
            one_time_links::renew(change, Purpose::Setup, LINK_LIVES).await
        })
        .await?;
    Ok(made)
}

/// Whether there is no administrator yet.
pub(crate) async fn is_needed(infra: &Infra) -> Result<bool, Problem> {
    Ok(find(infra.db.read(), Purpose::Setup).await?.is_none_or(|link| link.used_at.is_none()))
}

/// Says whether a link is good, so that nobody fills in a form for nothing.
pub(crate) async fn check(infra: &Infra, token: &Secret) -> Result<(), Problem> {
    one_time_links::find(infra, Purpose::Setup, token).await.map(drop)
}

/// Makes the first administrator. The administrator's id stands with the link, so that whoever tries again after a crash
/// goes on where it stopped instead of making a second one.
pub(crate) async fn complete(infra: &Infra, request: &SetupRequest) -> Result<(), Problem> {
    let (infra, request) = (infra.clone(), request.clone());
    outlive("what a one-time link is for", async move {
        let turn = one_time_links::take_turn(&infra, Purpose::Setup, &request.token).await?;
        let administrator = turn.link.user_id;
        if let Err(problem) = order(&infra, administrator, &request).await {
            turn.give_back(&infra).await;
            return Err(problem);
        }
        finish(&infra, administrator, &turn).await
    })
    .await
}

async fn finish(infra: &Infra, administrator: UserId, turn: &Turn) -> Result<(), Problem> {
    infra
        .write(Author::user(administrator, None), async |change: &mut Change| {
            if !turn.mark_used(change).await? {
                return Err(AdminError::LinkInvalid(Purpose::Setup).into());
            }
            let description = "The first administrator was made with the one-time link.";
            change.audit(AuditRecord::new(AuditAction::Create, "administrator", description).on(administrator));
            Ok(())
        })
        .await
}

/// Has auth make the account.
async fn order(infra: &Infra, administrator: UserId, request: &SetupRequest) -> Result<(), Problem> {
    let order = CreateAdministrator {
        email: request.email.clone(),
        password: request.password.clone(),
        display_name: request.display_name.clone(),
    };
    match put_administrator(infra, administrator, &order).await {
        // An earlier try broke off after it had made the account, and that one has another address.
        Err(problem) if problem.status == 409 && problem.errors.is_empty() => Err(AdminError::SetupBegun.into()),
        outcome => outcome,
    }
}
