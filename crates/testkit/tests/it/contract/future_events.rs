//! Events that this version does not know or cannot read, and what they do to those beside them: nothing.

use orion_contracts::events::{BatchAnswer, Event, EventBody};
use orion_contracts::{ServiceName, UserId};
use orion_infra::Infra;
use orion_infra::db::dialect::statement;
use orion_infra::peers::PeerError;
use orion_testkit::node::{Node, Recorder, empty_place};
use orion_testkit::{Backend, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

async fn record(infra: &Infra, body: EventBody) -> orion_contracts::EventId {
    let txn = infra.db.begin().await.unwrap();
    let id = infra.events.record(&txn, Uuid::nil(), 1, body).await.unwrap();
    txn.commit().await.unwrap();
    id
}

fn repeated(infra: &Infra) -> EventBody {
    let user_id: UserId = infra.random.id(&infra.clock);
    EventBody::RegistrationRepeated { user_id, email: "a@example.com".parse().unwrap(), locale: "en".to_owned() }
}

fn future() -> EventBody {
    EventBody::Unknown { name: "user.future".to_owned(), data: json!({ "planet": "Mars" }) }
}

/// An event as JSON.
fn event(infra: &Infra, source: ServiceName, body: EventBody) -> Value {
    let event = Event {
        id: infra.random.id(&infra.clock),
        source,
        aggregate_id: Uuid::nil(),
        aggregate_version: 1,
        occurred_at: infra.clock.now(),
        traceparent: None,
        body,
    };
    serde_json::to_value(event).unwrap()
}

/// A known event whose data is of no shape that is known.
fn unreadable(infra: &Infra, source: ServiceName) -> Value {
    let mut event = event(infra, source, repeated(infra));
    event["data"] = json!({ "changed": "for good" });
    event
}

async fn arrived(recorder: &Recorder, id: orion_contracts::EventId) -> Event {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await
}

#[tokio::test]
async fn an_event_of_an_unknown_kind_reaches_who_listens_to_everything_as_it_was_sent() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (everything, listener) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let sender = node.infra(ServiceName::Users).await;
    let _running = [
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(sender.clone(), Arc::new(Recorder::default())),
    ];
    let new = record(&sender, future()).await;
    let known = record(&sender, repeated(&sender)).await;
    assert_eq!(arrived(&everything, new).await.body, future());
    arrived(&listener, known).await;
    assert!(listener.with_id(new).is_empty(), "it does not listen to it");
}

#[tokio::test]
async fn of_a_batch_unknown_kinds_are_skipped_and_only_what_cannot_be_read_is_refused() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = node.listen(node.infra(ServiceName::Notifications).await, listener.clone());
    let own = ServiceName::Auth;
    let good = event(&sender, own, repeated(&sender));
    let events = json!({ "events": [event(&sender, own, future()), unreadable(&sender, own), good] });
    let answer: BatchAnswer =
        sender.peers.to(ServiceName::Notifications).post("/internal/v1/events", &events).await.unwrap();
    assert_eq!(answer.refused.iter().map(|refusal| refusal.position).collect::<Vec<_>>(), [1], "{answer:?}");
    assert_eq!(listener.count(), 1);
    assert_eq!(listener.with_id(serde_json::from_value(good["id"].clone()).unwrap()).len(), 1);
}

#[tokio::test]
async fn a_service_sends_its_own_events_only() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = node.listen(node.infra(ServiceName::Notifications).await, listener.clone());
    let foreign = event(&sender, ServiceName::Users, repeated(&sender));
    let events = json!({ "events": [event(&sender, ServiceName::Auth, repeated(&sender)), foreign] });
    let peer = sender.peers.to(ServiceName::Notifications);
    match peer.post_nothing("/internal/v1/events", &events).await {
        Err(PeerError::Problem { problem, .. }) => assert_eq!(problem.name(), "permission-denied"),
        other => panic!("{other:?}"),
    }
    assert_eq!(listener.count(), 0);
}

#[tokio::test]
async fn a_row_of_the_outbox_that_cannot_be_read_is_put_aside() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let now = sender.clock.now();
    let unreadable = unreadable(&sender, ServiceName::Auth);
    let txn = sender.db.begin().await.unwrap();
    for lane in sender.events.transport().lanes("auth.registration_repeated") {
        let insert = statement(
            txn.connection(),
            "INSERT INTO outbox (event_id, lane, kind, event, due_at) VALUES ($1, $2, $3, $4, $5)",
            [Uuid::nil().into(), lane.into(), "x".into(), unreadable.to_string().into(), now.into()],
        );
        txn.execute_raw(insert).await.unwrap();
    }
    txn.commit().await.unwrap();
    let good = record(&sender, repeated(&sender)).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::new(Recorder::default())),
        node.listen(sender.clone(), Arc::new(Recorder::default())),
    ];
    arrived(&listener, good).await;
    let select = "SELECT last_error FROM outbox WHERE due_at > $1";
    let select = statement(sender.db.read(), select, [(now + chrono::Duration::hours(1)).into()]);
    let row = sender.db.read().query_one_raw(select).await.unwrap().expect("the row");
    assert!(row.try_get::<String>("", "last_error").unwrap().contains("missing field"));
    assert!(sender.queues.failed.with_label_values(&["outbox", "unreadable"]).get() > 0);
}

#[tokio::test]
async fn messages_of_the_broker_that_cannot_be_read_are_left_and_the_rest_arrives() {
    if Backend::current() != Backend::Production {
        return;
    }
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    sender.events.transport().check().await.expect("queues are declared");
    let own = ServiceName::Auth;
    let good = event(&sender, own, repeated(&sender));
    let connection =
        lapin::Connection::connect(place.amqp_url.as_deref().unwrap(), lapin::ConnectionProperties::default());
    let connection = connection.await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    for message in [json!("nothing"), unreadable(&sender, own), event(&sender, own, future()), good.clone()] {
        let exchange = format!("{}.events", place.namespace);
        let options = lapin::options::BasicPublishOptions::default();
        let (key, message) = ("auth.registration_repeated", message.to_string());
        let properties = lapin::BasicProperties::default();
        channel.basic_publish(exchange.into(), key.into(), options, message.as_bytes(), properties).await.unwrap();
    }
    let infra = node.infra(ServiceName::Notifications).await;
    let _running = node.listen(infra.clone(), listener.clone());
    arrived(&listener, serde_json::from_value(good["id"].clone()).unwrap()).await;
    assert_eq!(listener.count(), 1);
    let queue = format!("{}.events.notifications", place.namespace);
    assert_eq!(infra.queues.failed.with_label_values(&[queue.as_str(), "unreadable"]).get(), 2);
}
