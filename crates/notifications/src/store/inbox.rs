//! A person's in-app inbox: their notifications that were delivered there.

use super::decode;
use chrono::{DateTime, Utc};
use orion_contracts::notifications::InboxItem;
use orion_contracts::{NotificationId, UserId};
use orion_infra::db::dialect::statement;
use orion_infra::{Change, DbError};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};

/// What came of marking an entry as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// It is read now.
    Now,
    /// It had been read before.
    Before,
    /// It is not in this person's inbox.
    NotThere,
}

/// Newest first, after the given one.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    user: UserId,
    after: Option<NotificationId>,
    limit: u64,
) -> Result<Vec<InboxItem>, DbError> {
    let sql = format!(
        "SELECT n.id, n.kind, n.priority, n.read_at, n.created_at, d.subject, d.content \
         FROM notifications n JOIN deliveries d ON d.notification_id = n.id \
         WHERE n.user_id = $1 AND d.channel = 'in_app' AND d.state = 'delivered' {} ORDER BY n.id DESC LIMIT {limit}",
        if after.is_some() { "AND n.id < $2" } else { "" }
    );
    let values: Vec<Value> = [Some(user.0), after.map(|id| id.0)].into_iter().flatten().map(Value::from).collect();
    let rows = connection.query_all_raw(statement(connection, &sql, values)).await?;
    rows.iter().map(|row| Ok(item(row)?)).collect()
}

fn item(row: &QueryResult) -> Result<InboxItem, DbErr> {
    let priority: String = row.try_get("", "priority")?;
    let content: Option<String> = row.try_get("", "content")?;
    Ok(InboxItem {
        id: NotificationId(row.try_get("", "id")?),
        kind: row.try_get("", "kind")?,
        priority: decode(priority.parse())?,
        subject: row.try_get("", "subject")?,
        content: content.unwrap_or_default(),
        created_at: row.try_get("", "created_at")?,
        read_at: row.try_get("", "read_at")?,
    })
}

/// Marks an entry of this person's inbox as read; the first time counts.
pub(crate) async fn mark_read(
    change: &Change,
    user: UserId,
    id: NotificationId,
    now: DateTime<Utc>,
) -> Result<Marked, DbError> {
    const OWN: &str = "id = $1 AND user_id = $2 AND EXISTS (SELECT 1 FROM deliveries d \
                       WHERE d.notification_id = notifications.id AND d.channel = 'in_app' AND d.state = 'delivered')";
    let update = statement(
        change,
        &format!(
            "UPDATE notifications SET read_at = $3, updated_at = $3, version = version + 1 \
             WHERE {OWN} AND read_at IS NULL"
        ),
        [id.0.into(), user.0.into(), now.into()],
    );
    if change.execute_raw(update).await?.rows_affected() == 1 {
        return Ok(Marked::Now);
    }
    let select = statement(change, &format!("SELECT id FROM notifications WHERE {OWN}"), [id.0.into(), user.0.into()]);
    Ok(if change.query_one_raw(select).await?.is_some() { Marked::Before } else { Marked::NotThere })
}
