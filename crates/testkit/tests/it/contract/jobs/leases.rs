//! Who holds a job, and for how long.

use super::kinds::{Endless, Patient, Work, Worker};
use super::{Process, Table};
use orion_contracts::jobs::JobState;
use orion_testkit::eventually;
use sea_orm::ConnectionTrait;
use std::time::Duration;

/// A lease is 60 s.
const LEASE_OVER: Duration = Duration::from_secs(61);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_worker_held_is_taken_over_when_its_lease_is_over() {
    let table = Table::new().await;
    let killed = Worker::stuck(&table.infra);
    let process = Process::start(killed.jobs());
    let id = table.enqueue(Work(1)).await;
    killed.has_begun(1).await;
    process.kill();
    let heir = table.worker();
    let _process = Process::start(heir.jobs());
    table.enqueue(Work(2)).await;
    heir.has_done(1).await;
    table.node.clock.advance(LEASE_OVER);
    heir.has_done(2).await;
    assert_eq!(heir.done(), [2, 1]);
    table.gone(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_taken_over_from_ends_nothing() {
    let table = Table::new().await;
    let slow = Worker::stuck(&table.infra);
    let slow_process = Process::start(slow.jobs());
    table.enqueue(Work(1)).await;
    slow.has_begun(1).await;
    // As if its process had stood still.
    let past = table.infra.clock.now() - chrono::Duration::hours(1);
    table.execute("UPDATE jobs SET leased_until = $1", [past.into()]).await;
    let heir = Worker::stuck(&table.infra);
    let _process = Process::start(heir.jobs());
    heir.has_begun(1).await;
    slow.open();
    slow_process.drain().await;
    assert!(slow.done().is_empty(), "its fencing number was old");
    heir.open();
    heir.has_done(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_try_in_the_same_process_keeps_its_lease_when_the_old_one_ends() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Work(1)).await;
    worker.has_begun(1).await;
    // As if the database had been away for longer than a lease.
    let past = table.infra.clock.now() - chrono::Duration::hours(1);
    table.execute("UPDATE jobs SET leased_until = $1", [past.into()]).await;
    table.node.clock.advance(Duration::from_secs(6));
    worker.has_begun(2).await;
    worker.open_for(1);
    for _ in 0..4 {
        table.node.clock.advance(Duration::from_secs(25));
        alive(&table).await;
    }
    assert_eq!((table.find(id).await.unwrap().attempts, worker.begun().len()), (2, 2));
}

/// Waits for a sign of life of who holds the one job.
async fn alive(table: &Table) {
    eventually("a sign of life", || async {
        let db = table.infra.db.read();
        let select = orion_infra::db::dialect::statement(db, "SELECT leased_until FROM jobs", []);
        let row = db.query_one_raw(select).await.unwrap().unwrap();
        let until: Option<chrono::DateTime<chrono::Utc>> = row.try_get("", "leased_until").unwrap();
        until.is_some_and(|until| until - table.infra.clock.now() > chrono::Duration::seconds(45)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_lives_keeps_a_long_job() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Work(1)).await;
    worker.has_begun(1).await;
    let envious = table.worker();
    let _other = Process::start(envious.jobs());
    for _ in 0..8 {
        table.node.clock.advance(Duration::from_secs(25));
        alive(&table).await;
    }
    assert_eq!(table.find(id).await.unwrap().attempts, 1);
    worker.open();
    worker.has_done(1).await;
    assert!(envious.begun().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_kills_each_of_its_workers_is_dead_in_the_end() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let id = table.enqueue(Work(1)).await;
    for begun in 1..=3 {
        let process = Process::start(worker.jobs());
        worker.has_begun(begun).await;
        process.kill();
        table.node.clock.advance(LEASE_OVER);
    }
    let _process = Process::start(worker.jobs());
    let dead = table.in_state(id, JobState::Dead).await;
    assert_eq!((dead.attempts, dead.reason.as_deref()), (3, Some("its worker stopped without a word")));
    assert_eq!(worker.begun().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_knows_itself_alone_takes_over_at_once_but_not_for_ever() {
    let table = Table::new().await;
    let worker = table.worker();
    let process = Process::start(worker.jobs());
    let (last, other) = (table.enqueue(Endless(1)).await, table.enqueue(Patient(2)).await);
    worker.has_begun(2).await;
    process.kill();
    table.infra.release_leases().await.unwrap();
    assert_eq!(table.find(last).await.unwrap().state, JobState::Dead, "it was its only try");
    assert_eq!(table.find(other).await.unwrap().state, JobState::Due);
}
