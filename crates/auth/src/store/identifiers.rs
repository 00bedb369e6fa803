//! What people sign in by: an e-mail address, and whatever else a person may be known by one day. An identifier belongs
//! to one account.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ExprTrait, IntoActiveModel};
use std::collections::BTreeSet;

/// The kind of an e-mail address, normalised.
pub(crate) const EMAIL: &str = "email";

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_identifiers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// In the one spelling of its kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    pub user_id: Uuid,
    /// When this service learned that it was proven to be the user's.
    pub verified_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The identifier, when it is somebody's.
pub(crate) async fn find(connection: &impl ConnectionTrait, kind: &str, value: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id((kind.to_owned(), value.to_owned())).one(connection).await?)
}

/// Whose identifier it is.
pub(crate) async fn owner(connection: &impl ConnectionTrait, kind: &str, value: &str) -> Result<Option<Uuid>, DbError> {
    Ok(find(connection, kind, value).await?.map(|identifier| identifier.user_id))
}

/// A user's identifier of a kind of which everybody has one at most.
pub(crate) async fn find_of(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    kind: &str,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Kind.eq(kind)).one(connection).await?)
}

/// The identifiers of a kind that these users have.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    user_ids: &BTreeSet<Uuid>,
    kind: &str,
) -> Result<Vec<Model>, DbError> {
    let theirs = Entity::find().filter(Column::UserId.is_in(user_ids.iter().copied()));
    Ok(theirs.filter(Column::Kind.eq(kind)).all(connection).await?)
}

/// Gives the user the identifier, or brings it up to date; `false` when it is somebody else's.
pub(crate) async fn put(connection: &impl ConnectionTrait, identifier: Model) -> Result<bool, DbError> {
    let own = Expr::col((Entity, Column::UserId)).eq(identifier.user_id);
    let conflict = OnConflict::columns([Column::Kind, Column::Value])
        .update_column(Column::VerifiedAt)
        .action_and_where(own)
        .to_owned();
    let written =
        Entity::insert(identifier.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(written == 1)
}

/// Frees an identifier, if it is still that user's.
pub(crate) async fn delete(connection: &impl ConnectionTrait, identifier: &Model) -> Result<(), DbError> {
    let one = Entity::delete_by_id((identifier.kind.clone(), identifier.value.clone()));
    one.filter(Column::UserId.eq(identifier.user_id)).exec(connection).await?;
    Ok(())
}

/// Frees a user's identifiers of a kind.
pub(crate) async fn delete_of(connection: &impl ConnectionTrait, user_id: Uuid, kind: &str) -> Result<(), DbError> {
    let all = Entity::delete_many().filter(Column::UserId.eq(user_id)).filter(Column::Kind.eq(kind));
    all.exec(connection).await?;
    Ok(())
}

/// Frees all of a user's identifiers.
pub(crate) async fn delete_all_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(connection).await?;
    Ok(())
}
