//! Links that are good once, for whoever can read what the machine prints. Two of them stand for a call of auth that cannot
//! be taken back, so one request at a time has its turn with a link: otherwise the second of two would replace what the
//! first has ordered before it is told that the link was used.

use crate::error::AdminError;
use crate::store::one_time_links::{self, Link, NewLink, Purpose};
use chrono::TimeDelta;
use orion_contracts::{Author, Email, Problem, Secret, UserId};
use orion_infra::secrets::{same, token_hash};
use orion_infra::{Change, DbError, Infra};
use uuid::Uuid;

/// How long one request has its turn with a link; longer than a call of auth may take.
const TURN: TimeDelta = TimeDelta::seconds(60);
/// Why a turn has no audit entry.
const UNAUDITED: &str = "a turn changes nobody yet; the use of the link is audited";

/// Whose turn with a link it is.
pub(super) struct Turn {
    pub(super) link: Link,
    claim: Uuid,
}

/// Makes a link for a user, in the place of the older one.
pub(super) async fn replace(
    change: &Change,
    purpose: Purpose,
    user_id: UserId,
    email: &Email,
    lives: TimeDelta,
) -> Result<String, DbError> {
    let token = change.infra().random.token();
    let (token_hash, email) = (&token_hash(&token), Some(email.as_str()));
    let link = NewLink { purpose, token_hash, user_id, email, expires_at: change.now() + lives };
    one_time_links::replace(change, &link).await?;
    Ok(token)
}

/// Makes a link for the user whom the older one is for, unless that was used; the first one gets a user of their own.
pub(super) async fn renew(change: &Change, purpose: Purpose, lives: TimeDelta) -> Result<Option<String>, DbError> {
    let token = change.infra().random.token();
    let (token_hash, user_id) = (&token_hash(&token), change.id());
    let link = NewLink { purpose, token_hash, user_id, email: None, expires_at: change.now() + lives };
    Ok(one_time_links::renew(change, &link).await?.then_some(token))
}

/// The link of this token, while it is good.
pub(super) async fn find(infra: &Infra, purpose: Purpose, token: &Secret) -> Result<Link, Problem> {
    let invalid = || AdminError::LinkInvalid(purpose);
    let link = one_time_links::find(infra.db.read(), purpose).await?.ok_or_else(invalid)?;
    let is_over = link.expires_at <= infra.clock.now() || link.used_at.is_some();
    if is_over || !same(token_hash(token.expose()).as_bytes(), link.token_hash.as_bytes()) {
        return Err(invalid().into());
    }
    Ok(link)
}

/// Takes a turn with the link of this token. It runs out when it is neither used nor given back.
pub(super) async fn take_turn(infra: &Infra, purpose: Purpose, token: &Secret) -> Result<Turn, Problem> {
    let link = find(infra, purpose, token).await?;
    let taken = infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited(UNAUDITED);
            let claim = change.id();
            let taken = one_time_links::claim(change, &link.token_hash, claim, change.now() + TURN).await?;
            Ok::<_, DbError>(taken.then_some(claim))
        })
        .await?;
    if let Some(claim) = taken {
        return Ok(Turn { link, claim });
    }
    // Used or replaced in the meantime, or in use now.
    let link = find(infra, purpose, token).await?;
    let left = link.claimed_until.map_or(0, |until| (until - infra.clock.now()).num_seconds());
    Err(AdminError::LinkInUse(u64::try_from(left).unwrap_or(0).max(1)).into())
}

impl Turn {
    /// Uses the link up; `false` when the turn was over, or the link has been replaced by somebody else's.
    pub(super) async fn mark_used(&self, change: &Change) -> Result<bool, DbError> {
        one_time_links::mark_used(change, self.claim).await
    }

    /// Lets the link be used again. Best effort: a turn that is not given back runs out.
    pub(super) async fn give_back(self, infra: &Infra) {
        let back = async |change: &mut Change| {
            change.unaudited(UNAUDITED);
            one_time_links::release(change, self.claim).await
        };
        if let Err(error) = infra.write(Author::PLATFORM, back).await {
            tracing::warn!(%error, "a turn with a one-time link could not be given back");
        }
    }
}
