//! The `organisation_members` table, and what members hold inside (`user_roles`).

use super::team_roles::{self, Level};
use super::user_roles::{self, Held};
use super::{organisations, roles, users};
use chrono::{DateTime, Utc};
use orion_contracts::organisations::{MOST_MEMBERSHIPS, MemberRole, OrganisationMember};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, OrganisationId, TeamId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{DbErr, ExprTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// None of whoever made it.
    pub invited_by: Option<Uuid>,
    pub joined_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::users::Entity", from = "Column::UserId", to = "super::users::Column::Id")]
    User,
    #[sea_orm(
        belongs_to = "super::organisations::Entity",
        from = "Column::OrganisationId",
        to = "super::organisations::Column::Id"
    )]
    Organisation,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whether and since when somebody is a member.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id((organisation.0, user.0)).one(db).await?)
}

/// What somebody is a member of and was not deleted.
pub(crate) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Model>, DbError> {
    let found = Entity::find()
        .join(JoinType::InnerJoin, Relation::Organisation.def())
        .filter(Column::UserId.eq(user.0))
        .filter(organisations::Column::DeletedAt.is_null());
    Ok(found.order_by_asc(Column::OrganisationId).all(db).await?)
}

/// How many organisations somebody is a member of.
pub(crate) async fn count_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::UserId.eq(user.0)).count(db).await?)
}

/// Ids of the members of an organisation.
pub(super) fn of(organisation: Uuid) -> SelectStatement {
    Query::select().column(Column::UserId).from(Entity).and_where(Column::OrganisationId.eq(organisation)).to_owned()
}

/// Whether the user of the query around is a member of an organisation.
pub(super) fn is_of(organisation: Uuid) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).equals((users::Entity, users::Column::Id)))
        .and_where(Column::OrganisationId.eq(organisation))
        .to_owned()
}

/// Inserts a membership.
pub(crate) async fn insert(db: &impl ConnectionTrait, member: Model) -> Result<(), DbError> {
    Entity::insert(member.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Removes a membership.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<(), DbError> {
    Entity::delete_by_id((organisation.0, user.0)).exec(db).await?;
    Ok(())
}

/// A member as listed.
#[derive(FromQueryResult)]
struct Listed {
    user_id: Uuid,
    joined_at: DateTimeUtc,
    email: String,
    display_name: Option<String>,
    status: String,
    is_service_account: bool,
}

/// The members of an organisation with what they hold inside, in the order of their ids, after this one.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    only: Option<UserId>,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<OrganisationMember>, DbError> {
    let mut found = Entity::find()
        .select_only()
        .columns([Column::UserId, Column::JoinedAt])
        .columns([users::Column::Email, users::Column::DisplayName, users::Column::Status])
        .column(users::Column::IsServiceAccount)
        .join(JoinType::InnerJoin, Relation::User.def())
        .filter(Column::OrganisationId.eq(organisation.0));
    if let Some(user) = only {
        found = found.filter(Column::UserId.eq(user.0));
    }
    if let Some(after) = after {
        found = found.filter(Column::UserId.gt(after.0));
    }
    let found: Vec<Listed> = found.order_by_asc(Column::UserId).limit(limit).into_model().all(db).await?;
    let ids: Vec<_> = found.iter().map(|member| member.user_id).collect();
    let mut held = roles_inside(db, organisation, &ids).await?;
    for (user, of_teams) in team_roles::inside(db, organisation, &ids).await? {
        held.entry(user).or_default().extend(of_teams);
    }
    let shown = found.into_iter().map(|member| {
        let status: UserStatus = member.status.parse().map_err(DbErr::Type)?;
        Ok(OrganisationMember {
            user_id: UserId(member.user_id),
            email: Email::stored(member.email),
            display_name: member.display_name,
            status,
            is_service_account: member.is_service_account,
            roles: held.remove(&member.user_id).unwrap_or_default(),
            joined_at: member.joined_at,
        })
    });
    Ok(shown.collect::<Result<_, DbErr>>()?)
}

/// The ids of members, in their order, after this one.
pub(crate) async fn ids(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let found = Entity::find().filter(Column::OrganisationId.eq(organisation.0)).order_by_asc(Column::UserId);
    Ok(found.limit(limit).all(db).await?.into_iter().map(|member| UserId(member.user_id)).collect())
}

#[derive(FromQueryResult)]
struct Named {
    user_id: Uuid,
    name: String,
    expires_at: Option<DateTimeUtc>,
}

async fn roles_inside(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Vec<MemberRole>>, DbError> {
    let held: Vec<Named> = user_roles::Entity::find()
        .select_only()
        .columns([user_roles::Column::UserId, user_roles::Column::ExpiresAt])
        .column(roles::Column::Name)
        .join(JoinType::InnerJoin, user_roles::Relation::Role.def())
        .filter(user_roles::Column::OrganisationId.eq(organisation.0))
        .filter(user_roles::Column::UserId.is_in(users.iter().copied()))
        .order_by_asc(roles::Column::Name)
        .into_model()
        .all(db)
        .await?;
    Ok(held.into_iter().fold(HashMap::new(), |mut inside: HashMap<_, Vec<_>>, held| {
        let role = MemberRole { role: held.name, team_id: None, team_name: None, expires_at: held.expires_at };
        inside.entry(held.user_id).or_default().push(role);
        inside
    }))
}

/// What a user holds of a role inside.
pub(crate) async fn held_role(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
    role: Uuid,
) -> Result<Option<user_roles::Model>, DbError> {
    let held = user_roles::Entity::find()
        .filter(user_roles::Column::UserId.eq(user.0))
        .filter(user_roles::Column::RoleId.eq(role))
        .filter(user_roles::Column::OrganisationId.eq(organisation.0));
    Ok(held.one(db).await?)
}

/// Takes all that a user holds inside.
pub(crate) async fn delete_roles(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
) -> Result<(), DbError> {
    user_roles::Entity::delete_many()
        .filter(user_roles::Column::UserId.eq(user.0))
        .filter(user_roles::Column::OrganisationId.eq(organisation.0))
        .exec(db)
        .await?;
    Ok(())
}

/// For what somebody's standing is asked: an organisation, or a team of it, for which what they hold for it counts as well.
pub(crate) type Spot = (OrganisationId, Option<TeamId>);

/// Whether what somebody holds everywhere counts as well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only what is held inside.
    Inside,
    /// Also what is held everywhere.
    Everywhere,
}

async fn levels(
    db: &impl ConnectionTrait,
    (organisation, team): Spot,
    user: UserId,
    reach: Reach,
    now: DateTime<Utc>,
) -> Result<Vec<Level>, DbError> {
    let inside = user_roles::Column::OrganisationId.eq(organisation.0);
    let there = match reach {
        Reach::Inside => inside,
        Reach::Everywhere => inside.or(user_roles::Column::OrganisationId.is_null()),
    };
    let held = user_roles::Entity::find()
        .select_only()
        .column(roles::Column::Level)
        .column(user_roles::Column::ExpiresAt)
        .join(JoinType::InnerJoin, user_roles::Relation::Role.def())
        .filter(user_roles::Column::UserId.eq(user.0))
        .filter(there)
        .filter(user_roles::Column::ExpiresAt.is_null().or(user_roles::Column::ExpiresAt.gt(now)))
        .filter(roles::Column::IsActive.eq(true));
    let mut held: Vec<Level> = held.into_model().all(db).await?;
    if let Some(team) = team {
        held.extend(team_roles::levels(db, team, Some(user), now).await?);
    }
    Ok(held)
}

/// The highest level that somebody holds for an organisation, or a team of it; 0 for none.
pub(crate) async fn level(
    db: &impl ConnectionTrait,
    spot: Spot,
    user: UserId,
    reach: Reach,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let held = levels(db, spot, user, reach, now).await?;
    Ok(held.into_iter().map(|held| held.level).max().unwrap_or_default())
}

/// For how long somebody will hold some role of at least this level for an organisation, or a team of it.
pub(crate) async fn held_level(
    db: &impl ConnectionTrait,
    spot: Spot,
    user: UserId,
    level: i64,
    reach: Reach,
    now: DateTime<Utc>,
) -> Result<Held, DbError> {
    let held = levels(db, spot, user, reach, now).await?;
    let endings: Vec<_> = held.into_iter().filter(|held| held.level >= level).map(|held| held.expires_at).collect();
    if endings.contains(&None) {
        return Ok(Held::ForGood);
    }
    Ok(endings.into_iter().flatten().max().map_or(Held::Never, Held::Until))
}

/// The organisations inside which a user holds a role for good, in the order of their ids.
pub(crate) async fn owned_for_good(
    db: &impl ConnectionTrait,
    user: UserId,
    role: Uuid,
) -> Result<Vec<OrganisationId>, DbError> {
    let held = user_roles::Entity::find()
        .filter(user_roles::Column::UserId.eq(user.0))
        .filter(user_roles::Column::RoleId.eq(role))
        .filter(user_roles::Column::OrganisationId.is_not_null())
        .filter(user_roles::Column::ExpiresAt.is_null())
        .order_by_asc(user_roles::Column::OrganisationId)
        .limit(MOST_MEMBERSHIPS);
    Ok(held.all(db).await?.into_iter().filter_map(|held| held.organisation_id).map(OrganisationId).collect())
}

/// How many active people other than this one hold a role inside for good.
pub(crate) async fn lasting_holders_beside(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    user: UserId,
    role: Uuid,
) -> Result<u64, DbError> {
    let holders = user_roles::Entity::find()
        .join(JoinType::InnerJoin, user_roles::Relation::User.def())
        .filter(user_roles::Column::OrganisationId.eq(organisation.0))
        .filter(user_roles::Column::RoleId.eq(role))
        .filter(user_roles::Column::UserId.ne(user.0))
        .filter(user_roles::Column::ExpiresAt.is_null())
        .filter(users::Column::Status.eq(UserStatus::Active.as_str()))
        .filter(users::Column::IsServiceAccount.eq(false));
    Ok(holders.count(db).await?)
}
