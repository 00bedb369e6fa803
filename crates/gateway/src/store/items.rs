//! What stands in the document, and what stood there: each thing from the version that wrote it to the one that took it away.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::gateway_changes::GatewayItemKind;
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

/// A thing of the document, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredItem {
    /// Of what kind it is: a word that this version may not know.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The version that wrote it.
    pub(crate) since: i64,
    /// The version that replaced or removed it; none while it stands.
    pub(crate) until: Option<i64>,
    pub(crate) definition: Json,
    pub(crate) changed_by: Option<UserId>,
    pub(crate) changed_at: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT kind, name, since, until, definition, changed_by, changed_at FROM gateway_items";

/// All that stands there now.
pub(crate) async fn current(connection: &impl ConnectionTrait) -> Result<Vec<StoredItem>, DbError> {
    find(connection, "until IS NULL", []).await
}

/// All that stood there at a version.
pub(crate) async fn at(connection: &impl ConnectionTrait, version: i64) -> Result<Vec<StoredItem>, DbError> {
    find(connection, "since <= $1 AND (until IS NULL OR until > $1)", [version.into()]).await
}

/// What versions after one, up to another, have written or taken away.
pub(crate) async fn touched(
    connection: &impl ConnectionTrait,
    after: i64,
    up_to: i64,
) -> Result<Vec<StoredItem>, DbError> {
    let condition = "(since > $1 AND since <= $2) OR (until > $1 AND until <= $2)";
    let mut found = find(connection, condition, [after.into(), up_to.into()]).await?;
    // What a version has taken away that came while this was read stands there for as far as is asked.
    found.iter_mut().for_each(|item| item.until = item.until.filter(|until| *until <= up_to));
    Ok(found)
}

async fn find(
    connection: &impl ConnectionTrait,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<StoredItem>, DbError> {
    let sql = format!("{COLUMNS} WHERE {condition} ORDER BY kind, name, since");
    connection.query_all_raw(statement(connection, &sql, values)).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<StoredItem, DbError> {
    let changed_by: Option<Uuid> = row.try_get("", "changed_by")?;
    let definition: String = row.try_get("", "definition")?;
    Ok(StoredItem {
        kind: row.try_get("", "kind")?,
        name: row.try_get("", "name")?,
        since: row.try_get("", "since")?,
        until: row.try_get("", "until")?,
        // What is no JSON, as somebody may have written it by hand, is a text, and refused as one.
        definition: serde_json::from_str(&definition).unwrap_or(Json::String(definition)),
        changed_by: changed_by.map(UserId),
        changed_at: row.try_get("", "changed_at")?,
    })
}

/// Ends what stands under a name with a version.
pub(crate) async fn end(change: &Change, kind: GatewayItemKind, name: &str, version: i64) -> Result<(), DbError> {
    let sql = "UPDATE gateway_items SET until = $1, ended_at = $2 WHERE kind = $3 AND name = $4 AND until IS NULL";
    let values = [version.into(), change.now().into(), kind.as_str().into(), name.into()];
    change.execute_raw(statement(change, sql, values)).await?;
    Ok(())
}

/// Writes what stands under a name from a version on.
pub(crate) async fn begin(
    change: &Change,
    kind: GatewayItemKind,
    name: &str,
    version: i64,
    definition: &Json,
    changed_by: Option<UserId>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO gateway_items (kind, name, since, definition, changed_by, changed_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        kind.as_str().into(),
        name.into(),
        version.into(),
        definition.to_string().into(),
        changed_by.map(|user| user.0).into(),
        change.now().into(),
    ];
    change.execute_raw(statement(change, sql, values)).await?;
    Ok(())
}
