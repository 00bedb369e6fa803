//! The one-time link for the first administrator: a single row that remembers for ever that it was used.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;

/// The link as stored.
pub(crate) struct SetupLink {
    /// SHA-256 of its token, in hex.
    pub(crate) token_hash: String,
    /// The id that the first administrator gets, whichever link is used.
    pub(crate) administrator_id: UserId,
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
    let select =
        statement(connection, "SELECT token_hash, administrator_id, used_at FROM setup_links WHERE id = 1", []);
    let Some(row) = connection.query_one_raw(select).await? else { return Ok(None) };
    Ok(Some(SetupLink {
        token_hash: row.try_get("", "token_hash")?,
        administrator_id: UserId(row.try_get("", "administrator_id")?),
        used_at: row.try_get("", "used_at")?,
    }))
}

/// Uses the link up; `false` when it was used or replaced in the meantime.
pub(crate) async fn mark_used(change: &Change, token_hash: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let update = statement(
        change,
        "UPDATE setup_links SET used_at = $1 WHERE id = 1 AND token_hash = $2 AND used_at IS NULL",
        [now.into(), token_hash.into()],
    );
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}
