//! A broker that does not answer.

use orion_contracts::events::Event;
use orion_contracts::{EventId, Secret, ServiceName};
use orion_infra::events::{EventTransport, Intake, Outgoing, PublishError, RabbitMq};
use orion_infra::{Infra, Outage};
use orion_testkit::node::{Node, Recorder, empty_place, repeated};
use orion_testkit::{Backend, SilentServer, eventually};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_says_nothing_is_given_up_in_time_and_leaves_nothing_behind() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let Infra { clock, random, .. } = infra.clone();
    let broker = SilentServer::start().await;
    let url = Secret::new(format!("amqp://{}", broker.address));
    let outage = Outage::new("a silent broker", clock.clone());
    let transport = RabbitMq::new(url, "silent", Duration::from_millis(200), outage, clock.clone(), random.clone());
    let id: EventId = random.id(&clock);
    let event = Event::of(id, ServiceName::Auth, (id.0, 1), clock.now(), &repeated(&infra)).unwrap();
    let text = serde_json::to_string(&event).unwrap();
    let event = Outgoing { id, kind: event.kind, event: serde_json::from_str(&text).unwrap() };
    let limit = Duration::from_secs(5);
    let published = tokio::time::timeout(limit, transport.publish("broker", &[event])).await;
    assert!(matches!(published, Ok(Err(PublishError::Broker(_)))), "{published:?}");
    assert!(tokio::time::timeout(limit, transport.check()).await.expect("an answer").is_err());
    // A probe waits less long than the transport would.
    assert!(tokio::time::timeout(Duration::from_millis(20), transport.check()).await.is_err());
    let stop = CancellationToken::new();
    let intake = Intake::new(infra, Arc::new(Recorder::default()).consumers(ServiceName::Notifications));
    let consuming = transport.consume(Arc::new(intake), stop.clone());
    tokio::time::timeout(limit, async { tokio::join!(consuming, async { stop.cancel() }) }).await.expect("an end");
    eventually("the end of its connections", || async { (broker.connections() == 0).then_some(()) }).await;
    if place.backend != Backend::Production {
        eventually("the end of their threads", || async { (threads("lapin-io-loop") == 0).then_some(()) }).await;
    }
}

/// How many threads of this process have that name.
fn threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|found| found.trim() == name).count()
}
