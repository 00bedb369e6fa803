//! Settings as they stand over what processes started with, and every change of them.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::settings::SettingChange;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

/// A key that somebody has changed. It stays when the change was taken back: its version is that of the last change.
pub(crate) struct Stored {
    pub(crate) key: String,
    /// What stands over the start's value; none, where the change was taken back.
    pub(crate) value: Option<Json>,
    pub(crate) version: i64,
    pub(crate) changed_by: Option<UserId>,
    pub(crate) changed_at: DateTime<Utc>,
}

/// The next version. Its row is held until the commit, so changes come one after the other.
pub(crate) async fn next_version(change: &Change) -> Result<i64, DbError> {
    let next = "UPDATE settings_version SET last = last + 1 WHERE id = 1 RETURNING last";
    last(change.query_one_raw(statement(change, next, [])).await?)
}

/// Holds the version's row until the commit, as [`next_version`] does, and leaves it as it is: for whoever looks first.
pub(crate) async fn hold_version(change: &Change) -> Result<(), DbError> {
    let hold = "UPDATE settings_version SET last = last WHERE id = 1";
    change.execute_raw(statement(change, hold, [])).await?;
    Ok(())
}

/// The version now.
pub(crate) async fn version(connection: &impl ConnectionTrait) -> Result<i64, DbError> {
    let now = "SELECT last FROM settings_version WHERE id = 1";
    last(connection.query_one_raw(statement(connection, now, [])).await?)
}

fn last(row: Option<QueryResult>) -> Result<i64, DbError> {
    let row = row.ok_or_else(|| DbErr::RecordNotFound("settings_version".to_owned()))?;
    Ok(row.try_get("", "last")?)
}

/// All that were ever changed, by key. There are never more than keys.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Stored>, DbError> {
    let select = "SELECT key, value, version, changed_by, changed_at FROM settings ORDER BY key";
    let rows = connection.query_all_raw(statement(connection, select, [])).await?;
    rows.iter().map(stored).collect()
}

/// One of them.
pub(crate) async fn find(connection: &impl ConnectionTrait, key: &str) -> Result<Option<Stored>, DbError> {
    let select = "SELECT key, value, version, changed_by, changed_at FROM settings WHERE key = $1";
    let row = connection.query_one_raw(statement(connection, select, [key.into()])).await?;
    row.as_ref().map(stored).transpose()
}

fn stored(row: &QueryResult) -> Result<Stored, DbError> {
    let changed_by: Option<Uuid> = row.try_get("", "changed_by")?;
    Ok(Stored {
        key: row.try_get("", "key")?,
        value: json(row, "value")?,
        version: row.try_get("", "version")?,
        changed_by: changed_by.map(UserId),
        changed_at: row.try_get("", "changed_at")?,
    })
}

/// A value. What is no JSON, as somebody may have written it by hand, counts as the text that it is: it keeps nobody from the
/// others, is looked at as any value is, refused by its key where that takes no such text, and can be taken back.
fn json(row: &QueryResult, column: &str) -> Result<Option<Json>, DbError> {
    let text: Option<String> = row.try_get("", column)?;
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text))))
}

/// Writes a change down: what it makes of the key, and its line in the history.
pub(crate) async fn record(change: &Change, made: &SettingChange) -> Result<(), DbError> {
    let text = |value: &Option<Json>| value.as_ref().map(Json::to_string);
    let changed_by = made.changed_by.map(|user| user.0);
    let put = "INSERT INTO settings (key, value, version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, \
               changed_by = excluded.changed_by, changed_at = excluded.changed_at";
    let values = [
        made.key.as_str().into(),
        text(&made.after).into(),
        made.version.into(),
        changed_by.into(),
        made.changed_at.into(),
    ];
    change.execute_raw(statement(change, put, values)).await?;
    let line = "INSERT INTO setting_changes (version, key, before, after, reason, changed_by, changed_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        made.version.into(),
        made.key.as_str().into(),
        text(&made.before).into(),
        text(&made.after).into(),
        made.reason.clone().into(),
        changed_by.into(),
        made.changed_at.into(),
    ];
    change.execute_raw(statement(change, line, values)).await?;
    Ok(())
}

/// Up to `limit` changes before a version, of one key or of any, newest first.
pub(crate) async fn changes(
    connection: &impl ConnectionTrait,
    key: Option<&str>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<SettingChange>, DbError> {
    let before = before.unwrap_or(i64::MAX);
    let columns = "SELECT version, key, before, after, reason, changed_by, changed_at FROM setting_changes";
    let end = format!("version < $1 ORDER BY version DESC LIMIT {limit}");
    let select = match key {
        Some(key) => {
            let sql = format!("{columns} WHERE key = $2 AND {end}");
            statement(connection, &sql, [before.into(), key.into()])
        }
        None => statement(connection, &format!("{columns} WHERE {end}"), [before.into()]),
    };
    let rows = connection.query_all_raw(select).await?;
    let line = |row: &QueryResult| {
        let changed_by: Option<Uuid> = row.try_get("", "changed_by")?;
        Ok(SettingChange {
            version: row.try_get("", "version")?,
            key: row.try_get("", "key")?,
            before: json(row, "before")?,
            after: json(row, "after")?,
            reason: row.try_get("", "reason")?,
            changed_by: changed_by.map(UserId),
            changed_at: row.try_get("", "changed_at")?,
        })
    };
    rows.iter().map(line).collect()
}
