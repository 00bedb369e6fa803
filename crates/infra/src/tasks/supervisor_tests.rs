use super::*;
use crate::Metrics;
use crate::clock::ClockControl;
use orion_contracts::ServiceName;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

struct Bench {
    supervisor: Supervisor,
    states: TaskStates,
    clock: Clock,
    control: ClockControl,
    restarts: IntCounterVec,
    starts: Arc<AtomicU32>,
}

impl Bench {
    fn new() -> Self {
        let (clock, control) = Clock::adjustable();
        let restarts = Metrics::new(ServiceName::Auth).counter("restarts", "Restarts.", &["task"]);
        let states = TaskStates::default();
        let supervisor = Supervisor::new(clock.clone(), restarts.clone(), states.of_service());
        let states = supervisor.watch.states.clone();
        Self { supervisor, states, clock, control, restarts, starts: Arc::default() }
    }

    /// Runs a task that counts its starts and then does as told.
    fn run<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        then: impl Fn(u32, CancellationToken) -> F + Send + Sync + 'static,
    ) {
        let starts = self.starts.clone();
        self.supervisor.spawn(Task::new("work", move |stop| then(starts.fetch_add(1, Ordering::SeqCst) + 1, stop)));
    }

    async fn until(&self, what: &str, there: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !there(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    async fn started(&self, times: u32) {
        self.until("another start", |bench| bench.starts.load(Ordering::SeqCst) >= times).await;
    }

    async fn is_down(&self) {
        self.until("a failure that is seen", |bench| bench.states.check().is_err()).await;
    }
}

#[tokio::test]
async fn what_panics_or_ends_early_is_seen_counted_and_started_again_after_growing_pauses() {
    let mut bench = Bench::new();
    bench.run(async |start, stop: CancellationToken| match start {
        1 => panic!("a defect"),
        2 => {}
        _ => stop.cancelled().await,
    });
    bench.is_down().await;
    assert_eq!(bench.states.check(), Err("waiting to be started again: work panicked: a defect".to_owned()));
    bench.control.advance(FIRST_PAUSE);
    bench.started(2).await;
    bench.is_down().await;
    assert_eq!(bench.states.check(), Err("waiting to be started again: work ended early".to_owned()));
    bench.control.advance(FIRST_PAUSE);
    tokio::task::yield_now().await;
    assert_eq!(bench.starts.load(Ordering::SeqCst), 2, "the second pause is longer");
    bench.control.advance(FIRST_PAUSE);
    bench.started(3).await;
    assert_eq!(bench.states.check(), Ok(()));
    assert_eq!(bench.restarts.with_label_values(&["work"]).get(), 2);
    let deadline = bench.clock.monotonic() + WELL;
    assert_eq!(bench.supervisor.end(deadline).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_task_that_was_well_for_a_minute_is_started_again_soon() {
    let mut bench = Bench::new();
    let fail = Arc::new(tokio::sync::Notify::new());
    let told = fail.clone();
    bench.run(move |start, _| {
        let told = told.clone();
        async move {
            if start > 2 {
                told.notified().await;
            }
        }
    });
    for (times, pause) in [(2, FIRST_PAUSE), (3, 2 * FIRST_PAUSE)] {
        bench.is_down().await;
        bench.control.advance(pause);
        bench.started(times).await;
    }
    bench.control.advance(WELL);
    fail.notify_one();
    bench.is_down().await;
    bench.control.advance(FIRST_PAUSE);
    bench.started(4).await;
}

#[tokio::test]
async fn who_does_not_listen_is_cut_at_the_deadline_and_named() {
    let mut bench = Bench::new();
    bench.run(async |_, _| std::future::pending().await);
    bench.supervisor.spawn(Task::new("obedient", |stop| async move { stop.cancelled().await }));
    bench.started(1).await;
    let Bench { supervisor, clock, control, .. } = bench;
    let ending = tokio::spawn(supervisor.end(clock.monotonic() + Duration::from_secs(3600)));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(!ending.is_finished(), "it has until the deadline");
    control.advance(Duration::from_secs(3600));
    let cut = tokio::time::timeout(Duration::from_secs(10), ending).await.expect("an end in time").expect("no panic");
    assert_eq!(cut, ["work"]);
}

#[tokio::test]
async fn what_is_done_every_so_often_is_done_after_each_pause_and_finished_at_the_end() {
    let mut bench = Bench::new();
    let (done, pause) = (Arc::new(AtomicU32::new(0)), Duration::from_secs(600));
    let count = done.clone();
    bench.supervisor.spawn(Task::every("count", &bench.clock, pause, move || {
        let count = count.clone();
        async move {
            tokio::task::yield_now().await;
            count.fetch_add(1, Ordering::SeqCst);
        }
    }));
    for times in 1..3 {
        tokio::task::yield_now().await;
        bench.control.advance(pause);
        bench.until("the next time", |_| done.load(Ordering::SeqCst) >= times).await;
        assert_eq!(done.load(Ordering::SeqCst), times);
    }
    let deadline = bench.clock.monotonic() + pause;
    assert!(bench.supervisor.end(deadline).await.is_empty());
}

#[tokio::test]
#[cfg(debug_assertions)]
#[should_panic(expected = "two tasks are called work")]
async fn two_tasks_of_one_name_are_refused() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        bench.supervisor.spawn(Task::new("work", |stop| async move { stop.cancelled().await }));
    }
}
