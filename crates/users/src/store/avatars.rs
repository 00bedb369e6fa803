//! The `avatars` table: which pictures are kept where files are. A file is there only while its row is.

use chrono::{DateTime, Utc};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "avatars")]
pub struct Model {
    /// Of the file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub created_at: DateTimeUtc,
    /// From then on the file may go: nobody shows it, or not yet.
    pub doomed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Notes a file before it is written.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: Model) -> Result<(), DbError> {
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// A file is shown from now on; `false` when it may be gone already.
pub(crate) async fn keep(db: &impl ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let kept = Entity::update_many()
        .col_expr(Column::DoomedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Name.eq(name))
        .filter(Column::DoomedAt.gt(now))
        .exec(db)
        .await?;
    Ok(kept.rows_affected == 1)
}

/// A file is shown no more.
pub(crate) async fn doom(db: &impl ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    let doomed = Entity::update_many().col_expr(Column::DoomedAt, Expr::value(now)).filter(Column::Name.eq(name));
    doomed.exec(db).await?;
    Ok(())
}

/// Files that may go, longest ago first.
pub(crate) async fn doomed(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<String>, DbError> {
    let found = Entity::find().filter(Column::DoomedAt.lte(now)).order_by_asc(Column::DoomedAt).limit(limit);
    Ok(found.all(db).await?.into_iter().map(|row| row.name).collect())
}

/// Forgets files that are gone.
pub(crate) async fn delete(db: &impl ConnectionTrait, names: &[String]) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::Name.is_in(names.iter().map(String::as_str))).exec(db).await?;
    Ok(())
}

/// Where a picture is shown: another one has another address.
pub(crate) fn address(user: Uuid, name: &str) -> String {
    format!("/api/v1/users/{user}/avatar?v={}", short(hash_of(name)))
}

/// What of a file's name stands for what it shows.
pub(crate) fn hash_of(name: &str) -> &str {
    name.trim_start_matches("avatars/").split('-').next().unwrap_or_default()
}

/// As much of it as tells pictures apart in an address.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}
