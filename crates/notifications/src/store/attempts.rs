//! The delivery_attempts table.

use super::entities::attempt::{ActiveModel, Column, Entity, Model};
use super::{decode, update_one};
use crate::domain::delivery::{Attempt, AttemptOutcome, Failure};
use chrono::{DateTime, Utc};
use orion_contracts::DeliveryId;
use orion_contracts::notifications::{DeliveryAttempt, DeliveryAttemptStatus};
use orion_infra::{Change, DbError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, Set,
    sea_query::Expr,
};

/// Writes an attempt before its call.
pub(crate) async fn insert(change: &Change, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), DbError> {
    let model = Model {
        id: attempt.id,
        delivery_id: attempt.delivery_id.0,
        attempt_number: attempt.number,
        status: DeliveryAttemptStatus::Pending.as_str().to_owned(),
        provider: attempt.provider.to_owned(),
        provider_id: None,
        response_time_ms: None,
        error_code: None,
        error_message: None,
        attempted_at: now,
        completed_at: None,
    };
    Entity::insert(model.into_active_model()).exec_without_returning(change).await?;
    Ok(())
}

/// Writes what came of an attempt.
pub(crate) async fn finish(
    change: &Change,
    attempt: &Attempt,
    outcome: &AttemptOutcome,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(attempt.id),
        status: Set(outcome.status.as_str().to_owned()),
        provider_id: Set(outcome.provider_id.clone()),
        response_time_ms: Set(outcome.response_time_ms),
        error_code: Set(outcome.failure.as_ref().map(|failure| failure.code.to_owned())),
        error_message: Set(outcome.failure.as_ref().map(|failure| failure.message.clone())),
        completed_at: Set(Some(now)),
        ..Default::default()
    };
    update_one(Entity::update_many().set(row).filter(Column::Id.eq(attempt.id)), change).await
}

/// Closes attempts that a worker began and never ended: nobody knows what came of them.
pub(crate) async fn close_abandoned(
    change: &Change,
    delivery: DeliveryId,
    failure: &Failure,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::val(DeliveryAttemptStatus::Unknown.as_str()))
        .col_expr(Column::ErrorCode, Expr::val(failure.code))
        .col_expr(Column::ErrorMessage, Expr::val(failure.message.as_str()))
        .col_expr(Column::CompletedAt, Expr::val(now))
        .filter(Column::DeliveryId.eq(delivery.0))
        .filter(Column::Status.eq(DeliveryAttemptStatus::Pending.as_str()))
        .exec(change)
        .await?;
    Ok(())
}

/// How many attempts at a delivery ended with this code.
pub(crate) async fn count_with(change: &Change, delivery: DeliveryId, code: &str) -> Result<u64, DbError> {
    let query = Entity::find().filter(Column::DeliveryId.eq(delivery.0)).filter(Column::ErrorCode.eq(code));
    Ok(query.count(change).await?)
}

/// Every attempt at any of the deliveries, first to last, each with its delivery.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    deliveries: &[DeliveryId],
) -> Result<Vec<(DeliveryId, DeliveryAttempt)>, DbError> {
    let rows = Entity::find()
        .filter(Column::DeliveryId.is_in(deliveries.iter().map(|id| id.0)))
        .order_by_asc(Column::AttemptNumber)
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok((DeliveryId(row.delivery_id), attempt(row)?))).collect()
}

fn attempt(row: Model) -> Result<DeliveryAttempt, DbErr> {
    Ok(DeliveryAttempt {
        number: row.attempt_number,
        status: decode(row.status.parse())?,
        provider: row.provider,
        provider_id: row.provider_id,
        attempted_at: row.attempted_at,
        completed_at: row.completed_at,
        response_time_ms: row.response_time_ms,
        error_code: row.error_code,
        error_message: row.error_message,
    })
}
