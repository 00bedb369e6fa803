//! The one-time link by which an administrator comes in again: a single row, the newest.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::ConnectionTrait;

/// The link as stored.
pub(crate) struct ResetLink {
    /// Whose password it changes.
    pub(crate) user_id: UserId,
    /// Their address when it was made.
    pub(crate) email: String,
}

/// Puts a link in the place of the older one.
pub(crate) async fn put(
    change: &Change,
    token_hash: &str,
    link: &ResetLink,
    expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let upsert = statement(
        change,
        "INSERT INTO reset_links (id, token_hash, user_id, email, expires_at) VALUES (1, $1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, user_id = excluded.user_id, \
         email = excluded.email, expires_at = excluded.expires_at, used_at = NULL",
        [token_hash.into(), link.user_id.0.into(), link.email.as_str().into(), expires_at.into()],
    );
    change.execute_raw(upsert).await?;
    Ok(())
}

/// The link with this token, while it is good.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<ResetLink>, DbError> {
    let select = statement(
        connection,
        "SELECT user_id, email FROM reset_links WHERE id = 1 AND token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        [token_hash.into(), now.into()],
    );
    let Some(row) = connection.query_one_raw(select).await? else { return Ok(None) };
    Ok(Some(ResetLink { user_id: UserId(row.try_get("", "user_id")?), email: row.try_get("", "email")? }))
}

/// Uses the link up; `false` when it was used or replaced in the meantime.
pub(crate) async fn mark_used(change: &Change, token_hash: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let update = statement(
        change,
        "UPDATE reset_links SET used_at = $1 WHERE id = 1 AND token_hash = $2 AND used_at IS NULL",
        [now.into(), token_hash.into()],
    );
    Ok(change.execute_raw(update).await?.rows_affected() == 1)
}
