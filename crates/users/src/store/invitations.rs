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
    /// JSON: their ids. None where a version before wrote it: any role of the name is the one.
    pub role_ids: Option<String>,
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

impl Model {
    /// Whether this role is promised, and not another one that had its name.
    pub(crate) fn promises(&self, role: Uuid) -> bool {
        is_promised(self.role_ids.as_deref(), role)
    }
}

/// Whether a role is among these, which are JSON. Without any it is known by its name alone.
pub(super) fn is_promised(role_ids: Option<&str>, role: Uuid) -> bool {
    let Some(ids) = role_ids else { return true };
    serde_json::from_str::<Vec<Uuid>>(ids).is_ok_and(|ids| ids.contains(&role))
}

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
