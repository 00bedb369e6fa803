//! peer POST, RabbitMQ: from outbox to handler.

use orion_contracts::events::{Event, EventBody};
use orion_contracts::{EventId, Secret, ServiceName, UserId};
use orion_infra::Infra;
use orion_infra::db::dialect::statement;
use orion_infra::events::dispatcher::Dispatcher;
use orion_infra::events::{EventTransport, PublishError, RabbitMq};
use orion_infra::request::RequestContext;
use orion_testkit::node::{Node, Recorder, empty_place};
use orion_testkit::{Backend, SilentServer, eventually};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn repeated(user_id: UserId) -> EventBody {
    EventBody::RegistrationRepeated { user_id, email: "a@example.com".parse().unwrap(), locale: "en".to_owned() }
}

async fn record(infra: &Infra, version: i64, commit: bool) -> EventId {
    let user_id: UserId = infra.random.id(&infra.clock);
    let txn = infra.db.begin().await.unwrap();
    let id = infra.events.record(&txn, user_id.0, version, repeated(user_id)).await.unwrap();
    if commit {
        txn.commit().await.unwrap();
    } else {
        txn.rollback().await.unwrap();
    }
    id
}

async fn arrived(recorder: &Recorder, id: EventId) -> orion_contracts::events::Event {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await
}

#[tokio::test]
async fn an_event_arrives_as_it_was_recorded_and_a_rolled_back_one_never() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (listener, everything) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(sender.clone(), Arc::new(Recorder::default())),
    ];
    let lost = record(&sender, 6, false).await;
    let context = RequestContext { traceparent: Some("00-trace".to_owned()), ..RequestContext::default() };
    let id = context.scope(record(&sender, 7, true)).await;
    for recorder in [&listener, &everything] {
        let event = arrived(recorder, id).await;
        assert_eq!((event.source, event.aggregate_version), (ServiceName::Auth, 7));
        assert_eq!(event.traceparent.as_deref(), Some("00-trace"));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(listener.with_id(lost).is_empty(), "its transaction was rolled back");
    assert_eq!(listener.with_id(id).len(), 1, "delivered once when nothing goes wrong");
}

#[tokio::test]
async fn an_event_that_is_refused_comes_again_until_it_is_taken() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    // More often than a broker hands out a message that is given back to it.
    listener.refuse(25);
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::new(Recorder::default())),
        node.listen(sender.clone(), Arc::new(Recorder::default())),
    ];
    let id = record(&sender, 1, true).await;
    eventually("the event", || async {
        node.clock.advance(Duration::from_secs(61));
        listener.with_id(id).into_iter().next()
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_never_taken_keeps_no_other_waiting() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let poison = record(&sender, 0, true).await;
    listener.refuse_always(poison);
    let mut ids = Vec::new();
    for version in 1..5 {
        ids.push(record(&sender, version, true).await);
    }
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::new(Recorder::default())),
        node.listen(sender.clone(), Arc::new(Recorder::default())),
    ];
    for id in ids {
        arrived(&listener, id).await;
    }
    assert!(listener.with_id(poison).is_empty());
}

#[tokio::test]
async fn what_a_consumer_could_not_take_goes_to_the_next_when_it_stops() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (refusing, taking) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let sender = node.infra(ServiceName::Auth).await;
    let id = record(&sender, 1, true).await;
    refusing.refuse_always(id);
    let first = node.listen(node.infra(ServiceName::Notifications).await, refusing);
    let _running = [
        node.listen(node.infra(ServiceName::Admin).await, Arc::new(Recorder::default())),
        node.listen(sender, Arc::new(Recorder::default())),
    ];
    tokio::time::sleep(Duration::from_millis(700)).await;
    first.stop().await;
    let _second = node.listen(node.infra(ServiceName::Notifications).await, taking.clone());
    arrived(&taking, id).await;
}

#[tokio::test]
async fn what_was_recorded_before_anybody_listened_is_not_lost() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    let _sending = node.listen(sender.clone(), Arc::new(Recorder::default()));
    let mut ids = Vec::new();
    for version in 0..5 {
        ids.push(record(&sender, version, true).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let listener = Arc::new(Recorder::default());
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::new(Recorder::default())),
    ];
    for id in ids {
        arrived(&listener, id).await;
    }
}

#[tokio::test]
async fn a_dispatcher_that_is_told_to_stop_leaves_the_backlog_to_the_next() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    record(&sender, 1, true).await;
    let Infra { db, events, clock, random, queues, .. } = sender;
    let stop = CancellationToken::new();
    stop.cancel();
    Dispatcher::new(db.clone(), events.transport().clone(), clock, random, &queues).run(stop).await;
    let select = statement(db.read(), "SELECT attempts FROM outbox", []);
    let row = db.read().query_one_raw(select).await.unwrap().expect("still there");
    assert_eq!(row.try_get::<i64>("", "attempts").unwrap(), 0);
}

#[tokio::test]
async fn a_broker_that_says_nothing_is_given_up_in_time_and_leaves_nothing_behind() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let Infra { clock, random, queues, .. } = node.infra(ServiceName::Auth).await;
    let broker = SilentServer::start().await;
    let url = Secret::new(format!("amqp://{}", broker.address));
    let transport = RabbitMq::new(url, "silent", Duration::from_millis(200), clock.clone(), queues);
    let event = Event {
        id: random.id(&clock),
        source: ServiceName::Auth,
        aggregate_id: random.id(&clock),
        aggregate_version: 1,
        occurred_at: clock.now(),
        traceparent: None,
        body: repeated(random.id(&clock)),
    };
    let limit = Duration::from_secs(5);
    let published = tokio::time::timeout(limit, transport.publish("broker", &[event])).await;
    assert!(matches!(published, Ok(Err(PublishError::Broker(_)))), "{published:?}");
    assert!(tokio::time::timeout(limit, transport.check()).await.expect("an answer").is_err());
    // A probe waits less long than the transport would.
    assert!(tokio::time::timeout(Duration::from_millis(20), transport.check()).await.is_err());
    let stop = CancellationToken::new();
    let consuming = transport.consume(ServiceName::Auth, Arc::new(Recorder::default()), random, stop.clone());
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
