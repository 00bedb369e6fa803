//! Runs tasks, starts again what fails, and ends them all within a time.

use super::{Task, TaskStates, panic_words};
use crate::Clock;
use crate::backoff::Backoff;
use futures_util::FutureExt;
use prometheus::IntCounterVec;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

/// The pause before a task is started again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How the pause grows. There is one task of the name in the process, so there is nobody to keep apart.
const PAUSES: Backoff = Backoff::new(FIRST_PAUSE, Duration::from_secs(60));
/// A task that has run for so long was well: its next failure is a first one.
const WELL: Duration = Duration::from_secs(60);
/// How long what is cut may take to let go of what it holds.
const LETTING_GO: Duration = Duration::from_secs(1);

/// Runs tasks. When it is dropped they are cut.
pub struct Supervisor {
    watch: Watch,
    stop: CancellationToken,
    running: JoinSet<()>,
    names: HashMap<Id, String>,
}

/// What watching over a task needs.
#[derive(Clone)]
struct Watch {
    clock: Clock,
    restarts: IntCounterVec,
    states: TaskStates,
}

impl Supervisor {
    /// Runs nothing yet. Counts restarts, and notes in `states` what is down.
    pub fn new(clock: Clock, restarts: IntCounterVec, states: TaskStates) -> Self {
        let watch = Watch { clock, restarts, states };
        Self { watch, stop: CancellationToken::new(), running: JoinSet::new(), names: HashMap::new() }
    }

    /// Runs a task from now on.
    pub fn spawn(&mut self, task: Task) {
        let name = task.name.to_string();
        // They would share a name in what is down: the well one would hide the other.
        debug_assert!(self.names.values().all(|known| *known != name), "two tasks are called {name}");
        let handle = self.running.spawn(self.watch.clone().run(task, self.stop.clone()));
        self.names.insert(handle.id(), name);
    }

    /// Tells all tasks to stop, without waiting for them.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Tells all tasks to stop, and waits for them until the moment of the monotonic time; then they are cut. The names of
    /// those that were.
    pub async fn end(mut self, deadline: Duration) -> Vec<String> {
        self.stop();
        let clock = self.watch.clock.clone();
        tokio::select! {
            biased;
            () = self.all_ended() => {}
            () = clock.sleep_until(deadline) => {}
        }
        let mut left: Vec<_> = self.names.values().cloned().collect();
        if !left.is_empty() {
            left.sort();
            tracing::warn!(tasks = left.join(", "), "background work did not end within the drain time; it is cut");
            if tokio::time::timeout(LETTING_GO, self.running.shutdown()).await.is_err() {
                tracing::warn!("background work that was cut goes on: it blocks its thread");
            }
        }
        left
    }

    async fn all_ended(&mut self) {
        while let Some(ended) = self.running.join_next_with_id().await {
            let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
            self.names.remove(&id);
        }
    }
}

impl Watch {
    async fn run(self, task: Task, stop: CancellationToken) {
        let mut failures = 0;
        loop {
            let started = self.clock.monotonic();
            // What a panic leaves half done stays in the task's future, which is dropped.
            let ended = AssertUnwindSafe(async { (task.run)(stop.clone()).await }).catch_unwind().await;
            let reason = match ended {
                Ok(()) if stop.is_cancelled() => return,
                Ok(()) => "ended early".to_owned(),
                Err(panic) => format!("panicked: {}", panic_words(&*panic)),
            };
            let name = &*task.name;
            if stop.is_cancelled() {
                tracing::error!(task = name, reason, "background task failed while it was stopping");
                return;
            }
            if self.clock.monotonic().saturating_sub(started) >= WELL {
                failures = 0;
            }
            failures += 1;
            let pause = PAUSES.bound(failures);
            tracing::error!(task = name, reason, restart_in = ?pause, "background task failed");
            self.restarts.with_label_values(&[name]).inc();
            self.states.down(name, &reason);
            let on = stop.run_until_cancelled(self.clock.sleep(pause)).await;
            self.states.up(name);
            if on.is_none() {
                return;
            }
        }
    }
}

#[cfg(test)]
#[path = "supervisor_tests.rs"]
mod tests;
