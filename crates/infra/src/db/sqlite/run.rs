//! Running a statement on a connection, on the calling thread.

use super::connection::Connection;
use super::{bind, error, row};
use crate::db::observe::QueryMetrics;
use rusqlite::CachedStatement;
use sea_orm::{DbErr, ProxyExecResult, ProxyRow, Statement};
use std::time::Duration;

/// From here on a statement is slow: it is logged with its plan.
const SLOW: Duration = Duration::from_millis(200);

/// A statement's rows, at most `limit` of them. It runs to its end all the same: a change must be whole.
pub(super) fn query(
    connection: &Connection,
    metrics: &QueryMetrics,
    statement: &Statement,
    limit: usize,
) -> Result<Vec<ProxyRow>, DbErr> {
    timed(connection, metrics, statement, |prepared, columns| {
        let mut found = Vec::new();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().map_err(error::query)? {
            if found.len() < limit {
                found.push(row::read(columns, row)?);
            }
        }
        Ok(found)
    })
}

/// Runs a statement for its effect.
pub(super) fn execute(
    connection: &Connection,
    metrics: &QueryMetrics,
    statement: &Statement,
) -> Result<ProxyExecResult, DbErr> {
    timed(connection, metrics, statement, |prepared, _| {
        let mut rows = prepared.raw_query();
        while rows.next().map_err(error::query)?.is_some() {}
        drop(rows);
        let changed = if prepared.readonly() { 0 } else { connection.changes() };
        Ok(ProxyExecResult::new(0, changed))
    })
}

/// Runs a script of several statements, without values.
pub(super) fn script(connection: &Connection, sql: &str) -> Result<ProxyExecResult, DbErr> {
    connection.execute_batch(sql).map_err(error::query)?;
    Ok(ProxyExecResult::new(0, connection.changes()))
}

fn timed<T>(
    connection: &Connection,
    metrics: &QueryMetrics,
    statement: &Statement,
    run: impl FnOnce(&mut CachedStatement<'_>, &[row::Column]) -> Result<T, DbErr>,
) -> Result<T, DbErr> {
    let started = metrics.start();
    let (mut prepared, known) = connection.prepared(&statement.sql, metrics)?;
    bind::bind(&mut prepared, statement.values.as_ref())?;
    let outcome = run(&mut prepared, &known.columns);
    let elapsed = known.metrics.observe(started);
    drop(prepared);
    if elapsed > SLOW {
        let plan = plan(connection, statement).unwrap_or_else(|error| error.to_string());
        tracing::warn!(?elapsed, sql = statement.sql, plan, "a statement is slow");
    }
    outcome
}

/// How SQLite goes about it.
fn plan(connection: &Connection, statement: &Statement) -> Result<String, DbErr> {
    let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let mut prepared = connection.prepare(&sql).map_err(error::query)?;
    bind::bind(&mut prepared, statement.values.as_ref())?;
    let mut steps = Vec::new();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().map_err(error::query)? {
        steps.push(row.get::<_, String>(3).map_err(error::query)?);
    }
    Ok(steps.join("; "))
}
