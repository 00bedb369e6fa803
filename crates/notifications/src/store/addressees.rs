//! The addressees table: a row for each user with whom something has changed.

use super::decode;
use super::entities::addressee::{Entity, Model};
use crate::domain::addressees::Standing;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::users::UserStatus;
use orion_infra::jobs::{RetentionRule, days};
use orion_infra::{Change, DbError};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect};

/// What tells of somebody is here within days. Who is suspended may be so for years.
pub(crate) const RETENTION: RetentionRule = RetentionRule {
    table: "addressees",
    key: "user_id",
    column: "changed_at",
    keep: days(90),
    only: Some("status NOT IN ('suspended', 'inactive')"),
};

/// Where a user stands; none with whom nothing has changed.
pub(crate) async fn find(connection: &impl ConnectionTrait, user: UserId) -> Result<Option<Standing>, DbError> {
    let row = Entity::find_by_id(user.0).one(connection).await?;
    row.map(standing).transpose()
}

/// The same, to change until the transaction ends.
pub(crate) async fn lock(change: &Change, user: UserId) -> Result<Option<Standing>, DbError> {
    let row = Entity::find_by_id(user.0).lock(LockType::NoKeyUpdate).one(change).await?;
    row.map(standing).transpose()
}

fn standing(row: Model) -> Result<Standing, DbError> {
    let status: UserStatus = decode(row.status.parse())?;
    let Model { version, invited_version, withdrawn_version, .. } = row;
    Ok(Standing { status, version, invited_version, withdrawn_version })
}

/// Writes where a user stands, who was locked: as a new row where there was none. Of two who write the first one at once the second
/// fails, and is brought again.
pub(crate) async fn put(
    change: &Change,
    user: UserId,
    standing: Standing,
    is_new: bool,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let Standing { status, version, invited_version, withdrawn_version } = standing;
    let status = status.as_str().to_owned();
    let row = Model { user_id: user.0, status, version, invited_version, withdrawn_version, changed_at: now };
    let row = row.into_active_model().reset_all();
    match is_new {
        true => drop(Entity::insert(row).exec_without_returning(change).await?),
        false => drop(Entity::update(row).exec(change).await?),
    }
    Ok(())
}
