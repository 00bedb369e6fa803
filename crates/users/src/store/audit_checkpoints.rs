//! The `audit_checkpoints` table: what was signed of the audit log.

use orion_infra::db::stored::{self, Stored};
use orion_infra::{Change, DbError};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoints")]
pub struct Model {
    /// Of the link that was the newest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub taken_at: DateTimeUtc,
    /// What was signed, as a compact JWS.
    pub token: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A checkpoint as it lies there: one that somebody has made unreadable hides no other.
pub(crate) type Row = Stored<Model>;

/// Checkpoints before a position, newest first.
pub(crate) async fn newest(db: &impl ConnectionTrait, before: Option<i64>, limit: u64) -> Result<Vec<Row>, DbError> {
    let query = Entity::find().order_by_desc(Column::Position).limit(limit);
    let before = before.map(|before| Column::Position.lt(before));
    stored::all(db, before.into_iter().fold(query, QueryFilter::filter)).await
}

/// Those of the links after one position up to another.
pub(crate) async fn between(db: &impl ConnectionTrait, after: i64, up_to: i64) -> Result<Vec<Row>, DbError> {
    let query = Entity::find().filter(Column::Position.gt(after)).filter(Column::Position.lte(up_to));
    stored::all(db, query.order_by_asc(Column::Position)).await
}

/// Adds one.
pub(crate) async fn insert(change: &Change, checkpoint: Model) -> Result<(), DbError> {
    Entity::insert(checkpoint.into_active_model().reset_all()).exec_without_returning(change).await?;
    Ok(())
}

/// Removes those of links that were cut off.
pub(crate) async fn delete_up_to(change: &Change, position: i64) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::Position.lte(position)).exec(change).await?;
    Ok(())
}
