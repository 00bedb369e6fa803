//! Sessions: one sign-in and everything refreshed from it.

use super::named::{MOST_BEYOND, Named};
use orion_infra::DbError;
use orion_infra::jobs::days;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// JSON list of authentication methods (RFC 8176).
    pub amr: String,
    pub ip_address: Option<String>,
    /// Where it was used last: an IPv4 address, or the /64 of an IPv6 one.
    pub place: Option<String>,
    pub user_agent: Option<String>,
    pub started_at: DateTimeUtc,
    pub auth_time: DateTimeUtc,
    /// Ends by itself then, unless refreshed before.
    pub idle_expires_at: DateTimeUtc,
    /// Ends by itself then in any case.
    pub absolute_expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub end_reason: Option<String>,
    /// What it began on; none of what has begun before devices were known.
    pub device_id: Option<Uuid>,
    /// When it was refreshed last.
    pub last_used_at: Option<DateTimeUtc>,
    /// Who really acts in it, where it is somebody else.
    pub actor_id: Option<Uuid>,
    /// The session of theirs in which they began to.
    pub actor_session_id: Option<Uuid>,
    /// Why.
    pub acting_reason: Option<String>,
    /// For which organisation it acts.
    pub organisation_id: Option<Uuid>,
}

/// How long the place of a session stays known once the session is over, and so for how long its row is kept.
pub(super) const KNOWN: Duration = days(30);

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// When a token of it was issued last, by the clock of then: that may have been ahead.
    pub(crate) fn issued_at(&self) -> DateTimeUtc {
        self.used_at().max(self.auth_time)
    }

    /// When it ends by itself.
    pub(crate) fn expires_at(&self) -> DateTimeUtc {
        self.idle_expires_at.min(self.absolute_expires_at)
    }

    /// Whether it has neither been ended nor expired.
    pub(crate) fn is_alive(&self, now: DateTimeUtc) -> bool {
        self.ended_at.is_none() && now < self.expires_at()
    }

    /// When it began, or was refreshed last.
    pub(crate) fn used_at(&self) -> DateTimeUtc {
        self.last_used_at.unwrap_or(self.started_at)
    }

    /// Whether both kinds of proof were given in it.
    pub(crate) fn has_two_factors(&self) -> bool {
        self.methods().iter().any(|method| method == "mfa")
    }

    /// How the person proved who they are.
    pub(crate) fn methods(&self) -> Vec<String> {
        serde_json::from_str(&self.amr).unwrap_or_default()
    }
}

/// Writes a new session.
pub(crate) async fn insert(connection: &impl ConnectionTrait, session: Model) -> Result<(), DbError> {
    Entity::insert(session.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// A session.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).one(connection).await?)
}

/// A session, held until the transaction ends. Whatever changes a session or its tokens takes this lock first.
pub(crate) async fn lock(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(connection).await?)
}

/// The sessions of a user that nobody has ended and that were alive after a moment, the one unused for longest first.
fn open_of(user_id: Uuid, since: DateTimeUtc) -> Select<Entity> {
    alive(user_id, since).order_by_asc(Column::IdleExpiresAt).order_by_asc(Column::Id)
}

fn alive(user_id: Uuid, since: DateTimeUtc) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.gt(since))
}

/// The sessions of a user that are alive, the one unused for longest first.
pub(crate) async fn alive_of(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: DateTimeUtc,
) -> Result<Vec<Model>, DbError> {
    Ok(open_of(user_id, now).all(connection).await?)
}

/// The sessions of a user that are alive beyond the `kept` that were used last, the one unused for longest first.
pub(crate) async fn alive_beyond(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    now: DateTimeUtc,
    kept: u64,
) -> Result<Vec<Uuid>, DbError> {
    // The order is turned to count from the newest; most people have none that is too many, and then nothing is read.
    let newest = alive(user_id, now).order_by_desc(Column::IdleExpiresAt).order_by_desc(Column::Id);
    let beyond = newest.select_only().column(Column::Id).offset(kept).limit(MOST_BEYOND);
    let beyond = beyond.into_model::<Named>().all(connection).await?;
    Ok(beyond.into_iter().rev().map(|named| named.id).collect())
}

/// The sessions of a user that nobody has ended and that were alive after a moment, held until the transaction ends.
pub(crate) async fn lock_open_of(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    since: DateTimeUtc,
) -> Result<Vec<Model>, DbError> {
    Ok(open_of(user_id, since).lock_exclusive().all(connection).await?)
}

/// The sessions in which somebody acts as somebody else out of this one, held until the transaction ends.
pub(crate) async fn lock_begun_in(connection: &impl ConnectionTrait, session: Uuid) -> Result<Vec<Model>, DbError> {
    let begun = Entity::find().filter(Column::ActorSessionId.eq(session)).filter(Column::EndedAt.is_null());
    Ok(begun.order_by_asc(Column::Id).lock_exclusive().all(connection).await?)
}

/// Whether a session of the user that began after a moment, and if it is over then not for long, was used last at this place.
pub(crate) async fn is_place_of(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    place: &str,
    now: DateTimeUtc,
    since: DateTimeUtc,
) -> Result<bool, DbError> {
    let there = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Place.eq(place))
        .filter(Column::StartedAt.gte(since))
        .filter(Column::IdleExpiresAt.gt(now - KNOWN));
    Ok(there.one(connection).await?.is_some())
}

/// The session was used, at this place.
pub(crate) async fn touch(
    connection: &impl ConnectionTrait,
    id: Uuid,
    idle_expires_at: DateTimeUtc,
    place: Option<String>,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::IdleExpiresAt, Expr::value(idle_expires_at))
        .col_expr(Column::Place, Expr::value(place))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Brings the sessions of a person from one device to another one that takes its place.
pub(crate) async fn move_device(
    connection: &impl ConnectionTrait,
    user_id: Uuid,
    from: Uuid,
    to: Uuid,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::DeviceId, Expr::value(to))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::EndedAt.is_null())
        .filter(Column::DeviceId.eq(from))
        .exec(connection)
        .await?;
    Ok(())
}

/// What a step-up makes of a session.
pub(crate) async fn renew(connection: &impl ConnectionTrait, session: &Model) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Amr, Expr::value(session.amr.as_str()))
        .col_expr(Column::AuthTime, Expr::value(session.auth_time))
        .col_expr(Column::IdleExpiresAt, Expr::value(session.idle_expires_at))
        .filter(Column::Id.eq(session.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Writes by what methods a session was proven.
pub(crate) async fn put_methods(connection: &impl ConnectionTrait, id: Uuid, amr: &str) -> Result<(), DbError> {
    let update = Entity::update_many().col_expr(Column::Amr, Expr::value(amr)).filter(Column::Id.eq(id));
    update.exec(connection).await?;
    Ok(())
}

/// Writes for which organisation a session acts.
pub(crate) async fn act_for(
    connection: &impl ConnectionTrait,
    id: Uuid,
    organisation: Option<Uuid>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::OrganisationId, Expr::value(organisation))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Ends a session.
pub(crate) async fn end(
    connection: &impl ConnectionTrait,
    id: Uuid,
    reason: &str,
    now: DateTimeUtc,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::EndReason, Expr::value(reason))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// How many sessions are alive.
pub(crate) async fn count_alive(connection: &impl ConnectionTrait, now: DateTimeUtc) -> Result<u64, DbError> {
    let alive = Entity::find()
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.gt(now))
        .filter(Column::AbsoluteExpiresAt.gt(now));
    Ok(alive.count(connection).await?)
}
