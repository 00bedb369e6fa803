//! The `roles` table.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// The type of roles that ORION seeds and nobody removes.
pub(crate) const SYSTEM: &str = "system";
/// The type of roles that administrators make.
pub(crate) const CUSTOM: &str = "custom";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub display_name: String,
    pub description: Option<String>,
    /// `system` or `custom`.
    #[sea_orm(column_name = "type")]
    pub kind: String,
    pub scope: String,
    pub level: i64,
    /// Whose permissions this role has as well.
    pub parent_id: Option<Uuid>,
    pub organisation_id: Option<Uuid>,
    pub is_active: bool,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// All roles.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().all(db).await?)
}

/// The roles of these names that are valid everywhere.
pub(crate) async fn by_names(db: &impl ConnectionTrait, names: &[&str]) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(in_force()).filter(Column::Name.is_in(names.iter().copied())).all(db).await?)
}

/// The role of this name that is valid everywhere; nobody else gives or takes it until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, name: &str) -> Result<Option<Model>, DbError> {
    let query = Entity::find().filter(in_force()).filter(Column::Name.eq(name));
    Ok(query.lock(LockType::NoKeyUpdate).one(db).await?)
}

/// The role of this id; nobody else gives or takes it until the transaction ends.
pub(crate) async fn lock_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// The level of a role.
#[derive(FromQueryResult)]
struct Level {
    level: i64,
}

/// The highest level among the roles that are held, of a query that joins them; 0 for none.
pub(super) async fn highest_level(db: &impl ConnectionTrait, held: Select<impl EntityTrait>) -> Result<i64, DbError> {
    let held = held.select_only().column(Column::Level).filter(Column::IsActive.eq(true));
    let highest: Option<Level> = held.order_by_desc(Column::Level).limit(1).into_model().one(db).await?;
    Ok(highest.map_or(0, |highest| highest.level))
}

/// Whose a row is.
#[derive(FromQueryResult)]
struct Holder {
    user_id: Uuid,
}

/// Up to so many users whose rows a query finds, by the column that says whose they are.
pub(super) async fn holders(
    db: &impl ConnectionTrait,
    held: Select<impl EntityTrait>,
    user_id: impl ColumnTrait,
    most: u32,
) -> Result<HashSet<Uuid>, DbError> {
    let held = held.select_only().column(user_id).distinct().limit(u64::from(most));
    let held: Vec<Holder> = held.into_model().all(db).await?;
    Ok(held.into_iter().map(|held| held.user_id).collect())
}

/// Writes a role that was changed.
pub(crate) async fn update(db: &impl ConnectionTrait, role: &Model) -> Result<(), DbError> {
    let id = role.id;
    let row = role.clone().into_active_model().reset_all();
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

/// Removes a role, and with it what it gives and who holds it.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

fn in_force() -> Expr {
    Column::OrganisationId.is_null().and(Column::IsActive.eq(true))
}

/// Inserts roles, each after its parent.
pub(crate) async fn insert(db: &impl ConnectionTrait, roles: Vec<Model>) -> Result<(), DbError> {
    if !roles.is_empty() {
        let rows = roles.into_iter().map(|role| role.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}
