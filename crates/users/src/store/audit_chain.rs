//! The `audit_chain` table: one row with the ends of the chain. Holding it is the right to append.

use chrono::{DateTime, Utc};
use orion_infra::db::dialect::statement;
use orion_infra::{DbError, Transaction};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// The ends of the chain.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct ChainEnds {
    /// Position of the last link that retention has cut off; 0 when none was.
    pub(crate) cut_position: i64,
    /// Its hash.
    pub(crate) cut_hash: String,
    /// Position of the newest link.
    pub(crate) head_position: i64,
    /// Its hash.
    pub(crate) head_hash: String,
    /// A MAC over the other columns; empty before the first link.
    pub(crate) seal: String,
}

const COLUMNS: &str = "cut_position, cut_hash, head_position, head_hash, seal";

/// The ends as they are.
pub(crate) async fn find(db: &impl ConnectionTrait) -> Result<ChainEnds, DbError> {
    one(db, &format!("SELECT {COLUMNS} FROM audit_chain WHERE id = 1")).await
}

/// The ends; nobody else changes them until the transaction ends.
pub(crate) async fn lock(txn: &Transaction) -> Result<ChainEnds, DbError> {
    one(txn.connection(), &format!("UPDATE audit_chain SET id = 1 WHERE id = 1 RETURNING {COLUMNS}")).await
}

async fn one(db: &impl ConnectionTrait, sql: &str) -> Result<ChainEnds, DbError> {
    let row = db.query_one_raw(statement(db, sql, [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("audit_chain".to_owned()))?;
    Ok(ChainEnds::from_query_result(&row, "")?)
}

/// Writes the ends.
pub(crate) async fn update(txn: &Transaction, ends: &ChainEnds) -> Result<(), DbError> {
    let update = statement(
        txn.connection(),
        "UPDATE audit_chain SET cut_position = $1, cut_hash = $2, head_position = $3, head_hash = $4, seal = $5 \
         WHERE id = 1",
        [
            ends.cut_position.into(),
            ends.cut_hash.as_str().into(),
            ends.head_position.into(),
            ends.head_hash.as_str().into(),
            ends.seal.as_str().into(),
        ],
    );
    txn.execute_raw(update).await?;
    Ok(())
}

/// When the chain was verified last.
pub(crate) async fn verified_at(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbError> {
    let row = db.query_one_raw(statement(db, "SELECT verified_at FROM audit_chain WHERE id = 1", [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("audit_chain".to_owned()))?;
    Ok(row.try_get("", "verified_at")?)
}

/// The chain has been verified.
pub(crate) async fn verified(txn: &Transaction, now: DateTime<Utc>) -> Result<(), DbError> {
    let update = "UPDATE audit_chain SET verified_at = $1 WHERE id = 1";
    txn.execute_raw(statement(txn.connection(), update, [now.into()])).await?;
    Ok(())
}
