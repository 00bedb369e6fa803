//! The `user_search_terms` table: what a user is found by.

use super::{terms, users};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{QueryFilter, Set};

/// A row: a lower-case term in UTF-8, and whose it is.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_search_terms")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the user findable.
pub(crate) async fn insert(db: &impl ConnectionTrait, user: &users::Model) -> Result<(), DbError> {
    let texts = [&user.username, &user.display_name, &user.first_name, &user.last_name];
    let texts = texts.into_iter().flatten().map(String::as_str).chain([user.email.as_str()]);
    let rows =
        terms::terms(texts).into_iter().map(|term| ActiveModel { term: Set(term.into_bytes()), user_id: Set(user.id) });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Forgets what the user was found by.
pub(crate) async fn delete(db: &impl ConnectionTrait, user: Uuid) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::UserId.eq(user)).exec(db).await?;
    Ok(())
}

/// Ids of the users with a term that begins with the prefix, which is not empty: a range of the primary key.
pub(super) fn beginning_with(prefix: &str) -> SelectStatement {
    let start = prefix.as_bytes().to_vec();
    let mut end = start.clone();
    // UTF-8 has no byte 255, so the last byte can always be raised.
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::Term.gte(start))
        .and_where(Column::Term.lt(end))
        .to_owned()
}
