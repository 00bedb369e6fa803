//! The job table on both databases.

use async_trait::async_trait;
use orion_contracts::{Problem, ServiceName};
use orion_infra::Infra;
use orion_infra::jobs::{self, Job, JobHandler, JobOutcome, NewJob, Retention, Runner};
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use sea_orm::ConnectionTrait;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Completes what it is given, after failing as often as told; may be told to take its time.
struct Worker {
    infra: Infra,
    failures: AtomicU32,
    pause: Duration,
    done: Mutex<Vec<(String, bool)>>,
}

impl Worker {
    fn new(infra: &Infra, failures: u32, pause: Duration) -> Arc<Self> {
        Arc::new(Self { infra: infra.clone(), failures: AtomicU32::new(failures), pause, done: Mutex::default() })
    }

    fn completed(&self) -> Vec<String> {
        self.done.lock().unwrap().iter().filter(|(_, held)| *held).map(|(payload, _)| payload.clone()).collect()
    }

    fn run(self: &Arc<Self>, stop: &CancellationToken) {
        let infra = &self.infra;
        let runner = Runner::new(infra.db.clone(), infra.clock.clone(), infra.random.clone(), infra.queues.clone())
            .handle("work", self.clone());
        tokio::spawn(runner.run(stop.clone()));
    }
}

#[async_trait]
impl JobHandler for Worker {
    async fn run(&self, job: &Job) -> Result<JobOutcome, Problem> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            return Ok(JobOutcome::Retry { reason: "told to".to_owned(), after: Some(Duration::from_millis(10)) });
        }
        tokio::time::sleep(self.pause).await;
        let txn = self.infra.db.begin().await?;
        let held = jobs::complete(&txn, job).await?;
        if held {
            txn.commit().await?
        } else {
            txn.rollback().await?
        }
        self.done.lock().unwrap().push((job.payload.clone(), held));
        Ok(JobOutcome::Completed)
    }
}

async fn enqueue(infra: &Infra, number: i64, max_attempts: i64, commit: bool) {
    let txn = infra.db.begin().await.unwrap();
    let payload = serde_json::json!(number);
    let job = NewJob { kind: "work", payload: &payload, priority: 0, due_at: infra.clock.now(), max_attempts };
    jobs::enqueue(&txn, &infra.clock, &infra.random, job).await.unwrap();
    if commit { txn.commit().await.unwrap() } else { txn.rollback().await.unwrap() }
}

async fn states(infra: &Infra) -> Vec<String> {
    let statement = orion_infra::db::dialect::statement(infra.db.read(), "SELECT state FROM jobs", []);
    let rows = infra.db.read().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "state").unwrap()).collect()
}

#[tokio::test]
async fn each_committed_job_is_done_once_also_by_several_workers() {
    let place = empty_place().await;
    let infra = Node::start(&place).await.infra(ServiceName::Notifications).await;
    let stop = CancellationToken::new();
    let workers = [0, 1, 2].map(|_| Worker::new(&infra, 0, Duration::ZERO));
    workers.iter().for_each(|worker| worker.run(&stop));
    for number in 0..30 {
        enqueue(&infra, number, 3, number % 3 != 0).await;
    }
    let all = || workers.iter().flat_map(|worker| worker.completed()).collect::<Vec<_>>();
    eventually("all jobs", || async { (all().len() >= 20).then_some(()) }).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut done: Vec<i64> = all().iter().map(|payload| payload.parse().unwrap()).collect();
    done.sort_unstable();
    assert_eq!(done, (0..30).filter(|number| number % 3 != 0).collect::<Vec<_>>());
    assert!(states(&infra).await.is_empty());
    stop.cancel();
}

#[tokio::test]
async fn a_failing_job_is_tried_again_and_dead_when_it_was_tried_often_enough() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let stop = CancellationToken::new();
    let worker = Worker::new(&infra, 2, Duration::ZERO);
    worker.run(&stop);
    enqueue(&infra, 1, 3, true).await;
    eventually("the third try", || async { (worker.completed().len() == 1).then_some(()) }).await;
    worker.failures.store(2, Ordering::SeqCst);
    enqueue(&infra, 2, 2, true).await;
    eventually("its death", || async { (states(&infra).await == ["dead"]).then_some(()) }).await;
    node.clock.advance(Duration::from_secs(61));
    let dead = || infra.queues.dead.with_label_values(&["work"]).get();
    eventually("its being counted", || async { (dead() == 1).then_some(()) }).await;
    stop.cancel();
}

#[tokio::test]
async fn dead_jobs_are_cut_after_a_month_and_jobs_that_wait_are_not() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let stop = CancellationToken::new();
    let worker = Worker::new(&infra, 1, Duration::ZERO);
    worker.run(&stop);
    enqueue(&infra, 1, 1, true).await;
    eventually("its death", || async { (states(&infra).await == ["dead"]).then_some(()) }).await;
    stop.cancel();
    enqueue(&infra, 2, 1, true).await;
    let cut = |days: u64| {
        node.clock.advance(jobs::days(days));
        let retention = Retention::new(infra.db.clone(), infra.clock.clone(), Vec::new());
        async move {
            let rule = jobs::PLATFORM_RETENTION.iter().find(|rule| rule.table == "jobs").unwrap();
            retention.cut(rule, &CancellationToken::new()).await.unwrap()
        }
    };
    assert_eq!(cut(29).await, 0);
    assert_eq!(cut(2).await, 1);
    assert_eq!(states(&infra).await, ["due"]);
}

#[tokio::test]
async fn cutting_goes_slice_by_slice_and_ends_when_told_to_stop() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let txn = infra.db.begin().await.unwrap();
    for _ in 0..2100 {
        let id: uuid::Uuid = infra.random.id(&infra.clock);
        let insert = "INSERT INTO inbox (event_id, consumer, received_at) VALUES ($1, 'x', $2)";
        let insert =
            orion_infra::db::dialect::statement(txn.connection(), insert, [id.into(), infra.clock.now().into()]);
        txn.execute_raw(insert).await.unwrap();
    }
    txn.commit().await.unwrap();
    node.clock.advance(jobs::days(15));
    let rule = jobs::PLATFORM_RETENTION.iter().find(|rule| rule.table == "inbox").unwrap();
    let retention = Retention::new(infra.db.clone(), infra.clock.clone(), Vec::new());
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(retention.cut(rule, &stop).await.unwrap(), 1000);
    assert_eq!(retention.cut(rule, &CancellationToken::new()).await.unwrap(), 1100);
}

#[tokio::test]
async fn a_worker_whose_lease_ran_out_completes_nothing() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let (slow_stop, stop) = (CancellationToken::new(), CancellationToken::new());
    let slow = Worker::new(&infra, 0, Duration::from_millis(1500));
    slow.run(&slow_stop);
    enqueue(&infra, 1, 5, true).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    slow_stop.cancel();
    node.clock.advance(Duration::from_secs(121));
    let quick = Worker::new(&infra, 0, Duration::ZERO);
    quick.run(&stop);
    eventually("the take-over", || async { (quick.completed().len() == 1).then_some(()) }).await;
    eventually("the slow worker's end", || async { slow.done.lock().unwrap().first().cloned() }).await;
    assert!(slow.completed().is_empty(), "its fencing number was old");
    stop.cancel();
}
