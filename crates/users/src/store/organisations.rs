//! The `organisations` table.

use orion_contracts::OrganisationId;
use orion_contracts::organisations::Organisation;
use orion_contracts::spelling::folded;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait, IntoActiveModel, QueryOrder, QuerySelect};
use std::collections::BTreeSet;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// The name as lists are sorted by it.
    pub name_key: String,
    /// None once it is deleted.
    pub slug: Option<String>,
    pub description: Option<String>,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i64,
    /// The version at which the key was spelt; another one where a version of the program before did it.
    pub spelt_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Organisation {
    fn from(row: Model) -> Self {
        Self {
            id: OrganisationId(row.id),
            name: row.name,
            slug: row.slug.unwrap_or_default(),
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// What lists sort an organisation by.
pub(crate) fn name_key(name: &str) -> String {
    folded(name).chars().take(200).collect()
}

/// One that was not deleted.
pub(crate) async fn find(db: &impl ConnectionTrait, id: OrganisationId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// The same; whoever changes it or its members takes this lock first, before those of users.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: OrganisationId) -> Result<Option<Model>, DbError> {
    let found = Entity::find_by_id(id.0).filter(Column::DeletedAt.is_null());
    Ok(found.lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Like [`lock`], also of one that was deleted.
pub(super) async fn lock_any(db: &impl ConnectionTrait, id: OrganisationId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Those of these ids that were not deleted, by name.
pub(crate) async fn of_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Model>, DbError> {
    let found = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::DeletedAt.is_null());
    Ok(found.order_by_asc(Column::NameKey).order_by_asc(Column::Id).all(db).await?)
}

/// Whether one is called so.
pub(crate) async fn has_slug(db: &impl ConnectionTrait, slug: &str) -> Result<bool, DbError> {
    Ok(Entity::find().filter(Column::Slug.eq(slug)).one(db).await?.is_some())
}

/// Which organisations are asked for.
pub(crate) struct Filter {
    /// None for all.
    pub(crate) among: Option<BTreeSet<OrganisationId>>,
    /// How their names begin; all when empty.
    pub(crate) prefix: String,
    /// What one is called in addresses, which is found beside them.
    pub(crate) slug: String,
    /// After this name and id.
    pub(crate) after: Option<(String, OrganisationId)>,
    pub(crate) limit: u64,
}

/// Those that were not deleted, by name.
pub(crate) async fn list(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Model>, DbError> {
    let mut found = Entity::find().filter(Column::DeletedAt.is_null());
    if let Some(among) = &filter.among {
        found = found.filter(Column::Id.is_in(among.iter().map(|id| id.0)));
    }
    if let Some(last) = filter.prefix.chars().next_back() {
        // What begins so stands between it and the same with a last letter that is one higher.
        let mut end = filter.prefix[..filter.prefix.len() - last.len_utf8()].to_owned();
        let higher = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        let mut is_meant = Column::NameKey.gte(filter.prefix.as_str());
        if let Some(higher) = higher {
            end.push(higher);
            is_meant = is_meant.and(Column::NameKey.lt(end));
        }
        found = found.filter(is_meant.or(Column::Slug.eq(filter.slug.as_str())));
    }
    if let Some((name, id)) = &filter.after {
        let later = Column::NameKey.gt(name.as_str());
        found = found.filter(later.or(Column::NameKey.eq(name.as_str()).and(Column::Id.gt(id.0))));
    }
    let found = found.order_by_asc(Column::NameKey).order_by_asc(Column::Id);
    Ok(found.limit(filter.limit).all(db).await?)
}

/// Inserts an organisation.
pub(crate) async fn insert(db: &impl ConnectionTrait, organisation: &Model) -> Result<(), DbError> {
    let row = Model { spelt_at: organisation.version, ..organisation.clone() };
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one that is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, organisation: &Model) -> Result<(), DbError> {
    let row = Model { spelt_at: organisation.version, ..organisation.clone() };
    Entity::update(row.into_active_model().reset_all()).exec(db).await?;
    Ok(())
}
