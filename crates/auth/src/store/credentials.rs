//! Passwords, as hashes.

use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// PHC string.
    pub password_hash: String,
    /// Whether the next sign-in must choose a new one.
    pub must_change: bool,
    /// Whether it is long enough to be the only factor.
    pub suits_alone: bool,
    pub changed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// A password that somebody has chosen at this moment.
    pub(crate) fn chosen(user_id: Uuid, password_hash: String, suits_alone: bool, changed_at: DateTimeUtc) -> Self {
        Self { user_id, password_hash, must_change: false, suits_alone, changed_at }
    }
}

/// The credential of a user.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user_id).one(connection).await?)
}

/// Sets the credential of a user, in place of an older one.
pub(crate) async fn put(connection: &impl ConnectionTrait, credential: Model) -> Result<(), DbError> {
    let conflict = OnConflict::column(Column::UserId)
        .update_columns([Column::PasswordHash, Column::MustChange, Column::SuitsAlone, Column::ChangedAt])
        .to_owned();
    Entity::insert(credential.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Sets the credential of a user who has none.
pub(crate) async fn put_first(connection: &impl ConnectionTrait, credential: Model) -> Result<(), DbError> {
    let conflict = OnConflict::column(Column::UserId).do_nothing().to_owned();
    Entity::insert(credential.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// The next sign-in with this password has to choose another one.
pub(crate) async fn order_change(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    let update =
        Entity::update_many().col_expr(Column::MustChange, Expr::value(true)).filter(Column::UserId.eq(user_id));
    update.exec(connection).await?;
    Ok(())
}

/// The same password under a new hash; `false` when the password has been changed meanwhile.
pub(crate) async fn rehash(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    old: &str,
    new: &str,
) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(new))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::PasswordHash.eq(old))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Forgets the credential of a user.
pub(crate) async fn delete(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(user_id).exec(connection).await?;
    Ok(())
}
