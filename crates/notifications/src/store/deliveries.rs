//! The deliveries table.

use super::entities::delivery::{ActiveModel, Column, Entity, Model};
use super::{decode, update_one};
use crate::domain::delivery::{Delivery, Verdict};
use crate::domain::template::Rendered;
use chrono::{DateTime, Utc};
use orion_contracts::notifications::{Channel, DeliveryTimeline, NotificationStatus};
use orion_contracts::{DeliveryId, NotificationId, TemplateId, UserId};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryResult,
    QuerySelect, Set,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Where a delivery stands.
#[derive(FromQueryResult)]
struct State {
    id: Uuid,
    state: String,
}

/// Writes a delivery; what the in-app inbox shows at once is written with it.
pub(crate) async fn insert(
    change: &Change,
    delivery: &Delivery,
    content: Option<&Rendered>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let delivered = delivery.state == NotificationStatus::Delivered;
    let model = Model {
        id: delivery.id.0,
        notification_id: delivery.notification_id.0,
        channel: delivery.channel.as_str().to_owned(),
        provider: None,
        recipient: delivery.recipient.clone(),
        state: delivery.state.as_str().to_owned(),
        template_id: delivery.template_id.0,
        subject: content.and_then(|content| content.subject.clone()),
        content: content.map(|content| content.text.clone()),
        html_content: content.and_then(|content| content.html.clone()),
        attempts: delivery.attempts,
        queued_at: now,
        next_attempt_at: (!delivered).then_some(now),
        sent_at: delivered.then_some(now),
        delivered_at: delivered.then_some(now),
        failed_at: None,
        error_code: None,
        error_message: None,
    };
    Entity::insert(model.into_active_model()).exec_without_returning(change).await?;
    Ok(())
}

/// The delivery, when there is one.
pub(crate) async fn find(connection: &impl ConnectionTrait, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    let Some(row) = Entity::find_by_id(id.0).one(connection).await? else { return Ok(None) };
    Ok(Some(Delivery {
        id,
        notification_id: NotificationId(row.notification_id),
        channel: decode(row.channel.parse())?,
        recipient: row.recipient,
        state: decode(row.state.parse())?,
        template_id: TemplateId(row.template_id),
        attempts: row.attempts,
    }))
}

/// A delivery that waits for its next attempt.
pub(crate) struct Waiting {
    pub(crate) id: DeliveryId,
    pub(crate) notification_id: NotificationId,
    pub(crate) channel: Channel,
    pub(crate) kind: String,
}

/// What waits for a user, as far as it goes out at all.
pub(crate) async fn waiting_of(change: &Change, user: UserId, limit: u64) -> Result<Vec<Waiting>, DbError> {
    let select = statement(
        change,
        "SELECT d.id, d.notification_id, d.channel, n.kind FROM notifications n \
         JOIN deliveries d ON d.notification_id = n.id WHERE n.user_id = $1 AND d.state = $2 ORDER BY d.id LIMIT $3",
        [user.0.into(), NotificationStatus::Queued.as_str().into(), limit.cast_signed().into()],
    );
    let waiting = |row: QueryResult| {
        Ok(Waiting {
            id: DeliveryId(row.try_get("", "id")?),
            notification_id: NotificationId(row.try_get("", "notification_id")?),
            channel: decode(row.try_get::<String>("", "channel")?.parse())?,
            kind: row.try_get("", "kind")?,
        })
    };
    change.query_all_raw(select).await?.into_iter().map(waiting).collect()
}

/// How many deliveries of a kind a recipient has got since a moment, or is about to get: not those that failed or were cancelled.
pub(crate) async fn count_since(
    connection: &impl ConnectionTrait,
    recipient: &str,
    kind: &str,
    since: DateTime<Utc>,
) -> Result<u64, DbError> {
    let select = statement(
        connection,
        "SELECT COUNT(*) AS n FROM deliveries JOIN notifications ON notifications.id = deliveries.notification_id \
         WHERE deliveries.recipient = $1 AND deliveries.queued_at > $2 AND notifications.kind = $3 \
         AND deliveries.state NOT IN ($4, $5)",
        [
            recipient.into(),
            since.into(),
            kind.into(),
            NotificationStatus::Failed.as_str().into(),
            NotificationStatus::Cancelled.as_str().into(),
        ],
    );
    let row = connection.query_one_raw(select).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Notes that an attempt begins.
pub(crate) async fn begin_attempt(
    change: &Change,
    id: DeliveryId,
    attempts: i64,
    provider: &str,
) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(id.0),
        state: Set(NotificationStatus::Processing.as_str().to_owned()),
        attempts: Set(attempts),
        provider: Set(Some(provider.to_owned())),
        next_attempt_at: Set(None),
        ..Default::default()
    };
    update_one(Entity::update_many().set(row).filter(Column::Id.eq(id.0)), change).await
}

/// Notes what became of a delivery, and its content as sent, when it came so far.
pub(crate) async fn settle(
    change: &Change,
    id: DeliveryId,
    verdict: &Verdict,
    content: Option<&Rendered>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let mut row = ActiveModel {
        id: Set(id.0),
        state: Set(verdict.state().as_str().to_owned()),
        next_attempt_at: Set(None),
        ..Default::default()
    };
    match verdict {
        Verdict::Sent => {
            row.sent_at = Set(Some(now));
            (row.error_code, row.error_message) = (Set(None), Set(None));
        }
        Verdict::Postponed { pause, .. } => row.next_attempt_at = Set(Some(now + *pause)),
        Verdict::Failed { .. } | Verdict::Cancelled { .. } => row.failed_at = Set(Some(now)),
    }
    if let Some(failure) = verdict.failure() {
        row.error_code = Set(Some(failure.code.to_owned()));
        row.error_message = Set(Some(failure.message.clone()));
    }
    if let Some(content) = content {
        row.subject = Set(content.subject.clone());
        row.content = Set(Some(content.text.clone()));
        row.html_content = Set(content.html.clone());
    }
    update_one(Entity::update_many().set(row).filter(Column::Id.eq(id.0)), change).await
}

/// Where each way out of a notification stands.
pub(crate) async fn states(
    change: &Change,
    id: NotificationId,
) -> Result<BTreeMap<DeliveryId, NotificationStatus>, DbError> {
    let columns = Entity::find().select_only().columns([Column::Id, Column::State]);
    let rows: Vec<State> = columns.filter(Column::NotificationId.eq(id.0)).into_model().all(change).await?;
    rows.into_iter().map(|row| Ok((DeliveryId(row.id), decode(row.state.parse())?))).collect()
}

/// The ways out of a notification, first to last, after the given one; attempts are not filled in.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    id: NotificationId,
    after: Option<DeliveryId>,
    limit: u64,
) -> Result<Vec<DeliveryTimeline>, DbError> {
    let mut cursor = Entity::find().filter(Column::NotificationId.eq(id.0)).cursor_by(Column::Id);
    if let Some(after) = after {
        cursor.after(after.0);
    }
    let rows = cursor.first(limit).all(connection).await?;
    rows.into_iter().map(|row| Ok(timeline(row)?)).collect()
}

fn timeline(row: Model) -> Result<DeliveryTimeline, DbErr> {
    Ok(DeliveryTimeline {
        id: DeliveryId(row.id),
        notification_id: NotificationId(row.notification_id),
        channel: decode(row.channel.parse())?,
        state: decode(row.state.parse())?,
        provider: row.provider,
        recipient: row.recipient,
        template_id: TemplateId(row.template_id),
        subject: row.subject,
        content: row.content,
        html_content: row.html_content,
        queued_at: row.queued_at,
        next_attempt_at: row.next_attempt_at,
        sent_at: row.sent_at,
        delivered_at: row.delivered_at,
        failed_at: row.failed_at,
        error_code: row.error_code,
        error_message: row.error_message,
        attempts: Vec::new(),
    })
}
