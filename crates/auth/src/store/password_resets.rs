//! Links by which a password is chosen anew, as hashes of their tokens.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// SHA-256 in hex.
    pub token_hash: String,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    /// How often a password was tried with it.
    pub attempts_count: i64,
    pub max_attempts: i64,
    pub requested_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    /// When it was used, or voided by another one.
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether a password can be chosen with it.
    pub(crate) fn is_alive(&self, now: DateTimeUtc) -> bool {
        self.used_at.is_none() && now < self.expires_at && self.attempts_count < self.max_attempts
    }
}

/// Writes a new link.
pub(crate) async fn insert(connection: &impl ConnectionTrait, reset: Model) -> Result<(), DbError> {
    Entity::insert(reset.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// How many links of a user are good.
pub(crate) async fn count_alive(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: DateTimeUtc,
) -> Result<u64, DbError> {
    let alive = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Expr::col(Column::AttemptsCount).lt(Expr::col(Column::MaxAttempts)));
    Ok(alive.count(connection).await?)
}

/// The link with this hash of its token.
pub(crate) async fn find(connection: &impl ConnectionTrait, token_hash: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::TokenHash.eq(token_hash)).one(connection).await?)
}

/// Counts a try; `false` when there were too many.
pub(crate) async fn count(connection: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::AttemptsCount, Expr::col(Column::AttemptsCount).add(1))
        .filter(Column::Id.eq(id))
        .filter(Expr::col(Column::AttemptsCount).lt(Expr::col(Column::MaxAttempts)))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Uses a link, by comparing and setting: of many at once one gets it.
pub(crate) async fn take(connection: &impl ConnectionTrait, id: Uuid, now: DateTimeUtc) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Voids all links of a user.
pub(crate) async fn void_of(connection: &impl ConnectionTrait, user_id: Uuid, now: DateTimeUtc) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}
