//! The tables `teams` and `team_members`.

use super::users;
use orion_contracts::teams::{Team, TeamMember};
use orion_contracts::{Email, OrganisationId, TeamId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, Query, SelectStatement};
use sea_orm::{FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub name: String,
    /// The name as lists are sorted by it.
    pub name_key: String,
    pub description: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
    /// The version at which the key was spelt; another one where a version of the program before did it.
    pub spelt_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Team {
    fn from(row: Model) -> Self {
        Self {
            id: TeamId(row.id),
            organisation_id: OrganisationId(row.organisation_id),
            name: row.name,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// A team of an organisation.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: TeamId,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).filter(Column::OrganisationId.eq(organisation.0)).one(db).await?)
}

/// The same, to change until the transaction ends. Its organisation is locked before.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: TeamId,
) -> Result<Option<Model>, DbError> {
    let found = Entity::find_by_id(id.0).filter(Column::OrganisationId.eq(organisation.0));
    Ok(found.lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Whose a team is.
pub(super) async fn organisation_of(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<OrganisationId>, DbError> {
    Ok(Entity::find_by_id(id).one(db).await?.map(|team| OrganisationId(team.organisation_id)))
}

/// Whether a team of an organisation is called so, by the key of its name.
pub(super) async fn has_key(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    key: &str,
) -> Result<bool, DbError> {
    let called = Entity::find().filter(Column::OrganisationId.eq(organisation.0)).filter(Column::NameKey.eq(key));
    Ok(called.one(db).await?.is_some())
}

/// The teams of an organisation by name, after this name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    after: Option<String>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let mut found = Entity::find().filter(Column::OrganisationId.eq(organisation.0));
    if let Some(after) = after {
        found = found.filter(Column::NameKey.gt(after));
    }
    Ok(found.order_by_asc(Column::NameKey).limit(limit).all(db).await?)
}

/// How many an organisation has.
pub(crate) async fn count(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::OrganisationId.eq(organisation.0)).count(db).await?)
}

/// Ids of the teams of an organisation.
pub(super) fn ids_of(organisation: OrganisationId) -> SelectStatement {
    Query::select().column(Column::Id).from(Entity).and_where(Column::OrganisationId.eq(organisation.0)).to_owned()
}

/// Inserts a team.
pub(crate) async fn insert(db: &impl ConnectionTrait, team: &Model) -> Result<(), DbError> {
    let row = Model { spelt_at: team.version, ..team.clone() };
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one that is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, team: &Model) -> Result<(), DbError> {
    let row = Model { spelt_at: team.version, ..team.clone() };
    Entity::update(row.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

/// Removes a team, and who is in it.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: TeamId) -> Result<(), DbError> {
    Entity::delete_by_id(id.0).exec(db).await?;
    Ok(())
}

/// Who is in which team.
pub(crate) mod members {
    use super::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "team_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub team_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub added_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "users::Entity", from = "Column::UserId", to = "users::Column::Id")]
        User,
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[derive(FromQueryResult)]
    struct Listed {
        user_id: Uuid,
        email: String,
        display_name: Option<String>,
        added_at: DateTimeUtc,
    }

    /// Since when somebody is in a team, if they are.
    pub(crate) async fn since(
        db: &impl ConnectionTrait,
        team: TeamId,
        user: UserId,
    ) -> Result<Option<DateTimeUtc>, DbError> {
        Ok(Entity::find_by_id((team.0, user.0)).one(db).await?.map(|member| member.added_at))
    }

    /// Whether somebody is in a team.
    pub(crate) async fn has(db: &impl ConnectionTrait, team: TeamId, user: UserId) -> Result<bool, DbError> {
        Ok(since(db, team, user).await?.is_some())
    }

    /// Who is in a team, in the order of their ids, after this one.
    pub(crate) async fn list(
        db: &impl ConnectionTrait,
        team: TeamId,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<TeamMember>, DbError> {
        let mut found = Entity::find()
            .select_only()
            .columns([Column::UserId, Column::AddedAt])
            .columns([users::Column::Email, users::Column::DisplayName])
            .join(JoinType::InnerJoin, Relation::User.def())
            .filter(Column::TeamId.eq(team.0));
        if let Some(after) = after {
            found = found.filter(Column::UserId.gt(after.0));
        }
        let found: Vec<Listed> = found.order_by_asc(Column::UserId).limit(limit).into_model().all(db).await?;
        let shown = found.into_iter().map(|one| TeamMember {
            user_id: UserId(one.user_id),
            email: Email::stored(one.email),
            display_name: one.display_name,
            added_at: one.added_at,
        });
        Ok(shown.collect())
    }

    /// Puts somebody into a team.
    pub(crate) async fn insert(db: &impl ConnectionTrait, member: Model) -> Result<(), DbError> {
        Entity::insert(member.into_active_model().reset_all()).exec_without_returning(db).await?;
        Ok(())
    }

    /// Takes somebody out of a team.
    pub(crate) async fn delete(db: &impl ConnectionTrait, team: TeamId, user: UserId) -> Result<(), DbError> {
        Entity::delete_by_id((team.0, user.0)).exec(db).await?;
        Ok(())
    }

    /// Takes somebody out of all teams of an organisation.
    pub(crate) async fn delete_inside(
        db: &impl ConnectionTrait,
        organisation: OrganisationId,
        user: UserId,
    ) -> Result<(), DbError> {
        Entity::delete_many()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::TeamId.in_subquery(ids_of(organisation)))
            .exec(db)
            .await?;
        Ok(())
    }
}
