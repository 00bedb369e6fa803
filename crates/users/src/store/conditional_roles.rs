//! The `user_conditional_roles` table: who holds which role only while a condition holds. What is not certain counts for nobody's
//! standing but as something to be protected by, so nothing of it is read along with `user_roles`.

use super::roles;
use chrono::{DateTime, Utc};
use orion_contracts::users::{ConditionalRoleGrant, HeldRole};
use orion_contracts::{OrganisationId, RoleId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_conditional_roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    /// Only inside this organisation; everywhere when absent.
    pub organisation_id: Option<Uuid>,
    pub condition: String,
    pub assigned_by: Option<Uuid>,
    pub assigned_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::roles::Entity", from = "Column::RoleId", to = "super::roles::Column::Id")]
    Role,
}

impl ActiveModelBehavior for ActiveModel {}

/// Held everywhere and not expired, whatever the condition says.
fn in_force(now: DateTime<Utc>) -> Expr {
    Column::OrganisationId.is_null().and(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
}

/// All that a user holds so, expired or not, as every process holds it.
pub(crate) async fn grants(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<ConditionalRoleGrant>, DbError> {
    let held = Entity::find().filter(Column::UserId.eq(user.0)).order_by_asc(Column::Id).all(db).await?;
    let grant = |held: Model| ConditionalRoleGrant {
        role_id: RoleId(held.role_id),
        organisation_id: held.organisation_id.map(OrganisationId),
        expires_at: held.expires_at,
        condition: held.condition,
    };
    Ok(held.into_iter().map(grant).collect())
}

/// A role that somebody holds so, with what it is called.
#[derive(FromQueryResult)]
struct OfUser {
    name: String,
    display_name: String,
    organisation_id: Option<Uuid>,
    condition: String,
    assigned_by: Option<Uuid>,
    assigned_at: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
}

/// The same as it is shown.
pub(crate) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<HeldRole>, DbError> {
    let held: Vec<OfUser> = Entity::find()
        .select_only()
        .columns([Column::OrganisationId, Column::Condition, Column::AssignedBy, Column::AssignedAt, Column::ExpiresAt])
        .columns([roles::Column::Name, roles::Column::DisplayName])
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(Column::UserId.eq(user.0))
        .into_model()
        .all(db)
        .await?;
    let shown = held.into_iter().map(|held| HeldRole {
        role: held.name,
        display_name: held.display_name,
        organisation_id: held.organisation_id.map(OrganisationId),
        team_id: None,
        team_name: None,
        own_only: false,
        expires_at: held.expires_at,
        condition: Some(held.condition),
        assigned_by: held.assigned_by.map(UserId),
        assigned_at: held.assigned_at,
    });
    Ok(shown.collect())
}

/// The highest level among them that are held everywhere, as if each condition held; 0 for none.
pub(crate) async fn level(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<i64, DbError> {
    let held = Entity::find().join(JoinType::InnerJoin, Relation::Role.def()).filter(Column::UserId.eq(user.0));
    roles::highest_level(db, held.filter(in_force(now))).await
}

/// What a user holds of a role so, everywhere.
pub(crate) async fn find(db: &impl ConnectionTrait, user: UserId, role: Uuid) -> Result<Option<Model>, DbError> {
    let held = Column::UserId.eq(user.0).and(Column::RoleId.eq(role)).and(Column::OrganisationId.is_null());
    Ok(Entity::find().filter(held).one(db).await?)
}

/// Ids of the users who hold a role so everywhere.
pub(super) fn holders(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// Whether the user of the query around holds a role so everywhere.
pub(super) fn holds(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((super::users::Entity, super::users::Column::Id)))
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// Up to so many of those who hold one of the roles so at the moment, wherever.
pub(super) async fn holder_ids(
    db: &impl ConnectionTrait,
    held: &[Uuid],
    now: DateTime<Utc>,
    most: u32,
) -> Result<HashSet<Uuid>, DbError> {
    let held = Entity::find()
        .filter(Column::RoleId.is_in(held.iter().copied()))
        .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)));
    roles::holders(db, held, Column::UserId, most).await
}

/// Gives a role so.
pub(crate) async fn insert(db: &impl ConnectionTrait, given: Model) -> Result<(), DbError> {
    Entity::insert(given.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Takes a role that is held so.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}
