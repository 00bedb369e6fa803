//! What a person or an administrator should know about the security of an account.

use super::{beside, first_id_of};
use orion_infra::DbError;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

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

/// What a list of events is asked for; what is given must all be so.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) user_id: Option<Uuid>,
    pub(crate) event_type: Option<String>,
    pub(crate) severity: Option<&'static str>,
    /// At this moment or later.
    pub(crate) since: Option<DateTimeUtc>,
    /// Before this moment.
    pub(crate) until: Option<DateTimeUtc>,
    /// Before this event.
    pub(crate) before: Option<Uuid>,
}

/// Events, newest first.
pub(crate) async fn newest(db: &impl ConnectionTrait, filter: Filter, limit: u64) -> Result<Vec<Model>, DbError> {
    Ok(select(filter, limit).all(db).await?)
}

pub(super) fn select(filter: Filter, limit: u64) -> Select<Entity> {
    let is_few = filter.user_id.is_some();
    let conditions = [
        filter.user_id.map(|id| Column::UserId.eq(id)),
        filter.event_type.map(|kind| match is_few {
            true => beside(Column::EventType, kind),
            false => Column::EventType.eq(kind),
        }),
        filter.severity.map(|severity| match is_few {
            true => beside(Column::Severity, severity),
            false => Column::Severity.eq(severity),
        }),
        filter.since.map(|since| Column::Id.gte(first_id_of(since))),
        filter.until.map(|until| Column::Id.lt(first_id_of(until))),
        filter.before.map(|before| Column::Id.lt(before)),
    ];
    let events = Entity::find().order_by_desc(Column::Id).limit(limit);
    conditions.into_iter().flatten().fold(events, QueryFilter::filter)
}
