//! The `organisation_invitations` table: who is invited to which organisation and has not answered yet.

use super::invitations::promising;
use super::{organisations, roles};
use chrono::{DateTime, Utc};
use orion_contracts::organisations::OrganisationInvitation;
use orion_contracts::{Email, OrganisationId, OrganisationInvitationId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub user_id: Uuid,
    /// As it was invited; theirs may be another one by now.
    pub email: String,
    /// JSON: names of roles.
    pub roles: String,
    /// JSON: their ids. None where a version before wrote it: any role of the name is the one.
    pub role_ids: Option<String>,
    pub invited_by: Uuid,
    /// The link that was mailed with it, to who had no password yet.
    pub verification_id: Option<Uuid>,
    pub sent_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::organisations::Entity",
        from = "Column::OrganisationId",
        to = "super::organisations::Column::Id"
    )]
    Organisation,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Names of the roles that are promised.
    pub(crate) fn promised(&self) -> Vec<String> {
        serde_json::from_str(&self.roles).unwrap_or_default()
    }

    /// Whether this role is promised, and not another one that had its name.
    pub(crate) fn promises(&self, role: Uuid) -> bool {
        super::invitations::is_promised(self.role_ids.as_deref(), role)
    }
}

/// One with what it is about.
#[derive(FromQueryResult)]
struct Shown {
    id: Uuid,
    organisation_id: Uuid,
    organisation_name: String,
    email: String,
    roles: String,
    invited_by: Uuid,
    sent_at: DateTimeUtc,
    expires_at: DateTimeUtc,
}

impl From<Shown> for OrganisationInvitation {
    fn from(row: Shown) -> Self {
        Self {
            id: OrganisationInvitationId(row.id),
            organisation_id: OrganisationId(row.organisation_id),
            organisation_name: row.organisation_name,
            email: Email::stored(row.email),
            roles: serde_json::from_str(&row.roles).unwrap_or_default(),
            invited_by: UserId(row.invited_by),
            sent_at: row.sent_at,
            expires_at: row.expires_at,
        }
    }
}

fn shown() -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::OrganisationId, Column::Email, Column::Roles, Column::InvitedBy])
        .columns([Column::SentAt, Column::ExpiresAt])
        .column_as(organisations::Column::Name, "organisation_name")
        .join(JoinType::InnerJoin, Relation::Organisation.def())
        .filter(organisations::Column::DeletedAt.is_null())
        .order_by_desc(Column::Id)
}

/// The invitations of an organisation, the newest first, before this one; those that ran out as well.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    before: Option<OrganisationInvitationId>,
    limit: u64,
) -> Result<Vec<OrganisationInvitation>, DbError> {
    let mut found = shown().filter(Column::OrganisationId.eq(organisation.0));
    if let Some(before) = before {
        found = found.filter(Column::Id.lt(before.0));
    }
    let found: Vec<Shown> = found.limit(limit).into_model().all(db).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Those of somebody that can still be accepted, the newest first.
pub(crate) async fn of_user(
    db: &impl ConnectionTrait,
    user: UserId,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<OrganisationInvitation>, DbError> {
    let found = shown().filter(Column::UserId.eq(user.0)).filter(Column::ExpiresAt.gt(now));
    let found: Vec<Shown> = found.limit(limit).into_model().all(db).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// One of them.
pub(crate) async fn find(db: &impl ConnectionTrait, id: OrganisationInvitationId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).one(db).await?)
}

/// That of somebody to an organisation.
pub(crate) async fn to(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Option<Model>, DbError> {
    let found = Entity::find().filter(Column::OrganisationId.eq(organisation.0)).filter(Column::UserId.eq(user.0));
    Ok(found.one(db).await?)
}

/// How many of an organisation can still be accepted.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let waiting = Entity::find().filter(Column::OrganisationId.eq(organisation.0)).filter(Column::ExpiresAt.gt(now));
    Ok(waiting.count(db).await?)
}

/// The ids of those, of whatever organisation, that promise a role and can be accepted.
pub(super) fn promising_role(role: &roles::Model, now: DateTime<Utc>) -> Select<Entity> {
    let found = Entity::find().select_only().column(Column::Id).filter(Column::ExpiresAt.gt(now));
    found.filter(promising(Column::RoleIds, Column::Roles, role))
}

/// All of somebody.
pub(crate) async fn rows_of(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user.0)).all(db).await?)
}

/// Inserts one.
pub(crate) async fn insert(db: &impl ConnectionTrait, invitation: &Model) -> Result<(), DbError> {
    Entity::insert(invitation.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one whose organisation is locked; whether it was still there. Who comes by a link takes it without that lock.
pub(crate) async fn update(db: &impl ConnectionTrait, invitation: &Model) -> Result<bool, DbError> {
    let row = invitation.clone().into_active_model().reset_all();
    let written = Entity::update_many().set(row).filter(Column::Id.eq(invitation.id)).exec(db).await?;
    Ok(written.rows_affected == 1)
}

/// Removes one, which was answered or withdrawn; whether it was still there.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbError> {
    Ok(Entity::delete_by_id(id).exec(db).await?.rows_affected == 1)
}

/// Removes that of somebody who has joined: what was to be answered is no more.
pub(crate) async fn delete_to(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<(), DbError> {
    let to = Column::UserId.eq(user.0);
    Entity::delete_many().filter(Column::OrganisationId.eq(organisation.0)).filter(to).exec(db).await?;
    Ok(())
}

/// Removes that of somebody who was removed, and those that they sent: what was to be answered is no more.
pub(crate) async fn delete_with(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<(), DbError> {
    let theirs = Column::UserId.eq(user.0).or(Column::InvitedBy.eq(user.0));
    Entity::delete_many().filter(Column::OrganisationId.eq(organisation.0)).filter(theirs).exec(db).await?;
    Ok(())
}

/// Removes all of an organisation.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::OrganisationId.eq(organisation.0)).exec(db).await?;
    Ok(())
}
