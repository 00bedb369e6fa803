//! peer POST, RabbitMQ: from outbox to consumer.

use orion_contracts::events::{Event, RegistrationRepeated, UserCreated};
use orion_contracts::{Author, EventId, ServiceName};
use orion_infra::db::dialect::statement;
use orion_infra::events::Consumers;
use orion_infra::events::dispatcher::{self, Lane};
use orion_infra::request::RequestContext;
use orion_infra::{DbError, Infra};
use orion_testkit::eventually;
use orion_testkit::node::{Node, Recorder, empty_place, record, repeated, tell};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Tells an event in a change that then fails.
async fn tell_in_vain(infra: &Infra) -> EventId {
    let id = std::sync::OnceLock::new();
    let failed = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        id.set(change.tell(uuid::Uuid::nil(), 6, repeated(infra))).unwrap();
        Err::<(), _>(DbError(sea_orm::DbErr::Custom("in vain".to_owned())))
    });
    failed.await.unwrap_err();
    *id.get().unwrap()
}

async fn arrived(recorder: &Recorder, id: EventId) -> Event {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_arrives_as_it_was_told_and_one_of_a_change_that_failed_never() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (listener, everything) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    let lost = tell_in_vain(&sender).await;
    let context = RequestContext { traceparent: Some("00-trace".to_owned()), ..RequestContext::default() };
    let told = repeated(&sender);
    let id = context.scope(tell(&sender, 7, told.clone())).await;
    for recorder in [&listener, &everything] {
        let event = arrived(recorder, id).await;
        assert_eq!((event.source, event.aggregate_version), (ServiceName::Auth, 7));
        assert_eq!(event.traceparent.as_deref(), Some("00-trace"));
        assert_eq!(event.payload::<RegistrationRepeated>().unwrap().as_ref(), Some(&told));
    }
    assert!(listener.with_id(lost).is_empty(), "its change was taken back");
    assert_eq!(listener.with_id(id).len(), 1, "delivered once when nothing goes wrong");
    eventually("an empty outbox", || async {
        let select = statement(sender.db.read(), "SELECT event_id FROM outbox", []);
        sender.db.read().query_one_raw(select).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_twice_is_taken_once_by_each_consumer() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (one, other) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let infra = node.infra(ServiceName::Notifications).await;
    let mut consumers = Consumers::new(one.clone()).on::<RegistrationRepeated>("one", record).list();
    consumers.extend(Consumers::new(other.clone()).on::<RegistrationRepeated>("other", record).list());
    let running = node.run(infra.clone(), consumers);
    let id = infra.random.id(&infra.clock);
    let event = Event::of(id, ServiceName::Auth, (id.0, 1), infra.clock.now(), &repeated(&infra)).unwrap();
    for _ in 0..2 {
        let batch = vec![serde_json::to_value(&event).unwrap(); 3];
        assert!(running.intake.take_batch(batch).await.is_empty());
    }
    assert_eq!((one.with_id(id).len(), other.with_id(id).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_before_anybody_listened_is_not_lost() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    let _sending = node.listen(sender.clone(), Arc::default());
    let mut ids = Vec::new();
    for version in 0..5 {
        ids.push(tell(&sender, version, repeated(&sender)).await);
    }
    // Nobody takes them, or a broker keeps them.
    let tried = || async {
        let failed = sender.queues.failed.with_label_values(&["outbox", "publish"]).get();
        let published = sender.queues.published.with_label_values(&["outbox", "broker"]).get();
        (failed + published > 0).then_some(())
    };
    eventually("a try", tried).await;
    let listener = Arc::new(Recorder::default());
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
    ];
    for id in ids {
        arrived(&listener, id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_leaves_with_its_commit_and_not_when_somebody_looks() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
    ];
    let stop = CancellationToken::new();
    // The lanes alone: nobody watches over the outbox and rings for what no commit rang for.
    for lane in dispatcher::lanes(&sender) {
        tokio::spawn(Lane::new(sender.clone(), lane).run(stop.clone()));
    }
    for version in 0..5 {
        let id = tell(&sender, version, repeated(&sender)).await;
        arrived(&listener, id).await;
    }
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_that_is_told_to_stop_leaves_the_backlog_to_the_next() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    tell(&sender, 1, repeated(&sender)).await;
    let stop = CancellationToken::new();
    stop.cancel();
    for lane in dispatcher::lanes(&sender) {
        Lane::new(sender.clone(), lane).run(stop.clone()).await;
    }
    let select = statement(sender.db.read(), "SELECT attempts FROM outbox", []);
    let row = sender.db.read().query_one_raw(select).await.unwrap().expect("still there");
    assert_eq!(row.try_get::<i64>("", "attempts").unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(debug_assertions)]
#[should_panic(expected = "is no listener of user.created")]
async fn a_consumer_of_what_its_service_does_not_hear_is_refused_at_the_start() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Users).await;
    let consumers = Consumers::new(Arc::new(Recorder::default()));
    node.run(infra, consumers.on::<UserCreated>("deaf", record).list());
}
