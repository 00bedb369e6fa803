//! What signing in needs to know of a user; kept from the users service.

use crate::error::AuthError;
use orion_contracts::events::UserFacts;
use orion_contracts::users::UserStatus;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ExprTrait, IntoActiveModel, QuerySelect};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub status: String,
    /// JSON list of role names.
    pub role_names: String,
    pub display_name: Option<String>,
    pub locale: String,
    /// The version of the user that this row tells of.
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Rises with whatever voids the sign-ins under way; no clock is asked.
    pub sign_in_epoch: i64,
    /// The user's version with which their invitation was last withdrawn.
    pub withdrawn_version: Option<i64>,
    /// The user's last version that may not sign in, after all that led into the account before it has ended.
    pub shut_version: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The account that these facts make.
    pub(crate) fn of(facts: &UserFacts, version: i64, now: DateTimeUtc) -> Self {
        Self {
            user_id: facts.user_id.0,
            status: facts.status.as_str().to_owned(),
            role_names: serde_json::Value::from(facts.roles.clone()).to_string(),
            display_name: facts.display_name.clone(),
            locale: facts.locale.clone(),
            version,
            created_at: now,
            updated_at: now,
            sign_in_epoch: 0,
            withdrawn_version: None,
            shut_version: is_shut(facts.status).then_some(version),
        }
    }

    /// Names of the roles held.
    pub(crate) fn roles(&self) -> Vec<String> {
        serde_json::from_str(&self.role_names).unwrap_or_default()
    }

    /// The status; a name that this program does not know is a defect.
    pub(crate) fn status(&self) -> Result<UserStatus, AuthError> {
        self.status.parse().map_err(|error| AuthError::Defect(format!("account {}: {error}", self.user_id)))
    }
}

/// Whether nobody of this status signs in, not even as a guest.
pub(crate) fn is_shut(status: UserStatus) -> bool {
    match status {
        UserStatus::Active | UserStatus::PendingVerification => false,
        UserStatus::Inactive | UserStatus::Suspended | UserStatus::Deleted => true,
    }
}

/// The account of a user.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user_id).one(connection).await?)
}

/// The accounts of these users; of those that there are.
pub(crate) async fn of(connection: &impl ConnectionTrait, user_ids: &BTreeSet<Uuid>) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::UserId.is_in(user_ids.iter().copied())).all(connection).await?)
}

/// The account of a user, held until the transaction ends.
pub(crate) async fn lock(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user_id).lock_exclusive().one(connection).await?)
}

/// Voids the sign-ins under way, with a change that holds the account.
pub(crate) async fn begin_epoch(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    let next = Expr::col(Column::SignInEpoch).add(1);
    let account = Entity::update_many().filter(Column::UserId.eq(user_id));
    account.col_expr(Column::SignInEpoch, next).exec(connection).await?;
    Ok(())
}

/// Notes that the user's invitation was withdrawn at a version of theirs, with a change that holds the account.
pub(crate) async fn note_withdrawal(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    version: i64,
) -> Result<(), DbError> {
    let account = Entity::update_many().filter(Column::UserId.eq(user_id));
    account.col_expr(Column::WithdrawnVersion, Expr::value(version)).exec(connection).await?;
    Ok(())
}

/// Notes that all that led into the account before this version of the user has ended, with a change that holds the account.
pub(crate) async fn note_shut(connection: &impl ConnectionTrait, user_id: Uuid, version: i64) -> Result<(), DbError> {
    let account = Entity::update_many().filter(Column::UserId.eq(user_id));
    account.col_expr(Column::ShutVersion, Expr::value(version)).exec(connection).await?;
    Ok(())
}

/// Writes the account unless a newer version of the user is known; whether it did.
pub(crate) async fn put(connection: &impl ConnectionTrait, account: Model) -> Result<bool, DbError> {
    let columns =
        [Column::Status, Column::RoleNames, Column::DisplayName, Column::Locale, Column::Version, Column::UpdatedAt];
    let newer = Expr::col((Entity, Column::Version)).lte(account.version);
    let told = Expr::col(("excluded", Column::ShutVersion));
    let shut = told.if_null(Expr::col((Entity, Column::ShutVersion)));
    let conflict = OnConflict::column(Column::UserId)
        .update_columns(columns)
        .value(Column::ShutVersion, shut)
        .action_and_where(newer)
        .to_owned();
    let written =
        Entity::insert(account.into_active_model()).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(written == 1)
}
