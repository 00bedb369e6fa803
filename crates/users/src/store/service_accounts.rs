//! The `service_accounts` table: what there is of a service account beside its row among the users, whose id it has.

use chrono::{DateTime, Utc};
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::{OrganisationId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub organisation_id: Option<Uuid>,
    pub is_active: bool,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The service account with these roles.
    pub(crate) fn with_roles(self, roles: Vec<String>) -> ServiceAccount {
        ServiceAccount {
            id: UserId(self.id),
            name: self.name,
            description: self.description,
            organisation_id: self.organisation_id.map(OrganisationId),
            is_active: self.is_active,
            roles,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

/// Service accounts with the roles that each holds.
pub(crate) async fn complete(
    db: &impl ConnectionTrait,
    accounts: Vec<Model>,
    now: DateTime<Utc>,
) -> Result<Vec<ServiceAccount>, DbError> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let mut roles = super::user_roles::names(db, &ids, now).await?;
    let with_roles = |account: Model| {
        let held = roles.remove(&account.id).unwrap_or_default();
        account.with_roles(held)
    };
    Ok(accounts.into_iter().map(with_roles).collect())
}

/// Inserts a service account. Its row among the users is there.
pub(crate) async fn insert(db: &impl ConnectionTrait, account: &Model) -> Result<(), DbError> {
    Entity::insert(account.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes what can change of one. Its row among the users is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, account: &Model) -> Result<(), DbError> {
    Entity::update(account.clone().into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

/// Those of an organisation that were not deleted.
pub(crate) async fn of_organisation(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    limit: u64,
) -> Result<Vec<UserId>, DbError> {
    let found = Entity::find()
        .filter(Column::OrganisationId.eq(organisation.0))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(found.all(db).await?.into_iter().map(|account| UserId(account.id)).collect())
}

/// One that was not deleted.
pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// Those that were not deleted, newest first.
pub(crate) async fn list(db: &impl ConnectionTrait, before: Option<UserId>, limit: u64) -> Result<Vec<Model>, DbError> {
    let mut accounts = Entity::find().filter(Column::DeletedAt.is_null());
    if let Some(before) = before {
        accounts = accounts.filter(Column::Id.lt(before.0));
    }
    Ok(accounts.order_by_desc(Column::Id).limit(limit).all(db).await?)
}
