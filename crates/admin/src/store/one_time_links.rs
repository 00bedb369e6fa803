//! The one-time links: of each purpose the newest, and for ever the fact that it was used.

use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::UserId;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Making the first administrator.
    Setup,
    /// A new password for an administrator who cannot sign in.
    Reset,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Reset => "reset",
        }
    }
}

/// A link to be written down.
pub(crate) struct NewLink<'a> {
    pub(crate) purpose: Purpose,
    /// SHA-256 of its token, in hex.
    pub(crate) token_hash: &'a str,
    /// The administrator who is made, or whose password it changes.
    pub(crate) user_id: UserId,
    /// Their address, where it is known.
    pub(crate) email: Option<&'a str>,
    /// Until when it is good.
    pub(crate) expires_at: DateTime<Utc>,
}

/// The link as stored.
pub(crate) struct Link {
    pub(crate) token_hash: String,
    pub(crate) user_id: UserId,
    pub(crate) email: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
    /// Until when it is somebody's turn.
    pub(crate) claimed_until: Option<DateTime<Utc>>,
    /// When it was used.
    pub(crate) used_at: Option<DateTime<Utc>>,
}

/// Puts a link in the place of the older one, whatever became of that.
pub(crate) async fn replace(change: &Change, link: &NewLink<'_>) -> Result<(), DbError> {
    let conflict =
        "user_id = excluded.user_id, email = excluded.email, claim = NULL, claimed_until = NULL, used_at = NULL";
    put(change, link, conflict).await.map(drop)
}

/// Puts a link in the place of the older one, for the same user; `false` when that was used.
pub(crate) async fn renew(change: &Change, link: &NewLink<'_>) -> Result<bool, DbError> {
    put(change, link, "user_id = one_time_links.user_id WHERE one_time_links.used_at IS NULL").await
}

async fn put(change: &Change, link: &NewLink<'_>, conflict: &str) -> Result<bool, DbError> {
    let sql = format!(
        "INSERT INTO one_time_links (purpose, token_hash, user_id, email, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (purpose) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, {conflict}"
    );
    let values = [
        link.purpose.as_str().into(),
        link.token_hash.into(),
        link.user_id.0.into(),
        link.email.into(),
        link.expires_at.into(),
    ];
    Ok(change.execute_raw(statement(change, &sql, values)).await?.rows_affected() == 1)
}

/// The newest link, when one was ever made.
pub(crate) async fn find(connection: &impl ConnectionTrait, purpose: Purpose) -> Result<Option<Link>, DbError> {
    let select = statement(
        connection,
        "SELECT token_hash, user_id, email, expires_at, claimed_until, used_at FROM one_time_links WHERE purpose = $1",
        [purpose.as_str().into()],
    );
    let Some(row) = connection.query_one_raw(select).await? else { return Ok(None) };
    Ok(Some(Link {
        token_hash: row.try_get("", "token_hash")?,
        user_id: UserId(row.try_get("", "user_id")?),
        email: row.try_get("", "email")?,
        expires_at: row.try_get("", "expires_at")?,
        claimed_until: row.try_get("", "claimed_until")?,
        used_at: row.try_get("", "used_at")?,
    }))
}

/// No turn is as long: one that ends later was taken by a clock that was ahead.
const ASTRAY: TimeDelta = TimeDelta::minutes(10);

/// Takes a turn with a link; `false` when it is somebody else's, or the link was used or replaced in the meantime.
pub(crate) async fn claim(
    change: &Change,
    token_hash: &str,
    claim: Uuid,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let update = statement(
        change,
        "UPDATE one_time_links SET claim = $1, claimed_until = $2 WHERE token_hash = $3 AND used_at IS NULL \
         AND (claimed_until IS NULL OR claimed_until <= $4 OR claimed_until > $5)",
        [claim.into(), until.into(), token_hash.into(), change.now().into(), (change.now() + ASTRAY).into()],
    );
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}

/// Gives a turn back.
pub(crate) async fn release(change: &Change, claim: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE one_time_links SET claim = NULL, claimed_until = NULL WHERE claim = $1";
    change.execute_raw(statement(change, sql, [claim.into()])).await?;
    Ok(())
}

/// Uses the link up in one's turn, whatever newer link of the same user was made meanwhile; `false` when the turn was over.
pub(crate) async fn mark_used(change: &Change, claim: Uuid) -> Result<bool, DbError> {
    let sql = "UPDATE one_time_links SET used_at = $1 WHERE claim = $2 AND used_at IS NULL";
    let update = statement(change, sql, [change.now().into(), claim.into()]);
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}
