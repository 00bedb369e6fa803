//! Opaque tokens, as hashes: refresh tokens and those in verification links.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
pub enum TokenType {
    Access,
    Refresh,
    ResetPassword,
    EmailVerification,
    MagicLink,
    ApiKey,
}

/// Where a token is in its life. One whose `expires_at` has passed counts as expired whatever stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum TokenStatus {
    Active,
    Expired,
    Revoked,
    Used,
}

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub session_id: Option<Uuid>,
    pub user_id: Uuid,
    /// SHA-256 in hex.
    pub token_hash: String,
    #[sea_orm(column_name = "type")]
    pub token_type: TokenType,
    pub status: TokenStatus,
    /// The first token of the family.
    pub parent_token_id: Option<Uuid>,
    /// The token that this one replaced.
    pub rotated_from_id: Option<Uuid>,
    /// The token that replaced this one, sealed under a key that comes from this one.
    pub successor_sealed: Option<String>,
    /// Until then this token, though used, gives the newest one of its session.
    pub grace_until: Option<DateTimeUtc>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub issued_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a new token.
pub(crate) async fn insert(connection: &impl ConnectionTrait, token: Model) -> Result<(), DbError> {
    Entity::insert(token.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The token of this type with this hash.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    token_type: TokenType,
    token_hash: &str,
) -> Result<Option<Model>, DbError> {
    let found = Entity::find().filter(Column::TokenHash.eq(token_hash)).filter(Column::TokenType.eq(token_type));
    Ok(found.one(connection).await?)
}

/// The token has been used and does not count again; `false` when it was not active any more.
pub(crate) async fn consume(connection: &impl ConnectionTrait, id: Uuid, now: DateTimeUtc) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::Status, Expr::value(TokenStatus::Used))
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(TokenStatus::Active))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The token has given way to a successor, which it can give again; `false` when it was not active any more.
pub(crate) async fn rotate(
    connection: &impl ConnectionTrait,
    id: Uuid,
    successor_sealed: &str,
    grace_until: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::Status, Expr::value(TokenStatus::Used))
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::SuccessorSealed, Expr::value(successor_sealed))
        .col_expr(Column::GraceUntil, Expr::value(grace_until))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(TokenStatus::Active))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Notes that a token gave its successor again after its grace; `false` when that is noted already.
pub(crate) async fn note_repeat(
    connection: &impl ConnectionTrait,
    id: Uuid,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Expr::col(Column::LastUsedAt).lte(Expr::col(Column::GraceUntil)))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The token that replaced this one.
pub(crate) async fn successor_of(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::RotatedFromId.eq(id)).one(connection).await?)
}

/// Revokes a session's tokens. What could give a successor again is erased.
pub(crate) async fn revoke_of_session(
    connection: &impl ConnectionTrait,
    session_id: Uuid,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(TokenStatus::Revoked))
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::SuccessorSealed, Expr::value(Option::<String>::None))
        .filter(Column::SessionId.eq(session_id))
        .filter(Column::Status.is_in([TokenStatus::Active, TokenStatus::Used]))
        .exec(connection)
        .await?;
    Ok(())
}

/// Voids a user's tokens of one type that are in links.
pub(crate) async fn revoke_of_user(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    token_type: TokenType,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(TokenStatus::Revoked))
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::TokenType.eq(token_type))
        .filter(Column::Status.eq(TokenStatus::Active))
        .exec(connection)
        .await?;
    Ok(())
}
