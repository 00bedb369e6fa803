//! Throttles in rows, so that they outlive a restart and hold on every node.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ExprTrait, IntoActiveModel, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_limits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub key_type: String,
    pub endpoint: String,
    /// Failures in a row.
    pub count: i32,
    pub blocked_until: Option<DateTimeUtc>,
    /// Counting starts anew then.
    pub reset_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The row of a key, unless its time is over.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    key: &str,
    now: DateTimeUtc,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(key).filter(Column::ResetAt.gt(now)).one(connection).await?)
}

/// The row of a key, held until the transaction ends.
pub(crate) async fn lock(
    connection: &impl ConnectionTrait,
    key: &str,
    now: DateTimeUtc,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(key).filter(Column::ResetAt.gt(now)).lock_exclusive().one(connection).await?)
}

/// Writes the row of a key, in place of an older one.
pub(crate) async fn put(connection: &impl ConnectionTrait, row: Model) -> Result<(), DbError> {
    let conflict = OnConflict::column(Column::Key)
        .update_columns([Column::Count, Column::BlockedUntil, Column::ResetAt, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Takes the one try that is free once a block is over: the block is moved on in the same step, so that of many who
/// wait for the moment one gets it.
pub(crate) async fn claim(
    connection: &impl ConnectionTrait,
    key: &str,
    blocked_until: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let free = Column::BlockedUntil.is_null().or(Column::BlockedUntil.lte(now));
    let updated = Entity::update_many()
        .col_expr(Column::BlockedUntil, Expr::value(blocked_until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Key.eq(key))
        .filter(free)
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Forgets a key.
pub(crate) async fn delete(connection: &impl ConnectionTrait, key: &str) -> Result<(), DbError> {
    Entity::delete_by_id(key).exec(connection).await?;
    Ok(())
}
