//! The `permissions` table.

use orion_contracts::PermissionId;
use orion_contracts::users::PermissionInfo;
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryFilter, QueryOrder};

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
    /// Whether decisions about it are written into the audit log.
    pub log_decisions: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// All permissions by name. They are a bounded list, part of the program.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().order_by_asc(Column::Name).all(db).await?)
}

/// Has decisions about one logged, or no more.
pub(crate) async fn log_decisions(db: &impl ConnectionTrait, id: Uuid, logged: bool) -> Result<(), DbError> {
    let row = Entity::update_many().col_expr(Column::LogDecisions, Expr::value(logged)).filter(Column::Id.eq(id));
    row.exec(db).await?;
    Ok(())
}

/// Writes the words of one anew.
pub(crate) async fn reword(db: &impl ConnectionTrait, permission: &Model) -> Result<(), DbError> {
    let row = Entity::update_many()
        .col_expr(Column::DisplayName, Expr::value(permission.display_name.clone()))
        .col_expr(Column::Resource, Expr::value(permission.resource.clone()))
        .col_expr(Column::Action, Expr::value(permission.action.clone()))
        .filter(Column::Id.eq(permission.id));
    row.exec(db).await?;
    Ok(())
}

impl From<Model> for PermissionInfo {
    fn from(found: Model) -> Self {
        Self {
            id: PermissionId(found.id),
            name: found.name,
            display_name: found.display_name,
            resource: found.resource,
            action: found.action,
            log_decisions: found.log_decisions,
        }
    }
}

/// Inserts permissions.
pub(crate) async fn insert(db: &impl ConnectionTrait, permissions: Vec<Model>) -> Result<(), DbError> {
    if !permissions.is_empty() {
        let rows = permissions.into_iter().map(|permission| permission.into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}
