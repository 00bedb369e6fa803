//! Identities of people at providers: by issuer and subject, and never by address.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// The name of the provider's section in the configuration, when it was used last.
    pub provider: String,
    /// Without a slash at its end. For one that does not speak OpenID Connect: and with the name of its section.
    pub issuer: String,
    pub subject: String,
    /// The address that the provider told last; nothing follows from it.
    pub email: Option<String>,
    /// What the provider gave, as JSON.
    pub tokens_sealed: Option<String>,
    pub is_primary: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a new one; `false` when somebody has this identity already.
pub(crate) async fn insert(connection: &impl ConnectionTrait, identity: Model) -> Result<bool, DbError> {
    let conflict = OnConflict::columns([Column::Issuer, Column::Subject]).do_nothing().to_owned();
    let written =
        Entity::insert(identity.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(written == 1)
}

/// The identity, whose ever it is.
pub(crate) async fn find_by_subject(
    connection: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<Model>, DbError> {
    let found = Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::Subject.eq(subject));
    Ok(found.one(connection).await?)
}

/// A person's identities, oldest first.
pub(crate) async fn of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<Model>, DbError> {
    let theirs = Entity::find().filter(Column::UserId.eq(user_id));
    Ok(theirs.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(connection).await?)
}

/// How many identities a person has.
pub(crate) async fn count_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).count(connection).await?)
}

/// Writes what a use of an identity has told.
pub(crate) async fn used(connection: &impl ConnectionTrait, identity: &Model) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Provider, Expr::value(identity.provider.as_str()))
        .col_expr(Column::Email, Expr::value(identity.email.clone()))
        .col_expr(Column::TokensSealed, Expr::value(identity.tokens_sealed.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(identity.updated_at))
        .col_expr(Column::LastUsedAt, Expr::value(identity.last_used_at))
        .filter(Column::Id.eq(identity.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Says of an identity whether it is a person's first one.
pub(crate) async fn put_primary(connection: &impl ConnectionTrait, id: Uuid, is_primary: bool) -> Result<(), DbError> {
    let update = Entity::update_many().col_expr(Column::IsPrimary, Expr::value(is_primary)).filter(Column::Id.eq(id));
    update.exec(connection).await?;
    Ok(())
}

/// Gives an identity to another person, as their first one.
pub(crate) async fn give(connection: &impl ConnectionTrait, id: Uuid, user_id: Uuid) -> Result<(), DbError> {
    let update = Entity::update_many().col_expr(Column::UserId, Expr::value(user_id)).filter(Column::Id.eq(id));
    update.exec(connection).await?;
    Ok(())
}

/// Forgets an identity.
pub(crate) async fn delete(connection: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// Forgets a person's identities; whether there were some.
pub(crate) async fn delete_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, DbError> {
    Ok(Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(connection).await?.rows_affected > 0)
}
