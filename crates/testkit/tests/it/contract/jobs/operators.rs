//! Cancelling, repeating, looking.

use super::kinds::{Patient, Work, Worker};
use super::{Process, Table};
use orion_contracts::Author;
use orion_contracts::jobs::{JobProgress, JobQuery, JobState};
use orion_infra::jobs::{self, JobOptions, NotPossible};
use orion_testkit::eventually;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_waits_is_cancelled_at_once_and_can_be_wanted_after_all() {
    let table = Table::new().await;
    let id = table.enqueue(Work(1)).await;
    let cancelled = jobs::cancel(&table.infra, Author::PLATFORM, id).await.unwrap();
    assert_eq!(cancelled.state, JobState::Cancelled);
    assert!(cancelled.finished_at.is_some());
    let again = jobs::cancel(&table.infra, Author::PLATFORM, id).await;
    assert!(matches!(again, Err(NotPossible::State(JobState::Cancelled))), "{again:?}");
    let worker = table.worker();
    let _process = Process::start(worker.jobs());
    jobs::replay(&table.infra, Author::PLATFORM, id).await.unwrap();
    worker.has_done(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_runs_says_how_far_it_is_and_leaves_off_when_it_is_cancelled() {
    let table = Table::new().await;
    let worker = table.worker();
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Patient(42)).await;
    worker.has_begun(1).await;
    table.node.clock.advance(Duration::from_secs(2));
    let running = eventually("progress", || async { table.find(id).await.filter(|job| job.progress.is_some()) }).await;
    assert_eq!(running.progress, Some(JobProgress { done: 42, total: 100 }));
    let told = jobs::cancel(&table.infra, Author::PLATFORM, id).await.unwrap();
    assert_eq!(told.state, JobState::Running);
    assert!(told.cancel_requested_at.is_some());
    table.node.clock.advance(Duration::from_secs(2));
    table.in_state(id, JobState::Cancelled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_job_is_done_when_its_cause_is_gone_and_it_is_let_go_again() {
    let table = Table::new().await;
    let worker = table.worker();
    worker.fail(3);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Work(1)).await;
    table.in_state(id, JobState::Dead).await;
    assert_eq!(jobs::replay(&table.infra, Author::PLATFORM, id).await.unwrap().attempts, 0);
    worker.has_done(1).await;
    table.gone(id).await;
    let gone = jobs::replay(&table.infra, Author::PLATFORM, id).await;
    assert!(matches!(gone, Err(NotPossible::NotFound)), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_for_somebody_can_be_seen_for_a_day_without_what_it_was_made_of() {
    let table = Table::new().await;
    let owner = Author::user(table.infra.random.id(&table.infra.clock), None);
    let id = table.enqueue_with(Work(1), JobOptions { owner: Some(owner), ..JobOptions::default() }).await;
    let worker = table.worker();
    let process = Process::start(worker.jobs());
    let done = table.in_state(id, JobState::Done).await;
    assert_eq!((done.owner, done.attempts), (Some(owner), 1));
    process.drain().await;
    assert_eq!(super::retention::cut(&table, jobs::days(1) - Duration::from_secs(60)).await, 0);
    assert_eq!(super::retention::cut(&table, Duration::from_secs(120)).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_listed_by_what_they_are_newest_first() {
    let table = Table::new().await;
    let ids = [table.enqueue(Work(1)).await, table.enqueue(Patient(2)).await, table.enqueue(Work(3)).await];
    jobs::cancel(&table.infra, Author::PLATFORM, ids[2]).await.unwrap();
    let list = async |query: JobQuery, before, limit| {
        let found = jobs::list(&table.infra, &query, before, limit).await.unwrap();
        found.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let mut newest = ids;
    newest.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(list(JobQuery::default(), None, 2).await, newest[..2]);
    assert_eq!(list(JobQuery::default(), Some(newest[1]), 2).await, newest[2..]);
    let of = |state, kind: &str| JobQuery { state: Some(state), kind: Some(kind.to_owned()), ..JobQuery::default() };
    assert_eq!(list(of(JobState::Due, "Work"), None, 9).await, [ids[0]]);
    assert_eq!(list(of(JobState::Cancelled, "Work"), None, 9).await, [ids[2]]);
    let elsewhere = JobQuery { queue: Some("narrow".to_owned()), ..JobQuery::default() };
    assert!(list(elsewhere, None, 9).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_ends_before_it_looks_is_done() {
    let table = Table::new().await;
    let worker = Worker::stuck(&table.infra);
    let _process = Process::start(worker.jobs());
    let id = table.enqueue(Work(1)).await;
    worker.has_begun(1).await;
    jobs::cancel(&table.infra, Author::PLATFORM, id).await.unwrap();
    worker.open();
    worker.has_done(1).await;
    table.gone(id).await;
}
