//! The `audit_entries` table: entries that are not in the audit log yet, and those that it did not take.

use crate::DbError;
use crate::db::dialect::statement;
use chrono::{DateTime, Utc};
use orion_contracts::AuditEntryId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, QueryResult};

/// How many rows one statement inserts at most: each has four parameters, and databases bound their number.
const ROWS: usize = 500;

/// An entry that waits.
pub(super) struct Row {
    pub(super) id: AuditEntryId,
    /// The entry as JSON.
    pub(super) entry: String,
    /// The service's MAC over it.
    pub(super) mac: String,
    pub(super) created_at: DateTime<Utc>,
}

/// What an entry is whose id stands there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Another one.
    Fails,
    /// The same: it was committed after all.
    IsTheSame,
}

/// Inserts entries.
pub(super) async fn insert(db: &impl ConnectionTrait, mut rows: Vec<Row>, again: Again) -> Result<(), DbError> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS));
        let mut insert = Query::insert();
        insert.into_table("audit_entries").columns(["id", "entry", "mac", "created_at"]);
        if again == Again::IsTheSame {
            insert.on_conflict(OnConflict::column("id").do_nothing().to_owned());
        }
        for Row { id, entry, mac, created_at } in std::mem::replace(&mut rows, rest) {
            insert.values_panic([id.0.into(), entry.into(), mac.into(), created_at.into()]);
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

/// The first entries that wait, in the order of their ids, which is about that of time.
pub(super) async fn waiting(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Row>, DbError> {
    let select = Query::select()
        .columns(["id", "entry", "mac", "created_at"])
        .from("audit_entries")
        .and_where(Expr::col("refused_reason").is_null())
        .order_by("id", Order::Asc)
        .limit(limit)
        .to_owned();
    let read = |row: &QueryResult| {
        Ok::<_, DbError>(Row {
            id: AuditEntryId(row.try_get("", "id")?),
            entry: row.try_get("", "entry")?,
            mac: row.try_get("", "mac")?,
            created_at: row.try_get("", "created_at")?,
        })
    };
    db.query_all(&select).await?.iter().map(read).collect()
}

/// Removes entries that are in the log.
pub(super) async fn delete(db: &impl ConnectionTrait, ids: &[AuditEntryId]) -> Result<(), DbError> {
    if !ids.is_empty() {
        let ids = ids.iter().map(|id| id.0);
        let delete = Query::delete().from_table("audit_entries").and_where(Expr::col("id").is_in(ids)).to_owned();
        db.execute(&delete).await?;
    }
    Ok(())
}

/// Sets an entry aside that the log does not take. It stays for somebody to look at.
pub(super) async fn set_aside(db: &impl ConnectionTrait, id: AuditEntryId, reason: &str) -> Result<(), DbError> {
    let update = "UPDATE audit_entries SET refused_reason = $1 WHERE id = $2";
    db.execute_raw(statement(db, update, [reason.into(), id.0.into()])).await?;
    Ok(())
}

/// How many are set aside.
pub(super) async fn set_aside_count(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    let count = "SELECT COUNT(*) AS refused FROM audit_entries WHERE refused_reason IS NOT NULL";
    let row = db.query_one_raw(statement(db, count, [])).await?;
    Ok(row.map(|row| row.try_get("", "refused")).transpose()?.unwrap_or_default())
}
