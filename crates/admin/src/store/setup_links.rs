//! The one-time link for the first administrator: a single row that remembers for ever that it was used.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// The link as stored.
pub(crate) struct SetupLink {
    /// SHA-256 of its token, in hex.
    pub(crate) token_hash: String,
    /// The id that the first administrator gets, whichever link is used.
    pub(crate) administrator_id: UserId,
    /// When it was printed.
    pub(crate) created_at: DateTime<Utc>,
    /// Until when it is somebody's turn.
    pub(crate) claimed_until: Option<DateTime<Utc>>,
    /// When it was used.
    pub(crate) used_at: Option<DateTime<Utc>>,
}

/// Replaces the unused link, keeping its administrator's id; `false` when a link was used before.
pub(crate) async fn renew(
    change: &Change,
    token_hash: &str,
    administrator_id: UserId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let upsert = statement(
        change,
        "INSERT INTO setup_links (id, token_hash, administrator_id, created_at) VALUES (1, $1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at \
         WHERE setup_links.used_at IS NULL",
        [token_hash.into(), administrator_id.0.into(), now.into()],
    );
    Ok(change.execute_raw(upsert).await?.rows_affected() == 1)
}

/// The link, when one was ever made.
pub(crate) async fn find(connection: &impl ConnectionTrait) -> Result<Option<SetupLink>, DbError> {
    let sql = "SELECT token_hash, administrator_id, created_at, claimed_until, used_at FROM setup_links WHERE id = 1";
    let select = statement(connection, sql, []);
    let Some(row) = connection.query_one_raw(select).await? else { return Ok(None) };
    Ok(Some(SetupLink {
        token_hash: row.try_get("", "token_hash")?,
        administrator_id: UserId(row.try_get("", "administrator_id")?),
        created_at: row.try_get("", "created_at")?,
        claimed_until: row.try_get("", "claimed_until")?,
        used_at: row.try_get("", "used_at")?,
    }))
}

/// Takes a turn with the link; `false` when it is somebody else's, or the link was used or replaced in the meantime.
pub(crate) async fn claim(
    change: &Change,
    token_hash: &str,
    claim: Uuid,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let update = statement(
        change,
        "UPDATE setup_links SET claim = $1, claimed_until = $2 WHERE id = 1 AND token_hash = $3 AND used_at IS NULL \
         AND (claimed_until IS NULL OR claimed_until <= $4)",
        [claim.into(), until.into(), token_hash.into(), change.now().into()],
    );
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}

/// Gives a turn back.
pub(crate) async fn release(change: &Change, claim: Uuid) -> Result<(), DbError> {
    let sql = "UPDATE setup_links SET claim = NULL, claimed_until = NULL WHERE id = 1 AND claim = $1";
    change.execute_raw(statement(change, sql, [claim.into()])).await?;
    Ok(())
}

/// Uses the link up in one's turn, whatever newer link was printed meanwhile; `false` when the turn was over.
pub(crate) async fn mark_used(change: &Change, claim: Uuid) -> Result<bool, DbError> {
    let sql = "UPDATE setup_links SET used_at = $1 WHERE id = 1 AND claim = $2 AND used_at IS NULL";
    let update = statement(change, sql, [change.now().into(), claim.into()]);
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}
