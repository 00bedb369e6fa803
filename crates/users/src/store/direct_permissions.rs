//! What a user is given (`user_permissions`) or denied (`user_denials`) by itself, beside their roles.

use chrono::{DateTime, Utc};
use orion_contracts::users::{DirectPermission, PermissionEffect, PermissionGrant};
use orion_contracts::{OrganisationId, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// The tables: what stands in each, and its columns of who ordered it, when, and under what condition.
const TABLES: [(PermissionEffect, [&str; 4]); 3] = [
    (PermissionEffect::Grant, ["user_permissions", "granted_by", "granted_at", "NULL"]),
    (PermissionEffect::Grant, [CONDITIONAL, "granted_by", "granted_at", "held.condition"]),
    (PermissionEffect::Denial, ["user_denials", "denied_by", "denied_at", "held.condition"]),
];
const CONDITIONAL: &str = "user_conditional_permissions";

/// All that a user is given or denied, by the names of permissions.
pub(crate) async fn of_user(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<DirectPermission>, DbError> {
    let mut found = Vec::new();
    for (effect, [table, by, at, condition]) in TABLES {
        let sql = format!(
            "SELECT permissions.name, held.organisation_id, held.expires_at, held.{by} AS ordered_by, \
             held.{at} AS ordered_at, CAST({condition} AS TEXT) AS condition FROM {table} AS held \
             JOIN permissions ON permissions.id = held.permission_id WHERE held.user_id = $1"
        );
        for row in db.query_all_raw(statement(db, &sql, [user.0.into()])).await? {
            found.push(DirectPermission {
                permission: row.try_get("", "name")?,
                effect,
                organisation_id: row.try_get::<Option<Uuid>>("", "organisation_id")?.map(OrganisationId),
                expires_at: row.try_get("", "expires_at")?,
                condition: row.try_get("", "condition")?,
                ordered_by: row.try_get::<Option<Uuid>>("", "ordered_by")?.map(UserId),
                ordered_at: row.try_get("", "ordered_at")?,
            });
        }
    }
    found.sort_by(|left, right| {
        (&left.permission, left.organisation_id).cmp(&(&right.permission, right.organisation_id))
    });
    Ok(found)
}

/// What a user is given and denied, as every process holds it.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<impl Iterator<Item = (PermissionEffect, PermissionGrant)>, DbError> {
    let grant = |held: DirectPermission| {
        let DirectPermission { permission, organisation_id, expires_at, condition, .. } = held;
        (held.effect, PermissionGrant { permission, organisation_id, expires_at, condition })
    };
    Ok(of_user(db, user).await?.into_iter().map(grant))
}

/// A permission for one organisation, or everywhere.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) permission: Uuid,
    pub(crate) organisation: Option<OrganisationId>,
}

/// Who orders what, and until when.
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) by: UserId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) condition: Option<String>,
}

/// Takes away what a user is given and denied of a permission there.
pub(crate) async fn delete(db: &impl ConnectionTrait, user: UserId, place_of: Place) -> Result<(), DbError> {
    let Place { permission, organisation } = place_of;
    for (_, [table, ..]) in TABLES {
        let (sql, values) = match organisation {
            None => {
                let sql = format!(
                    "DELETE FROM {table} WHERE user_id = $1 AND permission_id = $2 AND organisation_id IS NULL"
                );
                (sql, vec![user.0.into(), permission.into()])
            }
            Some(organisation) => {
                let sql =
                    format!("DELETE FROM {table} WHERE user_id = $1 AND permission_id = $2 AND organisation_id = $3");
                (sql, vec![user.0.into(), permission.into(), organisation.0.into()])
            }
        };
        db.execute_raw(statement(db, &sql, values)).await?;
    }
    Ok(())
}

/// Takes away all that a user is given for an organisation by itself; what they are denied there stays.
pub(crate) async fn delete_grants_inside(
    db: &impl ConnectionTrait,
    user: UserId,
    organisation: OrganisationId,
) -> Result<(), DbError> {
    for (_, [table, ..]) in TABLES.iter().filter(|(effect, _)| *effect == PermissionEffect::Grant) {
        let sql = format!("DELETE FROM {table} WHERE user_id = $1 AND organisation_id = $2");
        db.execute_raw(statement(db, &sql, [user.0.into(), organisation.0.into()])).await?;
    }
    Ok(())
}

/// Gives or denies a user a permission; nothing of it stands there any more.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    user: UserId,
    place_of: Place,
    effect: PermissionEffect,
    order: Order,
) -> Result<(), DbError> {
    let (table, by, at) = match (effect, &order.condition) {
        (PermissionEffect::Grant, None) => ("user_permissions", "granted_by", "granted_at"),
        (PermissionEffect::Grant, Some(_)) => (CONDITIONAL, "granted_by", "granted_at"),
        (PermissionEffect::Denial, _) => ("user_denials", "denied_by", "denied_at"),
    };
    let mut columns = format!("id, user_id, permission_id, organisation_id, {by}, {at}, expires_at");
    let mut places = "$1, $2, $3, $4, $5, $6, $7".to_owned();
    let mut values = vec![
        order.id.into(),
        user.0.into(),
        place_of.permission.into(),
        place_of.organisation.map(|organisation| organisation.0).into(),
        order.by.0.into(),
        order.at.into(),
        order.expires_at.into(),
    ];
    if let Some(condition) = order.condition {
        columns.push_str(", condition");
        places.push_str(", $8");
        values.push(condition.into());
    }
    let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
    db.execute_raw(statement(db, &sql, values)).await?;
    Ok(())
}
