//! peer POST, RabbitMQ: from outbox to handler.

use orion_contracts::events::EventBody;
use orion_contracts::{EventId, ServiceName, UserId};
use orion_infra::Infra;
use orion_infra::db::dialect::statement;
use orion_infra::events::dispatcher::Dispatcher;
use orion_infra::request::RequestContext;
use orion_testkit::eventually;
use orion_testkit::node::{Node, Recorder, empty_place};
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
