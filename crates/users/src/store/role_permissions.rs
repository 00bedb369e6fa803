//! The `role_permissions` table: what roles give by themselves, without what they inherit.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_permissions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub role_id: Uuid,
    pub permission_id: Uuid,
    pub organisation_id: Option<Uuid>,
    pub granted_by: Option<Uuid>,
    pub granted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What all roles give everywhere.
pub(crate) async fn everywhere(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::OrganisationId.is_null()).all(db).await?)
}

/// Inserts what roles give.
pub(crate) async fn insert(db: &impl ConnectionTrait, given: Vec<Model>) -> Result<(), DbError> {
    if !given.is_empty() {
        let rows = given.into_iter().map(|row| row.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Takes permissions from a role, wherever it gives them.
pub(crate) async fn delete(db: &impl ConnectionTrait, role: Uuid, permissions: &[Uuid]) -> Result<(), DbError> {
    if !permissions.is_empty() {
        let given = Column::RoleId.eq(role).and(Column::PermissionId.is_in(permissions.iter().copied()));
        Entity::delete_many().filter(given).exec(db).await?;
    }
    Ok(())
}
