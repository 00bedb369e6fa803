//! The `user_roles` table: who holds which role.

use super::{conditional_roles, narrow_roles, roles};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::users::{HeldRole, UserStatus};
use orion_contracts::{Email, OrganisationId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    /// Only inside this organisation; everywhere when absent.
    pub organisation_id: Option<Uuid>,
    pub assigned_by: Option<Uuid>,
    pub assigned_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::roles::Entity", from = "Column::RoleId", to = "super::roles::Column::Id")]
    Role,
    #[sea_orm(belongs_to = "super::users::Entity", from = "Column::UserId", to = "super::users::Column::Id")]
    User,
}

impl ActiveModelBehavior for ActiveModel {}

/// Held everywhere and not expired.
fn in_force(now: DateTime<Utc>) -> Expr {
    Column::OrganisationId.is_null().and(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)))
}

/// A role that a user holds.
#[derive(FromQueryResult)]
struct Named {
    user_id: Uuid,
    name: String,
}

/// Names of the roles that each of the users holds everywhere, by name.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    users: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<String>>, DbError> {
    let rows: Vec<Named> = Entity::find()
        .select_only()
        .column(Column::UserId)
        .column(roles::Column::Name)
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(Column::UserId.is_in(users.iter().copied()))
        .filter(in_force(now))
        .filter(ExprTrait::not(is_told_to_end(now)))
        .filter(roles::Column::IsActive.eq(true))
        .order_by_asc(roles::Column::Name)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().fold(HashMap::new(), |mut names: HashMap<_, Vec<_>>, held| {
        names.entry(held.user_id).or_default().push(held.name);
        names
    }))
}

/// A role that somebody holds, with what it is called.
#[derive(FromQueryResult)]
struct OfUser {
    name: String,
    display_name: String,
    organisation_id: Option<Uuid>,
    assigned_by: Option<Uuid>,
    assigned_at: DateTimeUtc,
    expires_at: Option<DateTimeUtc>,
}

/// The roles that a user holds without a condition, by name, wherever and also when they have expired.
pub(crate) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<HeldRole>, DbError> {
    let held: Vec<OfUser> = Entity::find()
        .select_only()
        .columns([Column::OrganisationId, Column::AssignedBy, Column::AssignedAt, Column::ExpiresAt])
        .columns([roles::Column::Name, roles::Column::DisplayName])
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(Column::UserId.eq(user.0))
        .order_by_asc(roles::Column::Name)
        .order_by_asc(Column::OrganisationId)
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
        condition: None,
        assigned_by: held.assigned_by.map(UserId),
        assigned_at: held.assigned_at,
    });
    Ok(shown.collect())
}

/// Ids of the users who hold a role everywhere.
pub(super) fn holders(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .column(Column::UserId)
        .from(Entity)
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// Whether the user of the query around holds a role everywhere.
pub(super) fn holds(role: Uuid, now: DateTime<Utc>) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((super::users::Entity, super::users::Column::Id)))
        .and_where(Column::RoleId.eq(role))
        .and_where(in_force(now))
        .to_owned()
}

/// The highest level among the roles that the user certainly holds everywhere; 0 for none.
pub(crate) async fn level(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<i64, DbError> {
    let held = Entity::find().join(JoinType::InnerJoin, Relation::Role.def()).filter(Column::UserId.eq(user.0));
    roles::highest_level(db, held.filter(in_force(now))).await
}

/// Until when the user holds a role of at least this level everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// They hold none.
    Never,
    /// Until then.
    Until(DateTime<Utc>),
    /// For good.
    ForGood,
}

/// When a role ends.
#[derive(FromQueryResult)]
struct Ending {
    expires_at: Option<DateTimeUtc>,
}

/// For how long the user will certainly hold some role of at least this level everywhere.
pub(crate) async fn held(
    db: &impl ConnectionTrait,
    user: UserId,
    level: i64,
    now: DateTime<Utc>,
) -> Result<Held, DbError> {
    let endings: Vec<Ending> = Entity::find()
        .select_only()
        .column(Column::ExpiresAt)
        .join(JoinType::InnerJoin, Relation::Role.def())
        .filter(Column::UserId.eq(user.0))
        .filter(in_force(now))
        .filter(roles::Column::IsActive.eq(true))
        .filter(roles::Column::Level.gte(level))
        .into_model()
        .all(db)
        .await?;
    if endings.iter().any(|ending| ending.expires_at.is_none()) {
        return Ok(Held::ForGood);
    }
    Ok(endings.into_iter().filter_map(|ending| ending.expires_at).max().map_or(Held::Never, Held::Until))
}

/// What a user holds of a role, everywhere and without a condition.
pub(crate) async fn find(db: &impl ConnectionTrait, user: UserId, role: Uuid) -> Result<Option<Model>, DbError> {
    let held = Column::UserId.eq(user.0).and(Column::RoleId.eq(role)).and(Column::OrganisationId.is_null());
    Ok(Entity::find().filter(held).one(db).await?)
}

/// How many active users other than this one hold the role everywhere and for good.
pub(crate) async fn lasting_holders_beside(
    db: &impl ConnectionTrait,
    user: UserId,
    role: Uuid,
) -> Result<u64, DbError> {
    let holders = Entity::find()
        .join(JoinType::InnerJoin, Relation::User.def())
        .filter(Column::RoleId.eq(role))
        .filter(Column::UserId.ne(user.0))
        .filter(Column::OrganisationId.is_null())
        .filter(Column::ExpiresAt.is_null())
        .filter(super::users::Column::Status.eq(UserStatus::Active.as_str()))
        .filter(super::users::Column::IsServiceAccount.eq(false));
    Ok(holders.count(db).await?)
}

/// Somebody who holds a role.
#[derive(FromQueryResult)]
pub(crate) struct Holder {
    /// Their id.
    pub(crate) id: Uuid,
    /// Their address.
    pub(crate) email: String,
}

/// Active users who hold the role everywhere at the moment, all or the one with an address.
pub(crate) async fn active_holders(
    db: &impl ConnectionTrait,
    role: &str,
    email: Option<&Email>,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Holder>, DbError> {
    let users = super::users::Column::Email;
    let mut holders = Entity::find()
        .select_only()
        .column(super::users::Column::Id)
        .column(users)
        .join(JoinType::InnerJoin, Relation::Role.def())
        .join(JoinType::InnerJoin, Relation::User.def())
        .filter(roles::Column::Name.eq(role))
        .filter(in_force(now))
        .filter(super::users::Column::Status.eq(UserStatus::Active.as_str()))
        .filter(super::users::Column::IsServiceAccount.eq(false));
    if let Some(email) = email {
        holders = holders.filter(users.eq(email.as_str()));
    }
    Ok(holders.order_by_asc(users).limit(limit).into_model().all(db).await?)
}

/// How many people hold one of the roles at the moment, wherever and under whatever condition; as many as are counted may be more.
pub(crate) async fn count_holders(
    db: &impl ConnectionTrait,
    held: &[Uuid],
    now: DateTime<Utc>,
    most: u32,
) -> Result<u32, DbError> {
    let certain = Entity::find()
        .filter(Column::RoleId.is_in(held.iter().copied()))
        .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now)));
    let mut holders = roles::holders(db, certain, Column::UserId, most).await?;
    holders.extend(conditional_roles::holder_ids(db, held, now, most).await?);
    holders.extend(narrow_roles::holder_ids(db, held, now, most).await?);
    Ok(u32::try_from(holders.len()).map_or(most, |holders| std::cmp::min(holders, most)))
}

/// Gives roles.
pub(crate) async fn insert(db: &impl ConnectionTrait, given: Vec<Model>) -> Result<(), DbError> {
    if !given.is_empty() {
        let rows = given.into_iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Which end of a role others have been told of. It stands in no [`Model`]: whoever gives a role or prolongs it has told nothing yet.
const TOLD_END: &str = "told_end";

/// That a role has an end of which nobody was told. The index of them, `user_roles_untold`, has this condition word for word.
fn untold() -> Expr {
    let (told, end) = (|| Expr::col(TOLD_END), || Expr::col(Column::ExpiresAt));
    end().is_not_null().and(told().is_null().or(told().ne(end())))
}

/// How far the clocks of processes are apart.
const APART: TimeDelta = TimeDelta::minutes(1);

/// That others were told that it ends about now: one whose clock is behind, or that has waited since before the end, does not name it again.
fn is_told_to_end(now: DateTime<Utc>) -> Expr {
    let (told, end) = (|| Expr::col((Entity, TOLD_END)), || Expr::col((Entity, Column::ExpiresAt)));
    told().is_not_null().and(end().is_not_null()).and(told().eq(end())).and(told().lte(now + APART))
}

/// Roles that have ended, of which others were not told, those that ended first first.
pub(crate) async fn ended_untold(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let ended = Entity::find().filter(untold()).filter(Column::ExpiresAt.lte(now));
    Ok(ended.order_by_asc(Column::ExpiresAt).order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// Notes that others are told of this end, with a change that holds the user; whether it still was one that they had to be told of.
pub(crate) async fn note_told(db: &impl ConnectionTrait, ended: &Model) -> Result<bool, DbError> {
    let noted = Entity::update_many()
        .col_expr(TOLD_END, Expr::col(Column::ExpiresAt))
        .filter(Column::Id.eq(ended.id))
        .filter(Column::ExpiresAt.eq(ended.expires_at))
        .filter(untold());
    Ok(noted.exec(db).await?.rows_affected == 1)
}

/// Changes until when a role is held.
pub(crate) async fn set_expiry(
    db: &impl ConnectionTrait,
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(TOLD_END, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a role.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Takes a role by its name, wherever it is held.
pub(crate) async fn delete_by_name(db: &impl ConnectionTrait, user: UserId, name: &str) -> Result<(), DbError> {
    let named = sea_orm::sea_query::Query::select()
        .column(roles::Column::Id)
        .from(roles::Entity)
        .and_where(roles::Column::Name.eq(name))
        .to_owned();
    Entity::delete_many().filter(Column::UserId.eq(user.0)).filter(Column::RoleId.in_subquery(named)).exec(db).await?;
    Ok(())
}
