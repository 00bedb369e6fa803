//! What runs beside the endpoints of every service.

use orion_infra::Infra;
use orion_infra::audit;
use orion_infra::events::dispatcher::{self, Lane, OutboxWatch};
use orion_infra::events::{Consume, Intake};
use orion_infra::jobs::{CutTables, Jobs, Retention, RetentionRule};
use orion_infra::tasks::Task;
use std::sync::Arc;

/// The tasks of a service that is built of these parts.
pub(super) fn background(infra: &Infra, intake: &Arc<Intake>, jobs: Jobs, retention: Vec<RetentionRule>) -> Vec<Task> {
    let [watching, shipping] = std::array::from_fn(|_| infra.clone());
    let mut tasks = vec![
        Task::new("outbox watch", move |stop| OutboxWatch::new(watching.clone()).run(stop)),
        Task::new("audit shipping", move |stop| audit::ship(shipping.clone(), stop)),
    ];
    tasks.extend(dispatcher::lanes(infra).into_iter().map(|lane| {
        let infra = infra.clone();
        Task::new(format!("outbox lane {lane}"), move |stop| Lane::new(infra.clone(), lane).run(stop))
    }));
    let mut jobs = jobs.every(CutTables::EVERY, CutTables {}, &Retention::new(infra, retention));
    if !intake.consumers().is_empty() {
        jobs = jobs.handle::<Consume>(intake);
        let (transport, receiving) = (infra.events.transport().clone(), intake.clone());
        tasks.push(Task::new("event consumer", move |stop| {
            let (transport, intake) = (transport.clone(), receiving.clone());
            async move { transport.consume(intake, stop).await }
        }));
    }
    tasks.extend(
        jobs.runners()
            .into_iter()
            .map(|runner| Task::new(format!("jobs: {}", runner.name()), move |stop| runner.clone().run(stop))),
    );
    tasks
}
