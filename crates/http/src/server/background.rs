//! What runs beside the endpoints of every service.

use orion_infra::Infra;
use orion_infra::audit;
use orion_infra::events::EventHandler;
use orion_infra::events::dispatcher::Dispatcher;
use orion_infra::jobs::{Retention, RetentionRule, Runner};
use orion_infra::tasks::Task;
use std::sync::Arc;

/// The tasks of a service that is built of these parts.
pub(super) fn background(
    infra: &Infra,
    events: Option<Arc<dyn EventHandler>>,
    jobs: Option<Runner>,
    retention: Vec<RetentionRule>,
) -> Vec<Task> {
    let [dispatching, shipping, cutting, consuming] = std::array::from_fn(|_| infra.clone());
    let mut tasks = vec![
        Task::new("event dispatcher", move |stop| dispatcher(&dispatching).run(stop)),
        Task::new("audit shipping", move |stop| audit::ship(shipping.clone(), stop)),
        Task::new("retention", move |stop| {
            Retention::new(cutting.db.clone(), cutting.clock.clone(), retention.clone()).run(stop)
        }),
    ];
    tasks.extend(events.map(|handler| {
        Task::new("event consumer", move |stop| {
            let (infra, handler) = (consuming.clone(), handler.clone());
            async move { infra.events.transport().consume(infra.service, handler, infra.random.clone(), stop).await }
        })
    }));
    tasks.extend(jobs.map(|runner| Task::new("job runner", move |stop| runner.clone().run(stop))));
    tasks
}

fn dispatcher(infra: &Infra) -> Dispatcher {
    let transport = infra.events.transport().clone();
    Dispatcher::new(infra.db.clone(), transport, infra.clock.clone(), infra.random.clone(), &infra.queues)
}
