//! Tables that grow are cut.

use super::kinds::Work;
use super::{Process, Table};
use orion_contracts::jobs::JobState;
use orion_infra::jobs::{self, Retention};
use sea_orm::ConnectionTrait;
use std::time::Duration;

/// Lets time pass, and cuts the jobs.
pub(super) async fn cut(table: &Table, after: Duration) -> u64 {
    table.node.clock.advance(after);
    let retention = Retention::new(&table.infra, Vec::new());
    let mut rows = 0;
    for rule in jobs::PLATFORM_RETENTION.iter().filter(|rule| rule.table == "jobs") {
        rows += retention.cut(rule, || false).await.unwrap();
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_jobs_are_cut_after_a_month_and_jobs_that_wait_are_not() {
    let table = Table::new().await;
    let worker = table.worker();
    worker.fail(3);
    let process = Process::start(worker.jobs());
    let dead = table.enqueue(Work(1)).await;
    table.in_state(dead, JobState::Dead).await;
    process.drain().await;
    let waits = table.enqueue(Work(2)).await;
    assert_eq!(cut(&table, jobs::days(29)).await, 0);
    assert_eq!(cut(&table, jobs::days(2)).await, 1);
    assert_eq!(table.all().await.iter().map(|job| job.id).collect::<Vec<_>>(), [waits]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cutting_goes_slice_by_slice_and_ends_when_told_to_stop() {
    let table = Table::new().await;
    let infra = &table.infra;
    let written = infra.write(orion_contracts::Author::PLATFORM, async |change| {
        change.unaudited("a test");
        for _ in 0..2100 {
            let id: uuid::Uuid = change.id();
            let insert = "INSERT INTO inbox (event_id, consumer, received_at) VALUES ($1, 'x', $2)";
            let insert = orion_infra::db::dialect::statement(change, insert, [id.into(), change.now().into()]);
            change.execute_raw(insert).await?;
        }
        Ok::<_, orion_infra::DbError>(())
    });
    written.await.unwrap();
    table.node.clock.advance(jobs::days(15));
    let rule = jobs::PLATFORM_RETENTION.iter().find(|rule| rule.table == "inbox").unwrap();
    let retention = Retention::new(infra, Vec::new());
    assert_eq!(retention.cut(rule, || true).await.unwrap(), 1000);
    assert_eq!(retention.cut(rule, || false).await.unwrap(), 1100);
}
