//! The keys that sign access tokens. A key signs from `signs_from` until the next one does; it is published before and
//! until its last token has died.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// SHA-256 thumbprint of the public key (RFC 7638).
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub generation: i64,
    /// PKCS #8, sealed at rest and bound to `kid`; empty once retired.
    pub private_key_sealed: String,
    /// JSON (RFC 7517).
    pub public_jwk: String,
    pub published_at: DateTimeUtc,
    pub signs_from: DateTimeUtc,
    pub retired_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The keys that are not retired, oldest first.
pub(crate) async fn current(connection: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::RetiredAt.is_null()).order_by_asc(Column::Generation).all(connection).await?)
}

/// Keys up to a generation, also those that are retired, newest first.
pub(crate) async fn newest(
    connection: &impl ConnectionTrait,
    up_to: Option<i64>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let keys = Entity::find().filter(Column::Generation.lte(up_to.unwrap_or(i64::MAX)));
    Ok(keys.order_by_desc(Column::Generation).limit(limit).all(connection).await?)
}

/// All keys that are kept, also those that are retired.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().all(connection).await?)
}

/// Writes a new key; `false` when another process has written that generation.
pub(crate) async fn insert(connection: &impl ConnectionTrait, key: Model) -> Result<bool, DbError> {
    let insert = Entity::insert(key.into_active_model()).on_conflict_do_nothing_on([Column::Generation]);
    let inserted = insert.exec_without_returning(connection).await?;
    Ok(matches!(inserted, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
}

/// The key is not published any more, and cannot sign again.
pub(crate) async fn retire(connection: &impl ConnectionTrait, kid: &str, now: DateTimeUtc) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::RetiredAt, Expr::value(now))
        .col_expr(Column::PrivateKeySealed, Expr::value(""))
        .filter(Column::Kid.eq(kid))
        .filter(Column::RetiredAt.is_null())
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}
