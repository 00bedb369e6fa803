//! The `audit_log` table: the links of the chain.

use chrono::{DateTime, Utc};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Counts up from 1 without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub id: Uuid,
    pub service: String,
    /// Counts up from 1 without gaps, per service.
    pub sequence: i64,
    /// The entry as JSON, byte for byte what `payload_hmac` was made from.
    pub entry: String,
    pub payload_hmac: String,
    pub previous_hash: String,
    pub hash: String,
    pub appended_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An entry that is in the chain.
#[derive(FromQueryResult)]
struct Known {
    id: Uuid,
}

/// Which of the ids are in the chain already.
pub(crate) async fn known(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, DbError> {
    let select = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids));
    let known: Vec<Known> = select.into_model().all(db).await?;
    Ok(known.into_iter().map(|known| known.id).collect())
}

/// Inserts links.
pub(crate) async fn insert(db: &impl ConnectionTrait, links: Vec<Model>) -> Result<(), DbError> {
    let rows = links.into_iter().map(|link| link.into_active_model().reset_all());
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Links before a position, or the last ones; newest first.
pub(crate) async fn newest(db: &impl ConnectionTrait, before: Option<i64>, limit: u64) -> Result<Vec<Model>, DbError> {
    let mut query = Entity::find();
    if let Some(before) = before {
        query = query.filter(Column::Position.lt(before));
    }
    Ok(query.order_by_desc(Column::Position).limit(limit).all(db).await?)
}

/// Links after a position, in the order of the chain.
pub(crate) async fn after(db: &impl ConnectionTrait, position: i64, limit: u64) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::Position.gt(position));
    Ok(query.order_by_asc(Column::Position).limit(limit).all(db).await?)
}

/// The last of the first `limit` links that were appended before a moment.
pub(crate) async fn last_old(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<Option<Model>, DbError> {
    let old = Entity::find().filter(Column::AppendedAt.lt(before));
    Ok(old.order_by_asc(Column::Position).limit(limit).all(db).await?.pop())
}

/// Removes the links up to a position.
pub(crate) async fn delete_up_to(db: &impl ConnectionTrait, position: i64) -> Result<u64, DbError> {
    Ok(Entity::delete_many().filter(Column::Position.lte(position)).exec(db).await?.rows_affected)
}
