//! The `role_catalogue` table: one row that counts changes of what roles mean, and the lock under which they change.

use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, DbErr};

/// The version now.
pub(crate) async fn version(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    one(db, "SELECT version FROM role_catalogue WHERE id = 1").await
}

/// Takes the lock; nobody else changes what roles mean until the change is made.
pub(crate) async fn lock(change: &Change) -> Result<i64, DbError> {
    one(change, "UPDATE role_catalogue SET version = version WHERE id = 1 RETURNING version").await
}

/// Counts a change; the version after it.
pub(crate) async fn raise(change: &Change) -> Result<i64, DbError> {
    one(change, "UPDATE role_catalogue SET version = version + 1 WHERE id = 1 RETURNING version").await
}

async fn one(db: &impl ConnectionTrait, sql: &str) -> Result<i64, DbError> {
    let row = db.query_one_raw(statement(db, sql, [])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("role_catalogue".to_owned()))?;
    Ok(row.try_get("", "version")?)
}
