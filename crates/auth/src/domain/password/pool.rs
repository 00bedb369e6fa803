//! Hashing is bounded: a few threads, a short queue, and an early "no", so that a flood of sign-ins takes neither the
//! memory nor the time of everything else. Threads come with work and go, with their memory, when there is none.
//!
//! Registrations wait in a line of their own. Whoever signs in goes first, and where there are several threads one is
//! always left for them: anybody may register, as often as they like, and must not keep others from signing in.

use super::hasher::{self, Parameters, SALT, StoredHash};
use crate::error::AuthError;
use argon2::Block;
use orion_contracts::Password;
use orion_infra::Random;
use orion_infra::huge_pages::LargeBuffer;
use prometheus::IntCounterVec;
use std::cell::Cell;
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
    /// What was done, by operation.
    done: IntCounterVec,
    threads: usize,
    waiting: usize,
    /// How many threads may hash for registrations at once.
    registering: usize,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    sign_ins: Line,
    registrations: Line,
    /// How many threads there are.
    threads: usize,
}

/// What waits for its turn, and how many threads are at work on such.
#[derive(Default)]
struct Line {
    jobs: VecDeque<Job>,
    busy: usize,
}

/// Who asks for a hash.
#[derive(Clone, Copy, Debug)]
enum Asked {
    ToSignIn,
    ToRegister,
}

impl State {
    fn line(&mut self, asked: Asked) -> &mut Line {
        match asked {
            Asked::ToSignIn => &mut self.sign_ins,
            Asked::ToRegister => &mut self.registrations,
        }
    }

    fn busy(&self) -> usize {
        self.sign_ins.busy + self.registrations.busy
    }

    /// How many jobs could be begun if there were a thread for each.
    fn ready(&self, registering: usize) -> usize {
        let free = registering.saturating_sub(self.registrations.busy);
        self.sign_ins.jobs.len() + self.registrations.jobs.len().min(free)
    }

    /// The next job to begin, which is at work from now on.
    fn take(&mut self, registering: usize) -> Option<(Asked, Job)> {
        let asked = match self.sign_ins.jobs.is_empty() {
            false => Asked::ToSignIn,
            true if self.registrations.busy < registering => Asked::ToRegister,
            true => return None,
        };
        let line = self.line(asked);
        let job = line.jobs.pop_front()?;
        line.busy += 1;
        Some((asked, job))
    }
}

enum Job {
    Hash { password: Password, salt: [u8; SALT], answer: oneshot::Sender<Result<String, AuthError>> },
    Verify { password: Password, stored: StoredHash, answer: oneshot::Sender<Result<bool, AuthError>> },
}

impl HashingPool {
    /// Hashes on at most `concurrency` threads (0: one per core) while at most `queue` jobs of each line wait; counts what is done.
    pub(crate) fn new(
        parameters: Parameters,
        random: Random,
        done: IntCounterVec,
        (concurrency, queue): (u32, u32),
    ) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if concurrency == 0 { cores() } else { concurrency as usize };
        Self(Arc::new(Inner {
            parameters,
            random,
            done,
            threads,
            waiting: queue as usize,
            registering: threads.saturating_sub(1).max(1),
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
        self.hash_asked(Asked::ToSignIn, password).await
    }

    /// Like [`Self::hash`], for somebody who registers: after all who sign in.
    pub(crate) async fn hash_to_register(&self, password: &Password) -> Result<String, AuthError> {
        self.hash_asked(Asked::ToRegister, password).await
    }

    async fn hash_asked(&self, asked: Asked, password: &Password) -> Result<String, AuthError> {
        let (answer, done) = oneshot::channel();
        let salt = self.0.random.bytes();
        self.push(asked, Job::Hash { password: password.clone(), salt, answer })?;
        done.await.map_err(|_| lost())?
    }

    /// Whether the password has this hash.
    pub(crate) async fn verify(&self, password: &Password, stored: StoredHash) -> Result<bool, AuthError> {
        let (answer, done) = oneshot::channel();
        self.push(Asked::ToSignIn, Job::Verify { password: password.clone(), stored, answer })?;
        done.await.map_err(|_| lost())?
    }

    /// Says "no" even before anything was counted or looked up for somebody who registers.
    pub(crate) fn check_room_to_register(&self) -> Result<(), AuthError> {
        self.0.check_room(&mut self.0.lock(), Asked::ToRegister)
    }

    fn push(&self, asked: Asked, job: Job) -> Result<(), AuthError> {
        let mut state = self.0.lock();
        self.0.check_room(&mut state, asked)?;
        state.line(asked).jobs.push_back(job);
        self.0.bell.notify_one();
        if state.threads == self.0.threads || state.threads - state.busy() >= state.ready(self.0.registering) {
            return Ok(());
        }
        let inner = self.0.clone();
        match std::thread::Builder::new().name("hash".to_owned()).spawn(move || inner.work()) {
            Ok(_) => state.threads += 1,
            // Others will come to it; without any, nobody would.
            Err(error) if state.threads == 0 => {
                state.line(asked).jobs.pop_back();
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

    fn check_room(&self, state: &mut State, asked: Asked) -> Result<(), AuthError> {
        let threads = match asked {
            Asked::ToSignIn => self.threads,
            Asked::ToRegister => self.registering,
        };
        let line = state.line(asked);
        match line.jobs.len() + line.busy < threads + self.waiting {
            true => Ok(()),
            false => Err(AuthError::HashingBusy),
        }
    }

    fn work(&self) {
        stand_back();
        let here = Presence { pool: self, at_work: Cell::new(None) };
        let mut memory = LargeBuffer::default();
        while let Some(job) = self.next(&here.at_work) {
            self.run(job, &mut memory);
        }
    }

    /// The next job; none when there was no work for a while. `at_work` is what the thread comes from, and goes to.
    fn next(&self, at_work: &Cell<Option<Asked>>) -> Option<Job> {
        let mut state = self.lock();
        if let Some(done) = at_work.take() {
            state.line(done).busy -= 1;
        }
        let (mut state, _) = self
            .bell
            .wait_timeout_while(state, IDLE, |state| state.ready(self.registering) == 0)
            .unwrap_or_else(PoisonError::into_inner);
        match state.take(self.registering) {
            Some((asked, job)) => {
                at_work.set(Some(asked));
                // Where a thread waits although there is work, for it was not free to be begun until now.
                if state.ready(self.registering) > 0 {
                    self.bell.notify_one();
                }
                Some(job)
            }
            // Under the same lock as the look at the lines: whoever pushes now starts a new thread.
            None => {
                state.threads -= 1;
                None
            }
        }
    }

    fn run(&self, job: Job, memory: &mut LargeBuffer<Block>) {
        // Nobody waits for the answer any more when its channel is closed.
        match job {
            Job::Hash { answer, password, salt } if !answer.is_closed() => {
                let hash = self.parameters.hash(password.expose(), &salt, memory);
                self.done.with_label_values(&["hash"]).inc();
                let _ = answer.send(hash);
            }
            Job::Verify { answer, password, stored } if !answer.is_closed() => {
                let matches = hasher::verify(password.expose(), &stored, memory);
                self.done.with_label_values(&["verify"]).inc();
                let _ = answer.send(matches);
            }
            _ => {}
        }
    }
}

/// How far behind all other threads those that hash stand, as `nice` counts it: about a tenth of a core each while others
/// want all of it, and all that is free otherwise.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets whatever else the machine does go first. A hash keeps a core for milliseconds, and where as many are made as there are
/// cores, each refresh and each check of a token would wait for one of them; so would every other sign-in, behind a thread that
/// was put aside while it held the database.
fn stand_back() {
    // Only Linux has a priority of each thread; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "threads that hash run at the priority of all others");
    }
}

/// Stops counting a thread that panics over a job.
struct Presence<'a> {
    pool: &'a Inner,
    at_work: Cell<Option<Asked>>,
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.pool.lock();
            state.threads -= 1;
            if let Some(at_work) = self.at_work.take() {
                state.line(at_work).busy -= 1;
            }
        }
    }
}

fn lost() -> AuthError {
    AuthError::Defect("a hashing thread ended without an answer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::ServiceName;
    use orion_infra::Metrics;

    fn pool(memory: u32, concurrency: u32, queue: u32) -> HashingPool {
        let config = crate::tests::config(memory);
        let done = Metrics::new(ServiceName::Auth).counter("hashes", "Hashes.", &["operation"]);
        HashingPool::new(Parameters::new(&config).expect("valid"), Random::seeded(1), done, (concurrency, queue))
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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn threads_that_hash_let_all_others_go_first() {
        let pool = pool(64, 1, 1);
        pool.hash(&"a long enough password".parse().expect("a password")).await.expect("hashed");
        let niceness = |folder: std::path::PathBuf| {
            let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
            // Behind the name, which is in brackets, the state is the first field (proc_pid_stat(5)).
            let (name, fields) = stat.rsplit_once(") ")?;
            Some((name.ends_with("(hash"), fields.split(' ').nth(16)?.parse::<i32>().ok()?))
        };
        let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
        let threads: Vec<_> = tasks.flatten().filter_map(|task| niceness(task.path())).collect();
        assert!(threads.contains(&(true, NICENESS)), "{threads:?}");
        assert!(threads.iter().any(|(hashes, nice)| !hashes && *nice < NICENESS), "the others stay: {threads:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_signs_in_waits_for_no_registrations() {
        for concurrency in [1, 2] {
            let pool = pool(8192, concurrency, 16);
            let password: Password = "a long enough password".parse().expect("a password");
            let stored = StoredHash::parse(&pool.hash(&password).await.expect("hashed")).expect("usable");
            let registering: Vec<_> = (0..40)
                .map(|_| {
                    let (pool, password) = (pool.clone(), password.clone());
                    tokio::spawn(async move { pool.hash_to_register(&password).await })
                })
                .collect();
            // Until the line is full: whoever registers now is refused.
            while pool.0.lock().registrations.jobs.len() < 14 {
                tokio::task::yield_now().await;
            }
            // Of several threads one is left for those who sign in.
            let busy = pool.0.lock().registrations.busy;
            assert!(busy <= 1, "{busy} threads are at work for registrations");
            for _ in 0..3 {
                assert!(pool.verify(&password, stored.clone()).await.expect("there is room to sign in"));
            }
            let waiting = pool.0.lock().registrations.jobs.len();
            assert!(waiting > 0, "registrations were done first");
            let mut done = 0;
            for call in registering {
                done += usize::from(call.await.expect("no panic").is_ok());
            }
            assert!((15..40).contains(&done), "{done} of 40 were done");
        }
    }
}
