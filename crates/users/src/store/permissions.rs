//! The `permissions` table.

use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "permissions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub display_name: String,
    pub resource: String,
    pub action: String,
    pub scope: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// All permissions by name. They are a bounded list, part of the program.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().order_by_asc(Column::Name).all(db).await?)
}

/// Inserts permissions.
pub(crate) async fn insert(db: &impl ConnectionTrait, permissions: Vec<Model>) -> Result<(), DbError> {
    if !permissions.is_empty() {
        let rows = permissions.into_iter().map(|permission| permission.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}
