//! The `user_narrow_roles` table: who holds which role for what is their own (scope `user`). They count for nobody's standing but as
//! something to be protected by, so nothing of them is read along with `user_roles`. Those of teams are in `team_roles.rs`.

use super::{roles, team_roles, teams};
use chrono::{DateTime, Utc};
use orion_contracts::users::{HeldRole, NarrowRoleGrant, Within};
use orion_contracts::{OrganisationId, RoleId, TeamId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_narrow_roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    /// For what is this team's; for what is the user's own when absent.
    pub team_id: Option<Uuid>,
    pub assigned_by: Option<Uuid>,
    pub assigned_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::roles::Entity", from = "Column::RoleId", to = "super::roles::Column::Id")]
    Role,
    #[sea_orm(belongs_to = "super::teams::Entity", from = "Column::TeamId", to = "super::teams::Column::Id")]
    Team,
}

impl ActiveModelBehavior for ActiveModel {}

/// Held for one's own and not expired.
fn in_force(now: DateTime<Utc>) -> Expr {
    Column::TeamId.is_null().and(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
}

/// A role held so, and of whom the team is.
#[derive(FromQueryResult)]
struct Grant {
    role_id: Uuid,
    team_id: Option<Uuid>,
    organisation_id: Option<Uuid>,
    expires_at: Option<DateTimeUtc>,
}

/// All that a user holds so, expired or not, as every process holds it: for a team while they are in it.
pub(crate) async fn grants(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<NarrowRoleGrant>, DbError> {
    let held: Vec<Grant> = Entity::find()
        .select_only()
        .columns([Column::RoleId, Column::TeamId, Column::ExpiresAt])
        .column(teams::Column::OrganisationId)
        .join(JoinType::LeftJoin, Relation::Team.def())
        .filter(Column::UserId.eq(user.0))
        .filter(Column::TeamId.is_null().or(Expr::exists(team_roles::is_in())))
        .order_by_asc(Column::Id)
        .into_model()
        .all(db)
        .await?;
    let grant = |held: Grant| {
        let within = match (held.organisation_id, held.team_id) {
            (Some(organisation), Some(team)) => {
                Within::Team { organisation_id: OrganisationId(organisation), team_id: TeamId(team) }
            }
            (None, None) => Within::Own,
            // A team that is not there: it holds for nothing.
            _ => return None,
        };
        Some(NarrowRoleGrant { role_id: RoleId(held.role_id), within, expires_at: held.expires_at })
    };
    Ok(held.into_iter().filter_map(grant).collect())
}

/// A role that somebody holds so, with what it and the team are called.
#[derive(FromQueryResult)]
struct OfUser {
    name: String,
    display_name: String,
    team_id: Option<Uuid>,
    team_name: Option<String>,
    organisation_id: Option<Uuid>,
    assigned_by: Option<Uuid>,
    assigned_at: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
}

/// The same as it is shown.
pub(crate) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<HeldRole>, DbError> {
    let held: Vec<OfUser> = Entity::find()
        .select_only()
        .columns([Column::TeamId, Column::AssignedBy, Column::AssignedAt, Column::ExpiresAt])
        .columns([roles::Column::Name, roles::Column::DisplayName])
        .column(teams::Column::OrganisationId)
        .column_as(teams::Column::Name, "team_name")
        .join(JoinType::InnerJoin, Relation::Role.def())
        .join(JoinType::LeftJoin, Relation::Team.def())
        .filter(Column::UserId.eq(user.0))
        .filter(Column::TeamId.is_null().or(Expr::exists(team_roles::is_in())))
        .into_model()
        .all(db)
        .await?;
    let shown = held.into_iter().map(|held| HeldRole {
        role: held.name,
        display_name: held.display_name,
        organisation_id: held.organisation_id.map(OrganisationId),
        own_only: held.team_id.is_none(),
        team_id: held.team_id.map(TeamId),
        team_name: held.team_name,
        expires_at: held.expires_at,
        condition: None,
        assigned_by: held.assigned_by.map(UserId),
        assigned_at: held.assigned_at,
    });
    Ok(shown.collect())
}

/// The highest level among those that a user holds for what is their own; 0 for none.
pub(crate) async fn level(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<i64, DbError> {
    let held = Entity::find().join(JoinType::InnerJoin, Relation::Role.def()).filter(Column::UserId.eq(user.0));
    roles::highest_level(db, held.filter(in_force(now))).await
}

/// What a user holds of a role for a team, or for what is their own.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
    role: Uuid,
    team: Option<TeamId>,
) -> Result<Option<Model>, DbError> {
    let held = Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::RoleId.eq(role));
    let held = match team {
        Some(team) => held.filter(Column::TeamId.eq(team.0)),
        None => held.filter(Column::TeamId.is_null()),
    };
    Ok(held.one(db).await?)
}

/// Ids of the users who hold a role for what is their own.
pub(super) fn holders(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// Whether the user of the query around holds a role for what is their own.
pub(super) fn holds(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((super::users::Entity, super::users::Column::Id)))
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// Up to so many of those who hold one of the roles so at the moment, for whichever team they are in.
pub(super) async fn holder_ids(
    db: &impl ConnectionTrait,
    held: &[Uuid],
    now: DateTime<Utc>,
    most: u32,
) -> Result<HashSet<Uuid>, DbError> {
    let held = Entity::find()
        .filter(Column::RoleId.is_in(held.iter().copied()))
        .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
        .filter(Column::TeamId.is_null().or(Expr::exists(team_roles::is_in())));
    roles::holders(db, held, Column::UserId, most).await
}

/// Gives a role so.
pub(crate) async fn insert(db: &impl ConnectionTrait, given: Model) -> Result<(), DbError> {
    Entity::insert(given.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Changes until when a role is held so.
pub(crate) async fn set_expiry(
    db: &impl ConnectionTrait,
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a role that is held so.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}
