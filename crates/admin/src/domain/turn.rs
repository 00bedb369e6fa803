//! Turns of those who ask conditions of events: filters that are watched through, and searches through the log.
//!
//! Each of the two gets a quarter of one core in this process, whatever somebody writes into a condition; so neither keeps
//! the other from its share.

use orion_infra::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long one look should take, so that others have their turn.
pub(crate) const LOOK: Duration = Duration::from_millis(100);
/// Rest is taken when so much is due.
const REST: Duration = Duration::from_millis(5);
/// So many times as long as it worked, whoever had a turn rests.
const RESTS: u32 = 3;

/// A quarter of a core. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Turn {
    clock: Clock,
    rest: Arc<Mutex<Duration>>,
}

impl Turn {
    /// Nobody has it.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, rest: Arc::default() }
    }

    /// Time since an arbitrary moment.
    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Does a piece of work when its turn has come, beside the tasks, so that nobody else waits; `None` when it did not come in
    /// so much time, or the work failed.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        wait: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let mut rest = tokio::time::timeout(wait, self.rest.clone().lock_owned()).await.ok()?;
        if *rest >= REST {
            self.clock.sleep(*rest).await;
            // Only now: who is given up while it rests leaves the rest to the next.
            *rest = Duration::ZERO;
        }
        let started = self.clock.monotonic();
        // Who is no longer waited for leaves its turn only once its work has ended.
        let clock = self.clock.clone();
        let work = move || {
            let answer = work();
            *rest += clock.monotonic().saturating_sub(started) * RESTS;
            answer
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.inspect_err(|error| tracing::error!(%error, "a condition could not be asked")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn work(turn: &Turn) {
        turn.take(Duration::from_secs(10), || std::thread::sleep(Duration::from_millis(20))).await.expect("done");
    }

    #[tokio::test]
    async fn who_takes_turns_rests_longer_than_it_works() {
        let clock = Clock::system();
        let turn = Turn::new(clock.clone());
        let started = clock.monotonic();
        for _ in 0..5 {
            work(&turn).await;
        }
        let took = clock.monotonic().saturating_sub(started);
        assert!(took >= Duration::from_millis(5 * 20 + 4 * 60), "{took:?}");
    }

    #[tokio::test]
    async fn who_is_given_up_while_it_rests_leaves_the_rest_to_the_next() {
        let clock = Clock::system();
        let turn = Turn::new(clock.clone());
        work(&turn).await;
        let started = clock.monotonic();
        for _ in 0..2 {
            assert!(tokio::time::timeout(Duration::from_millis(5), turn.take(REST, || ())).await.is_err());
        }
        work(&turn).await;
        let took = clock.monotonic().saturating_sub(started);
        assert!(took >= Duration::from_millis(60 + 20), "{took:?}");
    }
}
