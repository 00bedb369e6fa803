//! The `ended_organisation_invitations` table: what became of invitations to organisations that are none any more.

use orion_contracts::OrganisationInvitationId;
use orion_contracts::organisations::OrganisationInvitationStatus;
use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ended_organisation_invitations")]
pub struct Model {
    /// That of the invitation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisation_id: Uuid,
    /// Who was invited.
    pub user_id: Uuid,
    /// What the organisation was called at that moment.
    pub organisation_name: String,
    pub status: String,
    pub answered_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What became of it; none where a newer version knows a word more.
    pub(crate) fn status(&self) -> Option<OrganisationInvitationStatus> {
        self.status.parse().ok()
    }
}

/// One of them.
pub(crate) async fn find(db: &impl ConnectionTrait, id: OrganisationInvitationId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).one(db).await?)
}

/// Notes what became of one, which was there until now.
pub(crate) async fn insert(db: &impl ConnectionTrait, answered: Model) -> Result<(), DbError> {
    Entity::insert(answered.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}
