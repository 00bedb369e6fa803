//! The `api_keys` table. Secrets are never in it, only their hashes.

use chrono::{DateTime, Utc};
use orion_contracts::api_keys::ApiKey;
use orion_contracts::{ApiKeyId, OrganisationId, UserId};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait, IntoActiveModel, QueryOrder, QuerySelect, QueryTrait};

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub prefix: String,
    /// SHA-256 of the secret, in hex.
    pub key_hash: String,
    /// That of the secret from before the last rotation.
    pub previous_hash: Option<String>,
    /// Until when that one goes on.
    pub previous_until: Option<DateTimeUtc>,
    /// JSON: names of permissions.
    pub scopes: String,
    pub organisation_id: Option<Uuid>,
    pub rate_limit: Option<i64>,
    pub expires_at: Option<DateTimeUtc>,
    pub last_used_at: Option<DateTimeUtc>,
    pub usage_count: i64,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Names of the permissions that it is limited to. What cannot be read limits it to nothing.
    pub(crate) fn scopes(&self) -> Vec<String> {
        serde_json::from_str(&self.scopes).unwrap_or_default()
    }

    /// How many requests a minute it may make.
    pub(crate) fn rate_limit(&self) -> Option<u32> {
        self.rate_limit.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX))
    }

    /// The key as it is shown, at a moment.
    pub(crate) fn shown(self, now: DateTime<Utc>) -> ApiKey {
        ApiKey {
            id: ApiKeyId(self.id),
            user_id: UserId(self.user_id),
            scopes: self.scopes(),
            rate_limit: self.rate_limit(),
            name: self.name,
            prefix: self.prefix,
            organisation_id: self.organisation_id.map(OrganisationId),
            expires_at: self.expires_at,
            previous_until: self.previous_until.filter(|until| *until > now),
            last_used_at: self.last_used_at,
            usage_count: self.usage_count,
            created_at: self.created_at,
            updated_at: self.updated_at,
            revoked_at: self.revoked_at,
            version: self.version,
        }
    }
}

/// Inserts a key.
pub(crate) async fn insert(db: &impl ConnectionTrait, key: &Model) -> Result<(), DbError> {
    Entity::insert(key.clone().into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a key, which is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, key: &Model) -> Result<(), DbError> {
    Entity::update(key.clone().into_active_model().reset_all()).exec(db).await?;
    Ok(())
}

/// One key.
pub(crate) async fn find(db: &impl ConnectionTrait, id: ApiKeyId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).one(db).await?)
}

/// The same, to change until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: ApiKeyId) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// The key that a secret belongs to, or belonged to before its rotation. Two look-ups, each by an index of its own.
pub(crate) async fn find_by_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbError> {
    if let Some(found) = Entity::find().filter(Column::KeyHash.eq(hash)).one(db).await? {
        return Ok(Some(found));
    }
    Ok(Entity::find().filter(Column::PreviousHash.eq(hash)).one(db).await?)
}

/// How many keys a subject has that were not revoked and have not ended.
pub(crate) async fn count(db: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<u64, DbError> {
    let lasts = Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now));
    let of_user = Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::RevokedAt.is_null());
    Ok(of_user.filter(lasts).count(db).await?)
}

/// The keys of a subject, or of everybody, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    user: Option<UserId>,
    before: Option<ApiKeyId>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let mut keys = Entity::find();
    if let Some(user) = user {
        keys = keys.filter(Column::UserId.eq(user.0));
    }
    if let Some(before) = before {
        keys = keys.filter(Column::Id.lt(before.0));
    }
    Ok(keys.order_by_desc(Column::Id).limit(limit).all(db).await?)
}

/// Revokes the keys of a subject for an organisation. They are locked by id, as they are where uses of many are counted.
pub(crate) async fn revoke_inside(
    db: &impl ConnectionTrait,
    user: UserId,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let keys = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::OrganisationId.eq(organisation.0))
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate);
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.in_subquery(keys.into_query()))
        .exec(db)
        .await?;
    Ok(())
}

/// Adds to how often a key was used. No version is counted: nobody changed it.
pub(crate) async fn note_use(
    db: &impl ConnectionTrait,
    id: ApiKeyId,
    count: u32,
    last: DateTime<Utc>,
) -> Result<(), DbError> {
    // Processes tell of it in any order.
    let is_later = Column::LastUsedAt.is_null().or(Column::LastUsedAt.lt(last));
    Entity::update_many()
        .col_expr(Column::UsageCount, Expr::col(Column::UsageCount).add(i64::from(count)))
        .col_expr(Column::LastUsedAt, Expr::case(is_later, last).finally(Expr::col(Column::LastUsedAt)).into())
        .filter(Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
