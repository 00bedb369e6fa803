//! Codes by which a product begins the session of a sign-in on ORION's own pages.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 in hex of the code.
    pub code_hash: String,
    /// SHA-256 in base64url of what the product proves itself by (RFC 7636, S256).
    pub code_challenge: String,
    pub user_id: Uuid,
    /// JSON list of the methods by which they signed in.
    pub amr: String,
    /// Of the person's browser; the product that exchanges the code comes from elsewhere.
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    /// The session that it gave.
    pub session_id: Option<Uuid>,
    /// What they signed in from.
    pub device_id: Option<Uuid>,
    /// The epoch of the account in which they signed in.
    pub sign_in_epoch: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The methods by which they signed in.
    pub(crate) fn methods(&self) -> Vec<String> {
        serde_json::from_str(&self.amr).unwrap_or_default()
    }
}

/// Writes a new code.
pub(crate) async fn insert(connection: &impl ConnectionTrait, code: Model) -> Result<(), DbError> {
    Entity::insert(code.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The code with this hash.
pub(crate) async fn find(connection: &impl ConnectionTrait, code_hash: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::CodeHash.eq(code_hash)).one(connection).await?)
}

/// A code, held until the transaction ends: of a hundred exchanges at once one comes first.
pub(crate) async fn lock(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(connection).await?)
}

/// Notes that a code was used, and the session that it gave to a product.
pub(crate) async fn use_up(
    connection: &impl ConnectionTrait,
    id: Uuid,
    session_id: Option<Uuid>,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .col_expr(Column::SessionId, Expr::value(session_id))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}
