//! From being wanted to the end.

use super::kinds::{Endless, Narrow, Once, Panics, Patient, Work, Worker, want_and_take_back};
use super::{Process, Table};
use orion_contracts::jobs::JobState;
use orion_infra::jobs::{Due, JobOptions, Jobs};
use orion_testkit::eventually;
use sea_orm::ConnectionTrait;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_committed_job_is_done_once_also_by_several_workers() {
    let table = Table::new().await;
    let workers = [0, 1, 2].map(|_| table.worker());
    let _processes = workers.each_ref().map(|worker| Process::start(worker.jobs()));
    for number in 0..30 {
        match number % 3 {
            0 => want_and_take_back(&table.infra, number).await,
            _ => drop(table.enqueue(Work(number)).await),
        }
    }
    let all = || workers.iter().flat_map(Worker::done).collect::<Vec<_>>();
    eventually("all jobs", || async { (all().len() >= 20).then_some(()) }).await;
    eventually("their rows' end", || async { table.all().await.is_empty().then_some(()) }).await;
    let mut done = all();
    done.sort_unstable();
    assert_eq!(done, (0..30).filter(|number| number % 3 != 0).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_a_higher_priority_goes_first_and_among_equals_who_came_first() {
    let table = Table::new().await;
    for number in [1, 3, 2, 3, 1] {
        table.enqueue(Narrow(number)).await;
    }
    let worker = table.worker();
    let _process = Process::start(worker.jobs());
    worker.has_done(5).await;
    assert_eq!(worker.done(), [3, 3, 2, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_not_done_before_it_is_due() {
    let table = Table::new().await;
    let later = JobOptions { due: Due::After(Duration::from_secs(3600)), ..JobOptions::default() };
    table.enqueue_with(Work(1), later).await;
    let worker = table.worker();
    let _process = Process::start(worker.jobs());
    table.enqueue(Work(2)).await;
    worker.has_done(1).await;
    table.node.clock.advance(Duration::from_secs(3601));
    worker.has_done(2).await;
    assert_eq!(worker.done(), [2, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_job_is_tried_again_and_dead_when_it_was_tried_often_enough() {
    let table = Table::new().await;
    let worker = table.worker();
    worker.fail(2);
    let _process = Process::start(worker.jobs());
    let first = table.enqueue(Work(1)).await;
    worker.has_done(1).await;
    table.gone(first).await;
    worker.fail(3);
    let second = table.enqueue(Work(2)).await;
    let dead = table.in_state(second, JobState::Dead).await;
    assert_eq!((dead.attempts, dead.max_attempts, dead.reason.as_deref()), (3, Some(3), Some("told to")));
    table.node.clock.advance(Duration::from_secs(61));
    let counted = || table.infra.queues.dead.with_label_values(&["Work"]).get();
    eventually("its being counted", || async { (counted() == 1).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_failure_with_its_words() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Panics(1)).await;
    let waiting = eventually("the failure", || async { table.find(id).await.filter(|job| job.reason.is_some()) }).await;
    assert_eq!(waiting.reason.as_deref(), Some("it panicked: the first try"));
    worker.open();
    table.node.clock.advance(Duration::from_secs(60));
    worker.has_done(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_takes_too_long_is_broken_off() {
    let table = Table::new().await;
    let worker = table.worker();
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Endless(1)).await;
    worker.has_begun(1).await;
    table.node.clock.advance(Duration::from_secs(3601));
    let dead = table.in_state(id, JobState::Dead).await;
    assert_eq!(dead.reason.as_deref(), Some("it took longer than 3600 s"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_dead_at_once_with_its_reason() {
    let table = Table::new().await;
    let id = table.enqueue(Work(1)).await;
    table.execute("UPDATE jobs SET payload = $1", [r#""s3cret""#.into()]).await;
    let _process = Process::start(table.worker().jobs());
    let dead = table.in_state(id, JobState::Dead).await;
    let reason = dead.reason.unwrap_or_default();
    assert!(reason.starts_with("the payload cannot be read") && !reason.contains("s3cret"), "{reason}");
    assert_eq!(dead.attempts, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_version_does_not_know_waits_for_a_newer_one_and_is_counted() {
    let table = Table::new().await;
    let (old, new) = (table.worker(), table.worker());
    let _old = Process::start(Jobs::new(&table.infra).handle::<Work>(&old));
    let unknown = table.enqueue(Once(2)).await;
    table.enqueue(Work(1)).await;
    old.has_done(1).await;
    let counted = async |jobs| {
        let gauge = || table.infra.queues.unknown.with_label_values(&["Once"]).get();
        eventually("its being counted", async || {
            table.node.clock.advance(Duration::from_secs(20));
            (gauge() == jobs).then_some(())
        })
        .await;
    };
    counted(1).await;
    let waiting = table.find(unknown).await.expect("still there");
    assert_eq!((waiting.state, waiting.attempts), (JobState::Due, 0));
    let _new = Process::start(new.jobs());
    new.has_done(1).await;
    counted(0).await;
    assert_eq!((old.begun(), new.begun()), (vec![1], vec![2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_another_queue_than_its_kind_has_is_fetched_and_done() {
    let table = Table::new().await;
    let worker = table.worker();
    table.enqueue(Work(1)).await;
    let held = table.enqueue(Work(2)).await;
    table.execute("UPDATE jobs SET queue = $1", ["elsewhere".into()]).await;
    let long_ago = table.infra.clock.now() - chrono::Duration::hours(1);
    let hold = "UPDATE jobs SET state = 'running', attempts = 1, leased_until = $1 WHERE id = $2";
    table.execute(hold, [long_ago.into(), held.0.into()]).await;
    let _process = Process::start(worker.jobs());
    eventually("their end", async || {
        table.node.clock.advance(Duration::from_secs(2));
        (worker.done().len() == 2).then_some(())
    })
    .await;
    assert_eq!(worker.done().iter().sum::<i64>(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(debug_assertions)]
#[should_panic(expected = "two kinds of jobs are called Work")]
async fn one_kind_in_two_queues_is_refused() {
    let table = Table::new().await;
    let worker = table.worker();
    let _ = worker.jobs().handle::<super::kinds::Namesake>(&worker);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_stops_no_other() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let stuck = Process::start(worker.jobs());
    table.enqueue(Narrow(1)).await;
    worker.has_begun(1).await;
    table.enqueue(Narrow(2)).await;
    table.enqueue(Work(3)).await;
    worker.has_begun(2).await;
    assert_eq!(worker.begun(), [1, 3]);
    worker.open();
    worker.has_done(3).await;
    stuck.drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_waits_is_wanted_once_and_one_that_runs_once_more() {
    let table = Table::new().await;
    let first = table.enqueue(Once(1)).await;
    table.enqueue(Once(2)).await;
    assert_eq!(table.all().await.iter().map(|job| job.id).collect::<Vec<_>>(), [first]);
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    worker.has_begun(1).await;
    table.enqueue(Once(3)).await;
    table.enqueue(Once(4)).await;
    assert_eq!(table.all().await.len(), 1);
    worker.open();
    worker.has_done(2).await;
    table.gone(first).await;
    assert_eq!(worker.done(), [1, 4], "the newest reason counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_wanted_at_the_moment_of_its_end_is_done_once_more() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Once(1)).await;
    worker.has_begun(1).await;
    // Somebody has written that it is wanted, and not committed it, when the worker comes to the row.
    let wanting = table.infra.db.begin().await.unwrap();
    wanting.execute_unprepared("UPDATE jobs SET again_at = due_at").await.unwrap();
    worker.open();
    // That it does not come further is seen by nothing but time.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(worker.done().is_empty(), "it waits for the row");
    wanting.commit().await.unwrap();
    worker.has_done(2).await;
    table.gone(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_would_be_dead_and_is_wanted_once_more_is_tried_anew() {
    let table = Table::new().await;
    let worker = table.worker();
    let process = Process::start(worker.jobs());
    let id = table.enqueue(Endless(1)).await;
    for begun in 1..=2 {
        worker.has_begun(begun).await;
        assert_eq!(table.find(id).await.unwrap().attempts, 1);
        table.execute("UPDATE jobs SET again_at = due_at", Vec::new()).await;
        if begun == 1 {
            // It fails.
            table.node.clock.advance(Duration::from_secs(3601));
        }
    }
    // It stops with its worker.
    process.kill();
    table.infra.release_leases().await.unwrap();
    let again = table.find(id).await.unwrap();
    assert_eq!((again.state, again.attempts), (JobState::Due, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_puts_a_long_job_back_as_if_it_had_not_been_tried() {
    let table = Table::new().await;
    let worker = table.worker();
    let process = Process::start(worker.jobs());
    let id = table.enqueue(Patient(1)).await;
    worker.has_begun(1).await;
    process.drain().await;
    let job = table.find(id).await.unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Due, 0));
}
