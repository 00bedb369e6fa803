//! Jobs on both databases.

mod kinds;
mod leases;
mod lifecycle;
mod operators;
mod retention;
mod schedules;

use kinds::Worker;
use orion_contracts::jobs::{JobInfo, JobQuery, JobState};
use orion_contracts::{Author, JobId, ServiceName};
use orion_infra::jobs::{self, Job, JobOptions, Jobs};
use orion_infra::{DbError, Infra};
use orion_testkit::eventually;
use orion_testkit::node::{Node, empty_place};
use sea_orm::{ConnectionTrait, Value};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A service's job table, and time.
struct Table {
    node: Node,
    infra: Infra,
    _place: orion_testkit::backend::Place,
}

impl Table {
    async fn new() -> Self {
        let place = empty_place().await;
        let node = Node::start(&place).await;
        let infra = node.infra(ServiceName::Notifications).await;
        Self { node, infra, _place: place }
    }

    fn worker(&self) -> Worker {
        Worker::new(&self.infra)
    }

    async fn enqueue(&self, job: impl Job + Clone + Sync) -> JobId {
        self.enqueue_with(job, JobOptions::default()).await
    }

    async fn enqueue_with(&self, job: impl Job + Clone + Sync, options: JobOptions) -> JobId {
        let written = self.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("a test");
            Ok::<_, DbError>(change.enqueue_with(job.clone(), options))
        });
        written.await.unwrap()
    }

    async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value> + Clone) {
        let written = self.infra.write(Author::PLATFORM, async |change| {
            change.unaudited("a test");
            let statement = orion_infra::db::dialect::statement(change, sql, values.clone());
            Ok::<_, DbError>(change.execute_raw(statement).await?)
        });
        written.await.unwrap();
    }

    /// All jobs, newest first.
    async fn all(&self) -> Vec<JobInfo> {
        jobs::list(&self.infra, &JobQuery::default(), None, 100).await.unwrap()
    }

    async fn find(&self, id: JobId) -> Option<JobInfo> {
        jobs::find(&self.infra, id).await.unwrap()
    }

    /// The job, once it stands there.
    async fn in_state(&self, id: JobId, state: JobState) -> JobInfo {
        eventually(state.as_str(), || async { self.find(id).await.filter(|job| job.state == state) }).await
    }

    async fn gone(&self, id: JobId) {
        eventually("its being gone", || async { self.find(id).await.is_none().then_some(()) }).await;
    }
}

/// Runs every queue, as a process does.
struct Process {
    runners: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Process {
    fn start(jobs: Jobs) -> Self {
        let stop = CancellationToken::new();
        let runners = jobs.runners().into_iter().map(|runner| tokio::spawn(runner.run(stop.clone()))).collect();
        Self { runners, stop }
    }

    /// Ends as on SIGTERM.
    async fn drain(mut self) {
        self.stop.cancel();
        for runner in self.runners.drain(..) {
            runner.await.unwrap();
        }
    }

    /// Ends as on SIGKILL.
    fn kill(self) {}
}

impl Drop for Process {
    fn drop(&mut self) {
        self.runners.iter().for_each(JoinHandle::abort);
    }
}
