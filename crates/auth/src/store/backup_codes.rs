//! Backup codes, as password hashes.

use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "two_factor_backup_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// The code's first letter, which no other of the person's codes has.
    pub hint: String,
    /// PHC string.
    pub code_hash: String,
    pub used_at: Option<DateTimeUtc>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a person's new codes in place of all older ones.
pub(crate) async fn replace(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    codes: impl IntoIterator<Item = Model>,
) -> Result<(), DbError> {
    delete_of(connection, user_id).await?;
    let rows = codes.into_iter().map(IntoActiveModel::into_active_model);
    Entity::insert_many::<ActiveModel, _>(rows).exec_without_returning(connection).await?;
    Ok(())
}

/// The code with this hint that was not used.
pub(crate) async fn find_unused(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    hint: &str,
) -> Result<Option<Model>, DbError> {
    let unused = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Hint.eq(hint))
        .filter(Column::UsedAt.is_null());
    Ok(unused.one(connection).await?)
}

/// How many codes are left.
pub(crate) async fn count_unused(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::UsedAt.is_null()).count(connection).await?)
}

/// Uses a code, by comparing and setting: of many at once one gets it.
pub(crate) async fn take(
    connection: &impl ConnectionTrait,
    id: Uuid,
    now: DateTimeUtc,
    ip_address: Option<String>,
    user_agent: Option<String>,
) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .col_expr(Column::IpAddress, Expr::value(ip_address))
        .col_expr(Column::UserAgent, Expr::value(user_agent))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Forgets a person's codes.
pub(crate) async fn delete_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(connection).await?;
    Ok(())
}
