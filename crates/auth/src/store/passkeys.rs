//! Passkeys: the public keys of a person's authenticators.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// Base64url; no other passkey of whomever has it.
    pub credential_id: String,
    /// A COSE key as JSON.
    pub public_key: String,
    pub name: String,
    /// The authenticator's model as it says itself; nil for those that do not say.
    pub aaguid: Uuid,
    /// Whether the authenticator may copy it to other devices.
    pub backup_eligible: bool,
    /// Whether it has done so, as it said last.
    pub backup_state: bool,
    /// How often it was used, as the authenticator said last; 0 by those that do not count.
    pub sign_count: i64,
    /// JSON list of the ways to reach the authenticator.
    pub transports: String,
    pub created_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes a new one; `false` when somebody has this credential already.
pub(crate) async fn insert(connection: &impl ConnectionTrait, passkey: Model) -> Result<bool, DbError> {
    let conflict = OnConflict::column(Column::CredentialId).do_nothing().to_owned();
    let written =
        Entity::insert(passkey.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(written == 1)
}

/// A person's passkeys, oldest first.
pub(crate) async fn of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<Model>, DbError> {
    let theirs = Entity::find().filter(Column::UserId.eq(user_id));
    Ok(theirs.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(connection).await?)
}

/// How many passkeys a person has.
pub(crate) async fn count_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user_id)).count(connection).await?)
}

/// A person's passkey.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::UserId.eq(user_id)).one(connection).await?)
}

/// The passkey with this credential, whose ever it is.
pub(crate) async fn find_by_credential(
    connection: &impl ConnectionTrait,
    credential_id: &str,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::CredentialId.eq(credential_id)).one(connection).await?)
}

/// Writes what an authenticator said with a use of a passkey.
pub(crate) async fn used(connection: &impl ConnectionTrait, passkey: &Model) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::BackupEligible, Expr::value(passkey.backup_eligible))
        .col_expr(Column::BackupState, Expr::value(passkey.backup_state))
        .col_expr(Column::SignCount, Expr::value(passkey.sign_count))
        .col_expr(Column::LastUsedAt, Expr::value(passkey.last_used_at))
        .filter(Column::Id.eq(passkey.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Gives a passkey another name.
pub(crate) async fn rename(connection: &impl ConnectionTrait, id: Uuid, name: &str) -> Result<(), DbError> {
    let update = Entity::update_many().col_expr(Column::Name, Expr::value(name)).filter(Column::Id.eq(id));
    update.exec(connection).await?;
    Ok(())
}

/// Forgets a passkey.
pub(crate) async fn delete(connection: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// Forgets a person's passkeys; whether there were some.
pub(crate) async fn delete_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, DbError> {
    Ok(Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(connection).await?.rows_affected > 0)
}
