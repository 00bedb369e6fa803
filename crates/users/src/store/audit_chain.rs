//! The `audit_chain` table: one row with the ends of the chain and what is known of it. Holding it is the right to append.

use chrono::{DateTime, Utc};
use orion_infra::db::dialect::statement;
use orion_infra::db::stored::{self, StoredColumn};
use orion_infra::{Change, DbError};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// The row.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct ChainEnds {
    /// Position of the last link that retention has cut off; 0 when none was.
    pub(crate) cut_position: i64,
    /// Its hash.
    pub(crate) cut_hash: String,
    /// When it was cut off.
    pub(crate) cut_at: Option<DateTime<Utc>>,
    /// Position of the newest link.
    pub(crate) head_position: i64,
    /// Its hash.
    pub(crate) head_hash: String,
    /// When the chain was verified last.
    pub(crate) verified_at: Option<DateTime<Utc>>,
    /// In how many places it did not hold then.
    pub(crate) break_count: i64,
    /// The first of them, as a JSON array of sentences.
    pub(crate) breaks: String,
    /// A MAC over the columns above; empty before the first link.
    pub(crate) seal: String,
    /// How many redacted entries the last verification has met. For people to see; each redaction is sealed by itself.
    pub(crate) redacted: i64,
    /// Whether it cannot be read where the chain begins or ends: what stands here in its place is nothing to go on from.
    #[sea_orm(skip)]
    pub(crate) are_lost: bool,
}

/// The columns that say where the chain begins and ends.
const ENDS: [&str; 4] = ["cut_position", "cut_hash", "head_position", "head_hash"];

impl ChainEnds {
    /// The first places in which the chain did not hold when it was verified last, in sentences.
    pub(crate) fn found(&self) -> Vec<String> {
        serde_json::from_str(&self.breaks).unwrap_or_default()
    }

    /// Up to where links are the chain's; where that cannot be read, whatever is there.
    pub(crate) fn last(&self) -> i64 {
        if self.are_lost { i64::MAX } else { self.head_position }
    }
}

/// What the seal is of a row in which something cannot be read: nobody who has the key has sealed that.
const UNREADABLE: &str = "unreadable";

fn columns() -> [StoredColumn; 10] {
    use ColumnType::{BigInteger, Text, TimestampWithTimeZone};
    [
        StoredColumn::new("cut_position", BigInteger, false),
        StoredColumn::new("cut_hash", Text, false),
        StoredColumn::new("cut_at", TimestampWithTimeZone, true),
        StoredColumn::new("head_position", BigInteger, false),
        StoredColumn::new("head_hash", Text, false),
        StoredColumn::new("verified_at", TimestampWithTimeZone, true),
        StoredColumn::new("break_count", BigInteger, false),
        StoredColumn::new("breaks", Text, false),
        StoredColumn::new("seal", Text, false),
        StoredColumn::new("redacted", BigInteger, false),
    ]
}

/// The row as it is.
pub(crate) async fn find(db: &impl ConnectionTrait) -> Result<ChainEnds, DbError> {
    one(db, |columns| format!("SELECT {columns} FROM audit_chain WHERE id = 1")).await
}

/// The row; nobody else changes it until the change is made.
pub(crate) async fn lock(change: &Change) -> Result<ChainEnds, DbError> {
    one(change, |columns| format!("UPDATE audit_chain SET id = 1 WHERE id = 1 RETURNING {columns}")).await
}

async fn one(db: &impl ConnectionTrait, sql: impl FnOnce(&str) -> String) -> Result<ChainEnds, DbError> {
    let columns = columns();
    let selected = columns.iter().map(|column| column.selected(db)).collect::<Vec<_>>().join(", ");
    let row = db.query_one_raw(statement(db, &sql(&selected), [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("audit_chain".to_owned()))?;
    let found = stored::one::<ChainEnds>(db, &columns, &row)?;
    Ok(match found.unreadable.is_empty() {
        true => found.row,
        false => ChainEnds {
            seal: UNREADABLE.to_owned(),
            are_lost: found.unreadable.iter().any(|column| ENDS.contains(column)),
            ..found.row
        },
    })
}

/// Writes the row.
pub(crate) async fn update(change: &Change, ends: &ChainEnds) -> Result<(), DbError> {
    let update = statement(
        change,
        "UPDATE audit_chain SET cut_position = $1, cut_hash = $2, cut_at = $3, head_position = $4, head_hash = $5, \
         verified_at = $6, break_count = $7, breaks = $8, seal = $9, redacted = $10 WHERE id = 1",
        [
            ends.cut_position.into(),
            ends.cut_hash.as_str().into(),
            ends.cut_at.into(),
            ends.head_position.into(),
            ends.head_hash.as_str().into(),
            ends.verified_at.into(),
            ends.break_count.into(),
            ends.breaks.as_str().into(),
            ends.seal.as_str().into(),
            ends.redacted.into(),
        ],
    );
    change.execute_raw(update).await?;
    Ok(())
}

/// Writes what a verification has found, and the seal. The ends themselves stay as they lie there, also where they cannot be read: what
/// stands for them then is no end of any chain.
pub(crate) async fn note(change: &Change, ends: &ChainEnds) -> Result<(), DbError> {
    let update = statement(
        change,
        "UPDATE audit_chain SET verified_at = $1, break_count = $2, breaks = $3, seal = $4, redacted = $5 WHERE id = 1",
        [
            ends.verified_at.into(),
            ends.break_count.into(),
            ends.breaks.as_str().into(),
            ends.seal.as_str().into(),
            ends.redacted.into(),
        ],
    );
    change.execute_raw(update).await?;
    Ok(())
}
