//! Devices: what people have signed in from.

use super::named::{MOST_BEYOND, Named};
use orion_contracts::auth::DeviceStatus;
use orion_infra::DbError;
use orion_infra::jobs::days;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, IntoActiveModel, QueryOrder, QuerySelect};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What it said of itself at its last sign-in.
    pub user_agent: Option<String>,
    pub status: String,
    pub trusted_until: Option<DateTimeUtc>,
    /// Whether who blocked it was an administrator; says nothing of one that is not blocked.
    pub is_blocked_by_administrator: bool,
    /// Where it signed in from last: an IPv4 address, or the /64 of an IPv6 one.
    pub place: Option<String>,
    pub login_count: i64,
    pub first_seen_at: DateTimeUtc,
    pub signed_in_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How long a device is known after its last sign-in, and so for how long its row is kept.
pub(super) const KNOWN: Duration = days(365);

impl Model {
    /// What it is good for. A word of a later version counts as no trust.
    pub(crate) fn status(&self, now: DateTimeUtc) -> DeviceStatus {
        match self.status.parse().unwrap_or(DeviceStatus::Untrusted) {
            DeviceStatus::Trusted if self.trusted_until.is_none_or(|until| until <= now) => DeviceStatus::Untrusted,
            status => status,
        }
    }

    /// Whether somebody has blocked it.
    pub(crate) fn is_blocked(&self) -> bool {
        self.status == DeviceStatus::Blocked.as_str()
    }

    /// Whether an administrator has blocked it.
    pub(crate) fn is_held(&self) -> bool {
        self.is_blocked() && self.is_blocked_by_administrator
    }

    /// Whether it is still known: a row that was not removed yet counts no longer than one that was.
    pub(crate) fn is_known(&self, now: DateTimeUtc) -> bool {
        self.is_blocked() || now < self.signed_in_at + KNOWN
    }
}

/// Writes a new device.
pub(crate) async fn insert(connection: &impl ConnectionTrait, device: Model) -> Result<(), DbError> {
    Entity::insert(device.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// A person's device.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::UserId.eq(user_id)).one(connection).await?)
}

/// Those of these devices that there are.
pub(crate) async fn all(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?)
}

/// Those of these devices that are a person's.
pub(crate) async fn among(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Model>, DbError> {
    let named = Entity::find().filter(Column::Id.is_in(ids));
    Ok(named.filter(Column::UserId.eq(user_id)).all(connection).await?)
}

/// A person's devices, the one that signed in last first.
pub(crate) async fn of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<Model>, DbError> {
    let theirs = Entity::find().filter(Column::UserId.eq(user_id));
    Ok(theirs.order_by_desc(Column::SignedInAt).order_by_desc(Column::Id).all(connection).await?)
}

/// A person's devices beyond `kept`: what an administrator has blocked is kept before what its owner has, that before what is trusted
/// or has come back, that before what was seen once, as a program is that keeps no token; and what signed in last before what did
/// not for long.
pub(crate) async fn beyond(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    kept: u64,
    now: DateTimeUtc,
) -> Result<Vec<Uuid>, DbError> {
    let is_blocked = Column::Status.eq(DeviceStatus::Blocked.as_str());
    let is_trusted = Column::Status.eq(DeviceStatus::Trusted.as_str()).and(Column::TrustedUntil.gt(now));
    let rank = Expr::case(is_blocked.clone().and(Column::IsBlockedByAdministrator.eq(true)), 0)
        .case(is_blocked, 1)
        .case(is_trusted.or(Column::LoginCount.gt(1)), 2)
        .finally(3);
    let theirs = Entity::find().filter(Column::UserId.eq(user_id)).select_only().column(Column::Id);
    let kept_first = theirs.order_by_asc(Expr::expr(rank)).order_by_desc(Column::SignedInAt).order_by_desc(Column::Id);
    let beyond = kept_first.offset(kept).limit(MOST_BEYOND).into_model::<Named>().all(connection).await?;
    Ok(beyond.into_iter().map(|named| named.id).collect())
}

/// Writes what a sign-in makes of a device.
pub(crate) async fn signed_in(connection: &impl ConnectionTrait, device: &Model) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::UserAgent, Expr::value(device.user_agent.clone()))
        .col_expr(Column::Status, Expr::value(device.status.as_str()))
        .col_expr(Column::TrustedUntil, Expr::value(device.trusted_until))
        .col_expr(Column::Place, Expr::value(device.place.clone()))
        .col_expr(Column::LoginCount, Expr::value(device.login_count))
        .col_expr(Column::SignedInAt, Expr::value(device.signed_in_at))
        .filter(Column::Id.eq(device.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Gives a device another name.
pub(crate) async fn rename(connection: &impl ConnectionTrait, id: Uuid, name: &str) -> Result<(), DbError> {
    let update = Entity::update_many().col_expr(Column::Name, Expr::value(name)).filter(Column::Id.eq(id));
    update.exec(connection).await?;
    Ok(())
}

/// Makes a device one without trust, or one that is blocked, by an administrator or by its owner.
pub(crate) async fn distrust(
    connection: &impl ConnectionTrait,
    id: Uuid,
    status: DeviceStatus,
    by_administrator: bool,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .col_expr(Column::IsBlockedByAdministrator, Expr::value(by_administrator && status == DeviceStatus::Blocked))
        .col_expr(Column::TrustedUntil, Expr::value(None::<DateTimeUtc>))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes the trust from all devices of a person.
pub(crate) async fn distrust_all(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(DeviceStatus::Untrusted.as_str()))
        .col_expr(Column::TrustedUntil, Expr::value(None::<DateTimeUtc>))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Status.eq(DeviceStatus::Trusted.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Forgets all devices of a person.
pub(crate) async fn delete_of(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(connection).await?;
    Ok(())
}

/// Forgets a device.
pub(crate) async fn delete(connection: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}
