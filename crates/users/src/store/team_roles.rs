//! What members of teams hold for these (`user_narrow_roles`). What stands there of somebody who is not in the team counts for nothing.

use super::narrow_roles::{Column, Entity, Relation};
use super::{roles, teams};
use chrono::{DateTime, Utc};
use orion_contracts::organisations::MemberRole;
use orion_contracts::teams::MOST_TEAM_ROLES;
use orion_contracts::{OrganisationId, TeamId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::Serialize;
use std::collections::HashMap;

/// Whether the user of the row around is in its team, since before they were given the role: a version that knows no such roles leaves
/// them to who was taken out, and nothing of an earlier time holds again for who comes back.
pub(super) fn is_in() -> SelectStatement {
    use teams::members::{Column as Member, Entity as Members};
    Query::select()
        .expr(Expr::value(1))
        .from(Members)
        .and_where(Expr::col((Members, Member::TeamId)).equals((Entity, Column::TeamId)))
        .and_where(Expr::col((Members, Member::UserId)).equals((Entity, Column::UserId)))
        .and_where(Expr::col((Members, Member::AddedAt)).lte(Expr::col((Entity, Column::AssignedAt))))
        .to_owned()
}

/// What is held for teams by who is in them. What has ended is not.
fn held(now: DateTime<Utc>) -> Select<Entity> {
    Entity::find().filter(lasts(now)).filter(Expr::exists(is_in()))
}

fn lasts(now: DateTime<Utc>) -> Expr {
    Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now))
}

/// How many roles are held for a team.
pub(crate) async fn count(db: &impl ConnectionTrait, team: TeamId, now: DateTime<Utc>) -> Result<u64, DbError> {
    Ok(held(now).filter(Column::TeamId.eq(team.0)).count(db).await?)
}

/// How many roles somebody holds for teams of an organisation.
pub(crate) async fn count_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let held = held(now)
        .join(JoinType::InnerJoin, Relation::Team.def())
        .filter(teams::Column::OrganisationId.eq(organisation.0))
        .filter(Column::UserId.eq(user.0));
    Ok(held.count(db).await?)
}

/// Whose a row is.
#[derive(FromQueryResult)]
struct HolderId {
    user_id: Uuid,
}

/// Who holds roles for a team, in the order of their ids.
pub(crate) async fn holders(
    db: &impl ConnectionTrait,
    team: TeamId,
    now: DateTime<Utc>,
) -> Result<Vec<UserId>, DbError> {
    let held: Vec<HolderId> = held(now)
        .select_only()
        .column(Column::UserId)
        .distinct()
        .filter(Column::TeamId.eq(team.0))
        .order_by_asc(Column::UserId)
        .into_model()
        .all(db)
        .await?;
    Ok(held.into_iter().map(|held| UserId(held.user_id)).collect())
}

/// A role that somebody holds for a team, as it is told of who loses it.
#[derive(FromQueryResult, Serialize)]
pub(crate) struct Lost {
    user_id: Uuid,
    pub(crate) role: String,
    expires_at: Option<DateTimeUtc>,
}

/// What is held for a team, by everybody in it or by one of them.
pub(crate) async fn of_team(
    db: &impl ConnectionTrait,
    team: TeamId,
    user: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<Lost>, DbError> {
    let mut held = held(now)
        .select_only()
        .columns([Column::UserId, Column::ExpiresAt])
        .column_as(roles::Column::Name, "role")
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(Column::TeamId.eq(team.0));
    if let Some(user) = user {
        held = held.filter(Column::UserId.eq(user.0));
    }
    let held = held.order_by_asc(Column::UserId).order_by_asc(roles::Column::Name);
    Ok(held.limit(MOST_TEAM_ROLES).into_model().all(db).await?)
}

#[derive(FromQueryResult)]
struct Named {
    user_id: Uuid,
    name: String,
    team_id: Uuid,
    team_name: String,
    expires_at: Option<DateTimeUtc>,
}

/// What each of the users holds for teams of an organisation, by role and team.
pub(super) async fn inside(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Vec<MemberRole>>, DbError> {
    let held: Vec<Named> = Entity::find()
        .select_only()
        .columns([Column::UserId, Column::TeamId, Column::ExpiresAt])
        .column(roles::Column::Name)
        .column_as(teams::Column::Name, "team_name")
        .join(JoinType::InnerJoin, Relation::Role.def())
        .join(JoinType::InnerJoin, Relation::Team.def())
        .filter(teams::Column::OrganisationId.eq(organisation.0))
        .filter(Column::UserId.is_in(users.iter().copied()))
        .filter(Expr::exists(is_in()))
        .order_by_asc(roles::Column::Name)
        .order_by_asc(teams::Column::NameKey)
        .into_model()
        .all(db)
        .await?;
    Ok(held.into_iter().fold(HashMap::new(), |mut inside: HashMap<_, Vec<_>>, held| {
        inside.entry(held.user_id).or_default().push(MemberRole {
            role: held.name,
            team_id: Some(TeamId(held.team_id)),
            team_name: Some(held.team_name),
            expires_at: held.expires_at,
        });
        inside
    }))
}

/// The level of a role that is held for a team, and until when it is.
#[derive(FromQueryResult)]
pub(crate) struct Level {
    pub(crate) level: i64,
    pub(crate) expires_at: Option<DateTimeUtc>,
}

fn in_force(now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(roles::Column::Level)
        .column(Column::ExpiresAt)
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(lasts(now))
        .filter(roles::Column::IsActive.eq(true))
}

/// The levels that somebody holds for a team that they are in; of everybody in it when nobody is named.
pub(crate) async fn levels(
    db: &impl ConnectionTrait,
    team: TeamId,
    user: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<Vec<Level>, DbError> {
    let mut held = in_force(now).filter(Column::TeamId.eq(team.0)).filter(Expr::exists(is_in()));
    if let Some(user) = user {
        held = held.filter(Column::UserId.eq(user.0));
    }
    Ok(held.into_model().all(db).await?)
}

/// The highest of them; 0 for none.
pub(crate) async fn level(
    db: &impl ConnectionTrait,
    team: TeamId,
    user: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let held = levels(db, team, user, now).await?;
    Ok(held.into_iter().map(|held| held.level).max().unwrap_or_default())
}

/// The highest level that somebody holds for whichever team of an organisation; 0 for none.
pub(crate) async fn level_inside(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let held: Vec<Level> = in_force(now)
        .join(JoinType::InnerJoin, Relation::Team.def())
        .filter(teams::Column::OrganisationId.eq(organisation.0))
        .filter(Column::UserId.eq(user.0))
        .filter(Expr::exists(is_in()))
        .into_model()
        .all(db)
        .await?;
    Ok(held.into_iter().map(|held| held.level).max().unwrap_or_default())
}

/// Takes all that somebody holds for a team; whether they held anything.
pub(crate) async fn delete(db: &impl ConnectionTrait, team: TeamId, user: UserId) -> Result<bool, DbError> {
    let held = Entity::delete_many().filter(Column::TeamId.eq(team.0)).filter(Column::UserId.eq(user.0));
    Ok(held.exec(db).await?.rows_affected > 0)
}

/// Takes all that somebody holds for teams of an organisation.
pub(crate) async fn delete_inside(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::TeamId.in_subquery(teams::ids_of(organisation)))
        .exec(db)
        .await?;
    Ok(())
}
