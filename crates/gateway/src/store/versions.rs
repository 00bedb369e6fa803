//! Versions of the document: which is the newest, and who made each.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::gateway_changes::GatewayVersion;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

/// A version, and when it was made: after a database was restored from a copy a number may come again for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) version: i64,
    /// None where no version was made yet.
    pub(crate) changed_at: Option<DateTime<Utc>>,
}

impl Stamp {
    /// That of the empty document, before the first change.
    pub(crate) const NONE: Self = Self { version: 0, changed_at: None };
}

/// Holds the version's row until the commit, so that changes come one after the other; which version that is.
pub(crate) async fn hold(change: &Change) -> Result<i64, DbError> {
    let hold = "UPDATE gateway_version SET last = last WHERE id = 1 RETURNING last";
    last(change.query_one_raw(statement(change, hold, [])).await?)
}

/// Makes it the version after the one that is held.
pub(crate) async fn advance(change: &Change) -> Result<i64, DbError> {
    let next = "UPDATE gateway_version SET last = last + 1 WHERE id = 1 RETURNING last";
    last(change.query_one_raw(statement(change, next, [])).await?)
}

fn last(row: Option<QueryResult>) -> Result<i64, DbError> {
    let row = row.ok_or_else(|| DbErr::RecordNotFound("gateway_version".to_owned()))?;
    Ok(row.try_get("", "last")?)
}

/// The newest version.
pub(crate) async fn newest(connection: &impl ConnectionTrait) -> Result<Stamp, DbError> {
    let select =
        "SELECT last, changed_at FROM gateway_version LEFT JOIN gateway_versions ON version = last WHERE id = 1";
    let row = connection.query_one_raw(statement(connection, select, [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("gateway_version".to_owned()))?;
    Ok(Stamp { version: row.try_get("", "last")?, changed_at: row.try_get("", "changed_at")? })
}

const COLUMNS: &str =
    "SELECT version, reason, restored, changed, summary, changed_by, changed_at FROM gateway_versions";

/// One of them, while it is kept.
pub(crate) async fn find(connection: &impl ConnectionTrait, version: i64) -> Result<Option<GatewayVersion>, DbError> {
    let select = statement(connection, &format!("{COLUMNS} WHERE version = $1"), [version.into()]);
    connection.query_one_raw(select).await?.as_ref().map(read).transpose()
}

/// Up to `limit` versions before one, newest first.
pub(crate) async fn before(
    connection: &impl ConnectionTrait,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<GatewayVersion>, DbError> {
    let sql = format!("{COLUMNS} WHERE version < $1 ORDER BY version DESC LIMIT {limit}");
    let select = statement(connection, &sql, [before.unwrap_or(i64::MAX).into()]);
    connection.query_all_raw(select).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<GatewayVersion, DbError> {
    let changed_by: Option<Uuid> = row.try_get("", "changed_by")?;
    let (changed, summary): (i64, String) = (row.try_get("", "changed")?, row.try_get("", "summary")?);
    Ok(GatewayVersion {
        version: row.try_get("", "version")?,
        reason: row.try_get("", "reason")?,
        restored: row.try_get("", "restored")?,
        changed_by: changed_by.map(UserId),
        changed_at: row.try_get("", "changed_at")?,
        changed: u64::try_from(changed).unwrap_or_default(),
        // What somebody has written there by hand keeps nobody from the history.
        summary: serde_json::from_str(&summary).unwrap_or_else(|_| vec![summary]),
    })
}

/// Writes a version down.
pub(crate) async fn insert(change: &Change, version: &GatewayVersion) -> Result<(), DbError> {
    let sql = "INSERT INTO gateway_versions (version, reason, restored, changed, summary, changed_by, changed_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let summary = serde_json::to_string(&version.summary).map_err(|error| DbErr::Custom(error.to_string()))?;
    let values = [
        version.version.into(),
        version.reason.clone().into(),
        version.restored.into(),
        i64::try_from(version.changed).unwrap_or(i64::MAX).into(),
        summary.into(),
        version.changed_by.map(|user| user.0).into(),
        version.changed_at.into(),
    ];
    change.execute_raw(statement(change, sql, values)).await?;
    Ok(())
}
