//! Every sign-in that was tried.

use super::{beside, first_id_of};
use orion_infra::DbError;
use orion_infra::jobs::days;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};
use std::time::Duration;

/// How an attempt went; a suspicious one led to a session as a success does, and makes no place known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum LoginAttemptStatus {
    Success,
    Failed,
    Blocked,
    Suspicious,
}

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    /// A MAC of the address typed in; the text itself may be a password typed into the wrong field.
    pub identifier_mac: String,
    pub status: LoginAttemptStatus,
    pub method: String,
    /// An IPv4 address, or the /64 of an IPv6 one: what tries are counted by.
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub failure_reason: Option<String>,
    pub attempted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes an attempt.
pub(crate) async fn insert(connection: &impl ConnectionTrait, attempt: Model) -> Result<(), DbError> {
    Entity::insert(attempt.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// How long a place is known after a sign-in there, and so for how long its row is kept.
pub(super) const KNOWN: Duration = days(90);

/// Whether an identifier with one of these MACs signed in from this place lately, and since a moment. Older attempts that are still kept do not
/// count: when they are removed is a job's matter.
pub(crate) async fn is_known_place(
    connection: &impl ConnectionTrait,
    identifier_macs: &[String],
    ip_address: &str,
    now: DateTimeUtc,
    since: DateTimeUtc,
) -> Result<bool, DbError> {
    let success = Entity::find()
        .filter(Column::IdentifierMac.is_in(identifier_macs))
        .filter(Column::IpAddress.eq(ip_address))
        .filter(Column::Status.eq(LoginAttemptStatus::Success))
        .filter(Column::AttemptedAt.gt(since.max(now - KNOWN)));
    Ok(success.one(connection).await?.is_some())
}

/// Whether an account signed in before, as far back as attempts are kept.
pub(crate) async fn has_signed_in(connection: &impl ConnectionTrait, user_id: Uuid) -> Result<bool, DbError> {
    let led_to_sessions = [LoginAttemptStatus::Success, LoginAttemptStatus::Suspicious];
    let success = Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Status.is_in(led_to_sessions));
    Ok(success.limit(1).one(connection).await?.is_some())
}

/// What a list of attempts is asked for; what is given must all be so.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<Uuid>,
    pub(crate) status: Option<LoginAttemptStatus>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) method: Option<String>,
    pub(crate) place: Option<String>,
    /// At this moment or later.
    pub(crate) since: Option<DateTimeUtc>,
    /// Before this moment.
    pub(crate) until: Option<DateTimeUtc>,
    /// Before this attempt.
    pub(crate) before: Option<Uuid>,
}

/// Attempts, newest first.
pub(crate) async fn newest(db: &impl ConnectionTrait, filter: Filter, limit: u64) -> Result<Vec<Model>, DbError> {
    Ok(select(filter, limit).all(db).await?)
}

pub(super) fn select(filter: Filter, limit: u64) -> Select<Entity> {
    let is_of_place = filter.place.is_some();
    let is_few = is_of_place || filter.user_id.is_some();
    let conditions = [
        filter.user_id.map(|id| Column::UserId.eq(id)),
        filter.place.map(|place| Column::IpAddress.eq(place)),
        filter.status.map(|status| match is_of_place {
            true => beside(Column::Status, status.to_value()),
            false => Column::Status.eq(status),
        }),
        filter.reason.map(|reason| match is_few {
            true => beside(Column::FailureReason, reason),
            false => Column::FailureReason.eq(reason),
        }),
        filter.method.map(|method| match is_few {
            true => beside(Column::Method, method),
            false => Column::Method.eq(method),
        }),
        filter.since.map(|since| Column::Id.gte(first_id_of(since))),
        filter.until.map(|until| Column::Id.lt(first_id_of(until))),
        filter.before.map(|before| Column::Id.lt(before)),
    ];
    let attempts = Entity::find().order_by_desc(Column::Id).limit(limit);
    conditions.into_iter().flatten().fold(attempts, QueryFilter::filter)
}
