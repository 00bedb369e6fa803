//! What a person has as a second factor, and the key of their authenticator app.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ExprTrait, IntoActiveModel};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "two_factor_auth")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub totp_secret_sealed: Option<String>,
    /// Since when the key is in use.
    pub totp_verified_at: Option<DateTimeUtc>,
    /// The newest time step whose code was taken: none up to it is taken again.
    pub totp_last_step: Option<i64>,
    /// A key that was shown and of which no code was seen yet.
    pub pending_secret_sealed: Option<String>,
    pub pending_expires_at: Option<DateTimeUtc>,
    pub backup_codes_at: Option<DateTimeUtc>,
    pub last_used_at: Option<DateTimeUtc>,
    pub last_used_method: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a person has; none for those who never began to set one up.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user_id).one(connection).await?)
}

/// What a person has, with nothing in it, unless there is something.
pub(crate) async fn ensure(connection: &impl ConnectionTrait, user_id: Uuid, now: DateTimeUtc) -> Result<(), DbError> {
    let conflict = OnConflict::column(Column::UserId).do_nothing().to_owned();
    Entity::insert(empty(user_id, now).into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

fn empty(user_id: Uuid, now: DateTimeUtc) -> Model {
    Model {
        user_id,
        totp_secret_sealed: None,
        totp_verified_at: None,
        totp_last_step: None,
        pending_secret_sealed: None,
        pending_expires_at: None,
        backup_codes_at: None,
        last_used_at: None,
        last_used_method: None,
        created_at: now,
        updated_at: now,
    }
}

/// Keeps a key that waits for its first code, in place of one that waited before.
pub(crate) async fn put_pending(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    sealed: String,
    expires_at: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    let row =
        Model { pending_secret_sealed: Some(sealed), pending_expires_at: Some(expires_at), ..empty(user_id, now) };
    let conflict = OnConflict::column(Column::UserId)
        .update_columns([Column::PendingSecretSealed, Column::PendingExpiresAt, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// This key is in use from now on, and the code of this step is taken. None waits any more.
pub(crate) async fn put_totp(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    sealed: String,
    step: i64,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    let row = Model {
        totp_secret_sealed: Some(sealed),
        totp_verified_at: Some(now),
        totp_last_step: Some(step),
        ..empty(user_id, now)
    };
    let conflict = OnConflict::column(Column::UserId)
        .update_columns([
            Column::TotpSecretSealed,
            Column::TotpVerifiedAt,
            Column::TotpLastStep,
            Column::PendingSecretSealed,
            Column::PendingExpiresAt,
            Column::UpdatedAt,
        ])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Takes the code of a time step of this key, by comparing and setting: of many at once one gets it, and none of a step before it.
pub(crate) async fn take_step(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    sealed: &str,
    step: i64,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let updated = Entity::update_many()
        .col_expr(Column::TotpLastStep, Expr::value(step))
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::LastUsedMethod, Expr::value("totp"))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::TotpSecretSealed.eq(sealed))
        .filter(Column::TotpLastStep.is_null().or(Column::TotpLastStep.lt(step)))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Notes that a factor was used.
pub(crate) async fn touch(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    method: &str,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::LastUsedMethod, Expr::value(method))
        .filter(Column::UserId.eq(user_id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Notes that new backup codes were made.
pub(crate) async fn renewed_codes(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::BackupCodesAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::UserId.eq(user_id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes the authenticator app away, also one that waits for its first code; whether there was one.
pub(crate) async fn delete_totp(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: DateTimeUtc,
) -> Result<bool, DbError> {
    let had_one = find(connection, user_id).await?.is_some_and(|found| found.totp_verified_at.is_some());
    Entity::update_many()
        .col_expr(Column::TotpSecretSealed, Expr::value(Option::<String>::None))
        .col_expr(Column::TotpVerifiedAt, Expr::value(Option::<DateTimeUtc>::None))
        .col_expr(Column::TotpLastStep, Expr::value(Option::<i64>::None))
        .col_expr(Column::PendingSecretSealed, Expr::value(Option::<String>::None))
        .col_expr(Column::PendingExpiresAt, Expr::value(Option::<DateTimeUtc>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::UserId.eq(user_id))
        .exec(connection)
        .await?;
    Ok(had_one)
}

/// Forgets what a person has; whether there was something.
pub(crate) async fn delete(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, DbError> {
    Ok(Entity::delete_by_id(user_id).exec(connection).await?.rows_affected == 1)
}
