//! The first administrator, made once by a link that the platform prints at its start.

use super::upstream::{accepted, json_request};
use crate::error::AdminError;
use crate::store::setup_links::{self, SetupLink};
use chrono::TimeDelta;
use http::Method;
use orion_contracts::admin::SetupRequest;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::{Author, Problem, Secret, ServiceName, UserId};
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use orion_infra::secrets::{same, token_hash};
use orion_infra::{Change, DbError, Infra};
use uuid::Uuid;

/// How long a link that was printed is good: it stays behind in logs.
const LINK_LIVES: TimeDelta = TimeDelta::hours(24);
/// How long one request has its turn with the link; longer than a call of auth may take.
const TURN: TimeDelta = TimeDelta::seconds(60);

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

/// Says whether a link is good, so that nobody fills in a form for nothing.
pub(crate) async fn check(infra: &Infra, token: &Secret) -> Result<(), Problem> {
    find(infra, &token_hash(token.expose())).await.map(drop)
}

/// The link of this token.
async fn find(infra: &Infra, hash: &str) -> Result<SetupLink, Problem> {
    let link = setup_links::find(infra.db.read()).await?.ok_or(AdminError::SetupLinkInvalid)?;
    let is_stale = infra.clock.now() - link.created_at > LINK_LIVES;
    if is_stale || link.used_at.is_some() || !same(hash.as_bytes(), link.token_hash.as_bytes()) {
        return Err(AdminError::SetupLinkInvalid.into());
    }
    Ok(link)
}

/// Makes the first administrator. Goes on when the browser hangs up, so that no account is left half made by that.
pub(crate) async fn complete(infra: &Infra, request: &SetupRequest) -> Result<(), Problem> {
    let (infra, request) = (infra.clone(), request.clone());
    let client = RequestContext::clone(&RequestContext::current());
    let work = client.scope(async move { make(&infra, &request).await });
    tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "making the first administrator panicked");
        Err(Problem::internal())
    })
}

/// The administrator's id stands with the link, so that whoever tries again after a crash goes on where it stopped
/// instead of making a second one. Only one at a time has a turn with the link: otherwise the second of two would
/// replace the password of the first before it is told that the link was used.
async fn make(infra: &Infra, request: &SetupRequest) -> Result<(), Problem> {
    let hash = token_hash(request.token.expose());
    let link = find(infra, &hash).await?;
    let claim = take_turn(infra, &hash).await?;
    if let Err(problem) = order(infra, link.administrator_id, request).await {
        give_back(infra, claim).await;
        return Err(problem);
    }
    let administrator = link.administrator_id;
    infra
        .write(Author::user(administrator, None), async |change: &mut Change| {
            if !setup_links::mark_used(change, claim).await? {
                return Err(AdminError::SetupLinkInvalid.into());
            }
            let description = "The first administrator was made with the one-time link.";
            change.audit(AuditRecord::new(AuditAction::Create, "administrator", description).on(administrator));
            Ok(())
        })
        .await
}

async fn take_turn(infra: &Infra, hash: &str) -> Result<Uuid, Problem> {
    let taken = infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("a turn is no administrator yet; the use of the link is audited");
            let claim = change.id();
            let taken = setup_links::claim(change, hash, claim, change.now() + TURN).await?;
            Ok::<_, DbError>(taken.then_some(claim))
        })
        .await?;
    if let Some(claim) = taken {
        return Ok(claim);
    }
    // Used or replaced in the meantime, or in use now.
    let link = find(infra, hash).await?;
    let left = link.claimed_until.map_or(0, |until| (until - infra.clock.now()).num_seconds());
    Err(AdminError::SetupLinkInUse(u64::try_from(left).unwrap_or(0).max(1)).into())
}

/// Best effort: a turn that is not given back runs out.
async fn give_back(infra: &Infra, claim: Uuid) {
    let back = async |change: &mut Change| {
        change.unaudited("a turn is no administrator yet; the use of the link is audited");
        setup_links::release(change, claim).await
    };
    if let Err(error) = infra.write(Author::PLATFORM, back).await {
        tracing::warn!(%error, "a turn with the one-time link could not be given back");
    }
}

/// Has auth make the account.
async fn order(infra: &Infra, administrator: UserId, request: &SetupRequest) -> Result<(), Problem> {
    let order = CreateAdministrator {
        email: request.email.clone(),
        password: request.password.clone(),
        display_name: request.display_name.clone(),
    };
    let call = json_request(Method::PUT, &format!("/internal/v1/administrators/{administrator}"), &order)?;
    match accepted(infra.peers.to(ServiceName::Auth).call(call).await?).await {
        // An earlier try broke off after it had made the account, and that one has another address.
        Err(problem) if problem.status == 409 && problem.errors.is_empty() => Err(AdminError::SetupBegun.into()),
        outcome => outcome.map(drop),
    }
}
