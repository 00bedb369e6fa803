//! What is done again and again.

use super::kinds::{Tick, Worker};
use super::{Process, Table};
use orion_contracts::jobs::{JobInfo, JobState};
use orion_testkit::eventually;
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(3600);

fn start(worker: &Worker) -> Process {
    Process::start(worker.jobs().every(PAUSE, Tick(1), worker))
}

/// The one job of the schedule, once it waits for its next time.
async fn waiting(table: &Table) -> JobInfo {
    table.node.clock.advance(Duration::from_secs(2));
    let found = eventually("the next time", || async {
        let all = table.all().await;
        assert!(all.len() <= 1, "{all:?}");
        let far = table.infra.clock.now() + chrono::Duration::seconds(60);
        all.into_iter().find(|job| job.state == JobState::Due && job.due_at > far)
    });
    found.await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_time_is_one_nodes_and_restarts_put_nothing_off() {
    let table = Table::new().await;
    let workers = [table.worker(), table.worker()];
    let times = || workers.iter().map(|worker| worker.done().len()).sum::<usize>();
    let processes = workers.each_ref().map(start);
    let first = waiting(&table).await;
    table.node.clock.advance(PAUSE);
    eventually("the first time", || async { (times() == 1).then_some(()) }).await;
    let second = waiting(&table).await;
    assert_eq!((second.id, times()), (first.id, 1));
    for process in processes {
        process.drain().await;
    }
    table.node.clock.advance(PAUSE);
    let _processes = workers.each_ref().map(start);
    eventually("the second time", || async { (times() == 2).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_waits_for_its_next_time_with_its_reason() {
    let table = Table::new().await;
    let worker = table.worker();
    let _process = start(&worker);
    waiting(&table).await;
    worker.fail(2);
    table.node.clock.advance(PAUSE);
    worker.has_begun(2).await;
    let failed = waiting(&table).await;
    assert_eq!((failed.reason.as_deref(), failed.attempts), (Some("told to"), 0));
    table.node.clock.advance(PAUSE);
    worker.has_done(1).await;
    assert_eq!(waiting(&table).await.reason, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_is_what_this_version_registered_in_the_queue_that_it_has_here() {
    let table = Table::new().await;
    let (old, new) = (table.worker(), table.worker());
    let process = start(&old);
    let before = waiting(&table).await;
    process.drain().await;
    table.execute("UPDATE jobs SET queue = 'elsewhere', payload = $1", [r#"{ "of": "another form" }"#.into()]).await;
    let _process = Process::start(new.jobs().every(PAUSE, Tick(2), &new));
    table.node.clock.advance(PAUSE);
    eventually("the next time", async || {
        table.node.clock.advance(Duration::from_secs(2));
        (new.done() == [2]).then_some(())
    })
    .await;
    assert_eq!(waiting(&table).await.id, before.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_wanted_besides_its_schedule_is_done_once_as_it_was_wanted() {
    let table = Table::new().await;
    let worker = table.worker();
    let _process = start(&worker);
    waiting(&table).await;
    let wanted = table.enqueue(Tick(7)).await;
    worker.has_done(1).await;
    assert_eq!(worker.done(), [7]);
    table.gone(wanted).await;
}
