//! The notifications table.

use super::entities::notification::{ActiveModel, Column, Entity, Model};
use super::{decode, update_one};
use crate::domain::notification::Notification;
use chrono::{DateTime, Utc};
use orion_contracts::notifications::{NotificationStatus, Priority};
use orion_contracts::{EventId, NotificationId};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set};

/// What is written down of a notification beside itself.
pub(crate) struct Origin {
    /// The event that asked for it.
    pub(crate) event: EventId,
    /// How urgent it is.
    pub(crate) priority: Priority,
    /// The template that it is made from.
    pub(crate) template_name: &'static str,
    /// Where it stands from the beginning.
    pub(crate) status: NotificationStatus,
    /// When.
    pub(crate) now: DateTime<Utc>,
}

/// Writes a notification, in its first version.
pub(crate) async fn insert(change: &Change, notification: &Notification, origin: &Origin) -> Result<(), DbError> {
    let sealed = (!notification.sealed.is_empty()).then(|| serde_json::to_value(&notification.sealed));
    let model = Model {
        id: notification.id.0,
        user_id: notification.user_id.map(|id| id.0),
        kind: notification.kind.clone(),
        priority: origin.priority.as_str().to_owned(),
        template_name: Some(origin.template_name.to_owned()),
        recipient_name: notification.recipient_name.clone(),
        status: origin.status.as_str().to_owned(),
        variables: notification.variables.clone().into(),
        sealed_variables: decode(sealed.transpose())?,
        source_event_id: Some(origin.event.0),
        version: 1,
        read_at: None,
        created_at: origin.now,
        updated_at: origin.now,
    };
    Entity::insert(model.into_active_model()).exec_without_returning(change).await?;
    Ok(())
}

/// The notification, when there is one.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    id: NotificationId,
) -> Result<Option<Notification>, DbError> {
    let Some(row) = Entity::find_by_id(id.0).one(connection).await? else { return Ok(None) };
    let serde_json::Value::Object(variables) = row.variables else {
        return Err(DbErr::Type("the variables of a notification are no object".to_owned()).into());
    };
    Ok(Some(Notification {
        id,
        user_id: row.user_id.map(Into::into),
        kind: row.kind,
        recipient_name: row.recipient_name,
        variables,
        sealed: decode(row.sealed_variables.map(serde_json::from_value).transpose())?.unwrap_or_default(),
    }))
}

/// Begins a change: holds the row until the transaction ends and gives the version that the change makes.
pub(crate) async fn next_version(change: &Change, id: NotificationId, now: DateTime<Utc>) -> Result<i64, DbError> {
    let update = statement(
        change,
        "UPDATE notifications SET version = version + 1, updated_at = $1 WHERE id = $2 RETURNING version",
        [now.into(), id.0.into()],
    );
    let row = change.query_one_raw(update).await?.ok_or_else(|| DbErr::RecordNotFound(format!("notification {id}")))?;
    Ok(row.try_get("", "version")?)
}

/// Notes where the notification stands; `erase` removes its sealed secrets for good.
pub(crate) async fn set_status(
    change: &Change,
    id: NotificationId,
    status: NotificationStatus,
    erase: bool,
) -> Result<(), DbError> {
    let mut row = ActiveModel { id: Set(id.0), status: Set(status.as_str().to_owned()), ..Default::default() };
    if erase {
        row.sealed_variables = Set(None);
    }
    update_one(Entity::update_many().set(row).filter(Column::Id.eq(id.0)), change).await
}
