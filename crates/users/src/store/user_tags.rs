//! The `user_tags` table: who has which tag.

use super::users;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, QueryFilter, Set};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_tags")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Gives tags to a user who has none.
pub(super) async fn insert(db: &impl ConnectionTrait, user: Uuid, tags: &[String]) -> Result<(), DbError> {
    if tags.is_empty() {
        return Ok(());
    }
    let rows = tags.iter().map(|tag| ActiveModel { tag: Set(tag.clone()), user_id: Set(user) });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Gives a user these tags instead of those that they have.
pub(super) async fn replace(db: &impl ConnectionTrait, user: Uuid, tags: &[String]) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::UserId.eq(user)).exec(db).await?;
    insert(db, user, tags).await
}

/// Ids of the users who have a tag.
pub(super) fn having(tag: &str) -> SelectStatement {
    Query::select().column(Column::UserId).from(Entity).and_where(Column::Tag.eq(tag)).to_owned()
}

/// Whether the user of the query around has a tag.
pub(super) fn has(tag: &str) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((users::Entity, users::Column::Id)))
        .and_where(Expr::col((Entity, Column::Tag)).eq(tag))
        .to_owned()
}
