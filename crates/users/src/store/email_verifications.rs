//! The `email_verifications` table. Tokens are stored hashed.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel, QueryFilter};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "email_verifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub email: String,
    pub token_hash: String,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Inserts a verification.
pub(crate) async fn insert(db: &impl ConnectionTrait, verification: Model) -> Result<(), DbError> {
    Entity::insert(verification.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Whether a link of the user may still be used.
pub(crate) async fn is_awaited(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let open = Column::UserId.eq(user.0).and(Column::UsedAt.is_null()).and(Column::ExpiresAt.gt(now));
    Ok(Entity::find().filter(open).one(db).await?.is_some())
}

/// Ends the links of a user that were not used.
pub(crate) async fn void_of(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<(), DbError> {
    let open = Column::UserId.eq(user.0).and(Column::UsedAt.is_null()).and(Column::ExpiresAt.gt(now));
    Entity::update_many().col_expr(Column::ExpiresAt, Expr::value(now)).filter(open).exec(db).await?;
    Ok(())
}

/// The verification of this token.
pub(crate) async fn find(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::TokenHash.eq(token_hash)).one(db).await?)
}

/// Notes that a verification was used.
pub(crate) async fn mark_used(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbError> {
    Entity::update_many().col_expr(Column::UsedAt, Expr::value(now)).filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}
