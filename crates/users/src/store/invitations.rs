//! The `invitations` table: what somebody was promised whom an administrator created.

use orion_contracts::UserId;
use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// JSON: names of roles.
    pub roles: String,
    pub invited_by: Uuid,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub accepted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The invitation of a user; none for those who came by themselves.
pub(crate) async fn find(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user.0).one(db).await?)
}

/// Inserts an invitation.
pub(crate) async fn insert(db: &impl ConnectionTrait, invitation: &Model) -> Result<(), DbError> {
    Entity::insert(invitation.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what can change of an invitation. Its user is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, invitation: &Model) -> Result<(), DbError> {
    Entity::update(invitation.clone().into_active_model().reset_all()).exec(db).await?;
    Ok(())
}
