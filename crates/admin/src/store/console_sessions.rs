//! Console sessions. The cookie's value is stored as a hash, the tokens sealed.

use chrono::{DateTime, Utc};
use orion_infra::{Change, DbError};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EnumIter};
use sea_orm::{EntityTrait, IntoActiveModel};

/// A row of `console_sessions`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "console_sessions")]
pub(crate) struct Model {
    /// SHA-256 of the cookie's value, in hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id_hash: String,
    /// Who is signed in.
    pub(crate) user_id: Uuid,
    /// The session at auth (`sid`).
    pub(crate) session_id: Uuid,
    /// Their address at sign-in.
    pub(crate) email: String,
    /// Their name at sign-in.
    pub(crate) display_name: Option<String>,
    /// Sealed.
    pub(crate) access_token: String,
    /// Sealed.
    pub(crate) refresh_token: String,
    /// Counts refreshes, so that an older one never overwrites a newer one.
    pub(crate) token_generation: i64,
    /// When the access token expires.
    pub(crate) access_expires_at: DateTime<Utc>,
    /// When the session began.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last used.
    pub(crate) last_seen_at: DateTime<Utc>,
    /// When it ends without use.
    pub(crate) idle_expires_at: DateTime<Utc>,
    /// When it ends in any case.
    pub(crate) expires_at: DateTime<Utc>,
    /// The browser.
    pub(crate) user_agent: Option<String>,
    /// Where it signed in from.
    pub(crate) ip_address: Option<String>,
    /// The token by which somebody else is acted as, while that goes on. Sealed.
    pub(crate) acting_token: Option<String>,
    /// Their address.
    pub(crate) acting_email: Option<String>,
    /// Their name.
    pub(crate) acting_display_name: Option<String>,
    /// Why.
    pub(crate) acting_reason: Option<String>,
}

/// No relations: other facts about the session are auth's.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The tokens of one refresh, sealed.
#[derive(Clone)]
pub(crate) struct SealedTokens {
    /// Sealed.
    pub(crate) access_token: String,
    /// Sealed.
    pub(crate) refresh_token: String,
    /// When the access token expires.
    pub(crate) access_expires_at: DateTime<Utc>,
}

/// As whom a session acts.
#[derive(Clone)]
pub(crate) struct ActingAs {
    /// Sealed.
    pub(crate) token: String,
    /// Their address.
    pub(crate) email: String,
    /// Their name.
    pub(crate) display_name: Option<String>,
    /// Why.
    pub(crate) reason: String,
}

/// Stores a new session.
pub(crate) async fn insert(change: &Change, session: Model) -> Result<(), DbError> {
    Entity::insert(session.into_active_model()).exec_without_returning(change).await?;
    Ok(())
}

/// The session with this hash, ended or not.
pub(crate) async fn find(connection: &impl ConnectionTrait, id_hash: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id_hash.to_owned()).one(connection).await?)
}

/// Notes that the session was used.
pub(crate) async fn touch(
    change: &Change,
    id_hash: &str,
    last_seen_at: DateTime<Utc>,
    idle_expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(last_seen_at))
        .col_expr(Column::IdleExpiresAt, Expr::value(idle_expires_at))
        .filter(Column::IdHash.eq(id_hash))
        .exec(change)
        .await?;
    Ok(())
}

/// Replaces the tokens of a generation; nothing happens when somebody else has done so before. Another access token than the one that
/// `was` there stays: it was put there after auth gave these, as by a switch of the organisation, and says what is true since.
pub(crate) async fn replace_tokens(
    change: &Change,
    id_hash: &str,
    (generation, was): (i64, &str),
    tokens: SealedTokens,
) -> Result<(), DbError> {
    let replaced = Entity::update_many()
        .col_expr(Column::RefreshToken, Expr::value(tokens.refresh_token))
        .col_expr(Column::TokenGeneration, Expr::value(generation + 1))
        .filter(Column::IdHash.eq(id_hash))
        .filter(Column::TokenGeneration.eq(generation))
        .exec(change)
        .await?;
    if replaced.rows_affected > 0 {
        put_access_token(change, id_hash, was, (tokens.access_token, tokens.access_expires_at)).await?;
    }
    Ok(())
}

/// Sets a session's tokens, whoever replaced them meanwhile: those of before are void. Another access token than the one that `was` there
/// may say something truer than the new one, but proves less: it is due, and the next call has one that does both.
pub(crate) async fn put_tokens(change: &Change, id_hash: &str, was: &str, tokens: SealedTokens) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::RefreshToken, Expr::value(tokens.refresh_token))
        .col_expr(Column::AccessExpiresAt, Expr::value(change.now()))
        .col_expr(Column::TokenGeneration, Expr::col(Column::TokenGeneration).add(1))
        .filter(Column::IdHash.eq(id_hash))
        .exec(change)
        .await?;
    put_access_token(change, id_hash, was, (tokens.access_token, tokens.access_expires_at)).await?;
    Ok(())
}

/// Sets a session's access token alone, unless another one has taken the place of `was` meanwhile; whether it did. Its refresh token
/// stays, and is the next one's.
pub(crate) async fn put_access_token(
    change: &Change,
    id_hash: &str,
    was: &str,
    (access_token, expires_at): (String, DateTime<Utc>),
) -> Result<bool, DbError> {
    let put = Entity::update_many()
        .col_expr(Column::AccessToken, Expr::value(access_token))
        .col_expr(Column::AccessExpiresAt, Expr::value(expires_at))
        .filter(Column::IdHash.eq(id_hash))
        .filter(Column::AccessToken.eq(was))
        .exec(change)
        .await?;
    Ok(put.rows_affected > 0)
}

/// Has a session act as somebody else; as whomever it did before.
pub(crate) async fn begin_acting(change: &Change, id_hash: &str, acting: ActingAs) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::ActingToken, Expr::value(acting.token))
        .col_expr(Column::ActingEmail, Expr::value(acting.email))
        .col_expr(Column::ActingDisplayName, Expr::value(acting.display_name))
        .col_expr(Column::ActingReason, Expr::value(acting.reason))
        .filter(Column::IdHash.eq(id_hash))
        .exec(change)
        .await?;
    Ok(())
}

/// Has a session act as nobody else, unless it has begun to act by another token meanwhile.
pub(crate) async fn stop_acting(change: &Change, id_hash: &str, token: &str) -> Result<(), DbError> {
    let mut stopped = Entity::update_many();
    for column in [Column::ActingToken, Column::ActingEmail, Column::ActingDisplayName, Column::ActingReason] {
        stopped = stopped.col_expr(column, Expr::value(Option::<String>::None));
    }
    stopped.filter(Column::IdHash.eq(id_hash)).filter(Column::ActingToken.eq(token)).exec(change).await?;
    Ok(())
}

/// Removes a session.
pub(crate) async fn delete(change: &Change, id_hash: &str) -> Result<(), DbError> {
    Entity::delete_by_id(id_hash.to_owned()).exec(change).await?;
    Ok(())
}
