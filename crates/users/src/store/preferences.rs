//! The `user_preferences` table: what somebody prefers who said so.

use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_infra::DbError;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

/// A row. Sections are JSON: objects.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_preferences")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub display: String,
    pub privacy: String,
    pub accessibility: String,
    pub communication: String,
    pub notifications: String,
    pub security: String,
    pub custom: String,
    /// Counts changes; 0 is no row yet.
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What stands for somebody who never said anything.
    pub(crate) fn blank(user: UserId, now: DateTime<Utc>) -> Self {
        let nothing = || "{}".to_owned();
        Self {
            user_id: user.0,
            display: nothing(),
            privacy: nothing(),
            accessibility: nothing(),
            communication: nothing(),
            notifications: nothing(),
            security: nothing(),
            custom: nothing(),
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What a user prefers; none while they never said anything.
pub(crate) async fn find(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(user.0).one(db).await?)
}

/// Writes what a user prefers. The user is locked, so nobody else writes the first row meanwhile.
pub(crate) async fn put(db: &impl ConnectionTrait, preferences: &Model) -> Result<(), DbError> {
    let row = preferences.clone().into_active_model().reset_all();
    if preferences.version == 1 {
        Entity::insert(row).exec_without_returning(db).await?;
    } else {
        Entity::update(row).exec(db).await?;
    }
    Ok(())
}
