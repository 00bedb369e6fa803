//! The `user_search_terms` table: what a user is found by.

use super::{terms, users};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, QueryFilter, Set};
use std::collections::BTreeSet;

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
pub(super) async fn insert(db: &impl ConnectionTrait, user: &users::Model) -> Result<(), DbError> {
    write(db, user.id, of(user)).await
}

/// Makes the user findable by what they are now, and by nothing else. Mostly nothing changes: then nothing is written.
pub(super) async fn replace(db: &impl ConnectionTrait, user: &users::Model) -> Result<(), DbError> {
    let found = Entity::find().filter(Column::UserId.eq(user.id)).all(db).await?;
    let before: BTreeSet<Vec<u8>> = found.into_iter().map(|row| row.term).collect();
    let after = of(user);
    let gone: Vec<_> = before.difference(&after).cloned().collect();
    if !gone.is_empty() {
        Entity::delete_many().filter(Column::UserId.eq(user.id)).filter(Column::Term.is_in(gone)).exec(db).await?;
    }
    write(db, user.id, after.difference(&before).cloned().collect()).await
}

fn of(user: &users::Model) -> BTreeSet<Vec<u8>> {
    let texts = [&user.username, &user.display_name, &user.first_name, &user.last_name];
    let texts = texts.into_iter().flatten().map(String::as_str).chain([user.email.as_str()]);
    terms::terms(texts).into_iter().map(String::into_bytes).collect()
}

async fn write(db: &impl ConnectionTrait, user: Uuid, terms: BTreeSet<Vec<u8>>) -> Result<(), DbError> {
    if terms.is_empty() {
        return Ok(());
    }
    let rows = terms.into_iter().map(|term| ActiveModel { term: Set(term), user_id: Set(user) });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Ids of the users with a term that begins with the prefix, which is not empty: a range of the primary key.
pub(super) fn beginning_with(prefix: &str) -> SelectStatement {
    let (start, end) = range(prefix);
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::Term.gte(start))
        .and_where(Column::Term.lt(end))
        .to_owned()
}

/// Whether the user of the query around has a term that begins with the prefix, which is not empty.
pub(super) fn begins_with(prefix: &str) -> SelectStatement {
    let (start, end) = range(prefix);
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((users::Entity, users::Column::Id)))
        .and_where(Expr::col((Entity, Column::Term)).gte(start))
        .and_where(Expr::col((Entity, Column::Term)).lt(end))
        .to_owned()
}

fn range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let start = prefix.as_bytes().to_vec();
    let mut end = start.clone();
    // UTF-8 has no byte 255, so the last byte can always be raised.
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    (start, end)
}
