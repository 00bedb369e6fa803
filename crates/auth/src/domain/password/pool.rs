//! Hashing is bounded: a few threads, a short queue, and an early "no", so that a flood of sign-ins takes neither the
//! memory nor the time of everything else. Threads come with work and go, with their memory, when there is none.

use super::hasher::{self, Parameters, SALT, StoredHash};
use crate::error::AuthError;
use argon2::Block;
use orion_contracts::Password;
use orion_infra::Random;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a thread keeps its memory without work.
const IDLE: Duration = Duration::from_secs(5);

/// A cheap handle to the pool.
#[derive(Clone)]
pub(crate) struct HashingPool(Arc<Inner>);

struct Inner {
    parameters: Parameters,
    random: Random,
    threads: usize,
    waiting: usize,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// How many threads there are, and how many of them hash.
    threads: usize,
    busy: usize,
}

enum Job {
    Hash { password: Password, salt: [u8; SALT], answer: oneshot::Sender<Result<String, AuthError>> },
    Verify { password: Password, stored: StoredHash, answer: oneshot::Sender<Result<bool, AuthError>> },
}

impl HashingPool {
    /// Hashes on at most `concurrency` threads (0: one per core) while at most `queue` jobs wait.
    pub(crate) fn new(parameters: Parameters, random: Random, concurrency: u32, queue: u32) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Inner {
            parameters,
            random,
            threads: if concurrency == 0 { cores() } else { concurrency as usize },
            waiting: queue as usize,
            state: Mutex::default(),
            bell: Condvar::new(),
        }))
    }

    /// What a new hash costs.
    pub(crate) fn parameters(&self) -> &Parameters {
        &self.0.parameters
    }

    /// The PHC string of the password, with a new salt.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, AuthError> {
        let (answer, done) = oneshot::channel();
        let salt = self.0.random.bytes();
        self.push(Job::Hash { password: password.clone(), salt, answer })?;
        done.await.map_err(|_| lost())?
    }

    /// Whether the password has this hash.
    pub(crate) async fn verify(&self, password: &Password, stored: StoredHash) -> Result<bool, AuthError> {
        let (answer, done) = oneshot::channel();
        self.push(Job::Verify { password: password.clone(), stored, answer })?;
        done.await.map_err(|_| lost())?
    }

    fn push(&self, job: Job) -> Result<(), AuthError> {
        let mut state = self.0.lock();
        if state.jobs.len() + state.busy >= self.0.threads + self.0.waiting {
            return Err(AuthError::HashingBusy);
        }
        state.jobs.push_back(job);
        self.0.bell.notify_one();
        if state.threads == self.0.threads || state.threads - state.busy >= state.jobs.len() {
            return Ok(());
        }
        let inner = self.0.clone();
        match std::thread::Builder::new().name("hash".to_owned()).spawn(move || inner.work()) {
            Ok(_) => state.threads += 1,
            // Others will come to it; without any, nobody would.
            Err(error) if state.threads == 0 => {
                state.jobs.pop_back();
                return Err(AuthError::Defect(format!("no thread for hashing: {error}")));
            }
            Err(_) => {}
        }
        Ok(())
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _here = Presence(self);
        let mut memory = Vec::new();
        let mut finished = false;
        while let Some(job) = self.next(finished) {
            self.run(job, &mut memory);
            finished = true;
        }
    }

    /// The next job; none when there was no work for a while. `finished` says that the thread comes from a job.
    fn next(&self, finished: bool) -> Option<Job> {
        let mut state = self.lock();
        state.busy -= usize::from(finished);
        let (mut state, _) = self
            .bell
            .wait_timeout_while(state, IDLE, |state| state.jobs.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let job = state.jobs.pop_front();
        match job {
            Some(_) => state.busy += 1,
            // Under the same lock as the look at the queue: whoever pushes now starts a new thread.
            None => state.threads -= 1,
        }
        job
    }

    fn run(&self, job: Job, memory: &mut Vec<Block>) {
        // Nobody waits for the answer any more when its channel is closed.
        match job {
            Job::Hash { answer, password, salt } if !answer.is_closed() => {
                let _ = answer.send(self.parameters.hash(password.expose(), &salt, memory));
            }
            Job::Verify { answer, password, stored } if !answer.is_closed() => {
                let _ = answer.send(hasher::verify(password.expose(), &stored, memory));
            }
            _ => {}
        }
    }
}

/// Stops counting a thread that panics over a job.
struct Presence<'a>(&'a Inner);

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.lock();
            (state.threads, state.busy) = (state.threads - 1, state.busy - 1);
        }
    }
}

fn lost() -> AuthError {
    AuthError::Defect("a hashing thread ended without an answer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(memory: u32, concurrency: u32, queue: u32) -> HashingPool {
        let config = crate::tests::config(memory);
        HashingPool::new(Parameters::new(&config).expect("valid"), Random::seeded(1), concurrency, queue)
    }

    #[tokio::test]
    async fn what_was_hashed_verifies() {
        let pool = pool(64, 2, 64);
        let password: Password = "a long enough password".parse().expect("a password");
        let written = pool.hash(&password).await.expect("hashed");
        let stored = StoredHash::parse(&written).expect("usable");
        assert!(pool.verify(&password, stored.clone()).await.expect("verified"));
        assert!(!pool.verify(&"another password".parse().expect("a password"), stored).await.expect("verified"));
        assert_ne!(written, pool.hash(&password).await.expect("hashed"), "each hash has its own salt");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_queue_is_refused_at_once_and_the_rest_is_done() {
        let pool = pool(8192, 1, 3);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let pool = pool.clone();
                let password: Password = "a long enough password".parse().expect("a password");
                tokio::spawn(async move { pool.hash(&password).await })
            })
            .collect();
        let (mut done, mut refused) = (0, 0);
        for call in calls {
            match call.await.expect("no panic") {
                Ok(_) => done += 1,
                Err(AuthError::HashingBusy) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(done >= 4 && refused > 0, "{done} done, {refused} refused");
        assert_eq!(done + refused, 20);
    }
}
