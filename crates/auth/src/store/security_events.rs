//! What a person or an administrator should know about the security of an account.

use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "security_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub event_type: String,
    pub event_category: String,
    pub severity: String,
    pub title: String,
    /// JSON, without secrets.
    pub details: String,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub was_blocked: bool,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes an event.
pub(crate) async fn insert(connection: &impl ConnectionTrait, event: Model) -> Result<(), DbError> {
    Entity::insert(event.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}
