//! Events that this version does not know or cannot read, and what they do to those beside them: nothing.

use orion_contracts::events::EventBatch;
use orion_contracts::events::{BatchAnswer, Event, EventPayload};
use orion_contracts::internal::TakeEvents;
use orion_contracts::jobs::{JobInfo, JobState};
use orion_contracts::{Author, EventId, ServiceName};
use orion_infra::Infra;
use orion_infra::db::dialect::statement;
use orion_infra::jobs;
use orion_infra::peers::PeerError;
use orion_testkit::node::{FutureEvent, Node, Recorder, empty_place, repeated, tell};
use orion_testkit::parked::parked;
use orion_testkit::{Backend, eventually};
use sea_orm::ConnectionTrait;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

fn future() -> FutureEvent {
    FutureEvent { planet: "Mars".to_owned() }
}

/// An event as JSON.
fn event(infra: &Infra, source: ServiceName, told: &impl EventPayload) -> Value {
    let id = infra.random.id(&infra.clock);
    serde_json::to_value(Event::of(id, source, (Uuid::nil(), 1), infra.clock.now(), told).unwrap()).unwrap()
}

/// A known event whose data is of no shape that is known.
fn unreadable(infra: &Infra, source: ServiceName) -> Value {
    let mut event = event(infra, source, &repeated(infra));
    event["data"] = json!({ "changed": "for good" });
    event
}

fn id_of(event: &Value) -> EventId {
    serde_json::from_value(event["id"].clone()).unwrap()
}

async fn arrived(recorder: &Recorder, id: EventId) -> Event {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_an_unknown_kind_reaches_who_hears_everything_as_it_was_sent() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (everything, listener) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let sender = node.infra(ServiceName::Users).await;
    let _running = [
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    let new = tell(&sender, 1, future()).await;
    let known = tell(&sender, 1, repeated(&sender)).await;
    let event = arrived(&everything, new).await;
    assert_eq!((event.kind.as_str(), event.data), ("user.future", json!({ "planet": "Mars" })));
    arrived(&listener, known).await;
    assert!(listener.with_id(new).is_empty(), "it does not listen to it");
}

/// Posts events as a batch.
async fn post(sender: &Infra, events: &[Value]) -> Result<BatchAnswer, PeerError> {
    let events: Vec<_> = events.iter().map(|event| to_raw_value(event).unwrap()).collect();
    let batch = EventBatch { events: events.iter().map(|event| &**event).collect() };
    sender.peers.to(ServiceName::Notifications).call(&TakeEvents {}, &batch).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_batch_unknown_kinds_are_skipped_and_what_cannot_be_read_is_kept_as_dead() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let _running = node.listen(infra.clone(), listener.clone());
    let own = ServiceName::Auth;
    let (good, bad) = (event(&sender, own, &repeated(&sender)), unreadable(&sender, own));
    let nothing = json!({ "source": "auth", "type": "auth.registration_repeated", "id": "no id" });
    let events = [event(&sender, own, &future()), bad.clone(), nothing, good.clone()];
    for _ in 0..2 {
        let answer = post(&sender, &events).await.unwrap();
        assert!(answer.refused.is_empty(), "nothing of it is to be sent again: {answer:?}");
    }
    assert_eq!((listener.count(), listener.with_id(id_of(&good)).len()), (1, 1));
    let kept = parked(&infra).await;
    assert!(kept.iter().all(|job| (job.state, job.attempts) == (JobState::Dead, 0)), "tried no more: {kept:?}");
    let reasons = |kept: Vec<JobInfo>| {
        let mut reasons: Vec<_> = kept.into_iter().map(|job| job.reason.unwrap()).collect();
        reasons.sort_unstable();
        reasons
    };
    let why = reasons(kept.clone());
    assert_eq!(why.len(), 2, "each is kept once: {why:?}");
    assert!(
        why[0].starts_with(&format!("auth.registration_repeated {} for recorder: missing", id_of(&bad))),
        "{why:?}"
    );
    assert!(why[1].contains(" for *: ") && !why[1].contains("no id"), "{why:?}");
    for job in &kept {
        jobs::replay(&infra, Author::PLATFORM, job.id).await.unwrap();
    }
    let again = eventually("its being dead again", || async {
        let kept = parked(&infra).await;
        kept.iter().all(|job| (job.state, job.attempts) == (JobState::Dead, 1)).then_some(kept)
    });
    assert_eq!(reasons(again.await), why);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_sends_its_own_events_only() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = node.listen(node.infra(ServiceName::Notifications).await, listener.clone());
    let foreign = event(&sender, ServiceName::Users, &repeated(&sender));
    let own = event(&sender, ServiceName::Auth, &repeated(&sender));
    match post(&sender, &[own, foreign]).await {
        Err(PeerError::Problem { problem, .. }) => assert_eq!(problem.name(), "permission-denied"),
        other => panic!("{other:?}"),
    }
    assert_eq!(listener.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_the_outbox_that_cannot_be_read_is_put_aside() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let now = sender.clock.now();
    let txn = sender.db.begin().await.unwrap();
    for lane in sender.events.transport().lanes(&[ServiceName::Notifications]) {
        let insert = statement(
            txn.connection(),
            "INSERT INTO outbox (event_id, lane, kind, event, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $5)",
            [Uuid::nil().into(), lane.into(), "x".into(), "{ no JSON".into(), now.into()],
        );
        txn.execute_raw(insert).await.unwrap();
    }
    txn.commit().await.unwrap();
    let good = tell(&sender, 1, repeated(&sender)).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
        node.listen(sender.clone(), Arc::default()),
    ];
    arrived(&listener, good).await;
    let error = eventually("its being put aside", || async {
        let select = "SELECT last_error FROM outbox WHERE due_at > $1";
        let select = statement(sender.db.read(), select, [(now + chrono::Duration::hours(1)).into()]);
        sender.db.read().query_one_raw(select).await.unwrap()
    });
    assert!(error.await.try_get::<String>("", "last_error").unwrap().contains("key must be a string"));
    assert!(sender.queues.failed.with_label_values(&["outbox", "unreadable"]).get() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_messages_of_the_broker_that_cannot_be_read_do_not_stop_the_next() {
    if Backend::current() != Backend::Production {
        return;
    }
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    sender.events.transport().check().await.expect("queues are declared");
    let own = ServiceName::Auth;
    let good = event(&sender, own, &repeated(&sender));
    let mut messages: Vec<_> = (0..60).map(|_| unreadable(&sender, own).to_string()).collect();
    messages.extend(["no \u{0} JSON".to_owned(), "no \u{0} JSON".to_owned(), json!("nothing").to_string()]);
    messages.extend([event(&sender, own, &future()).to_string(), good.to_string()]);
    let connection =
        lapin::Connection::connect(place.amqp_url.as_deref().unwrap(), lapin::ConnectionProperties::default());
    let connection = connection.await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    for message in messages {
        let exchange = format!("{}.events", place.namespace);
        let options = lapin::options::BasicPublishOptions::default();
        let key = "auth.registration_repeated";
        let properties = lapin::BasicProperties::default();
        channel.basic_publish(exchange.into(), key.into(), options, message.as_bytes(), properties).await.unwrap();
    }
    let infra = node.infra(ServiceName::Notifications).await;
    let _running = node.listen(infra.clone(), listener.clone());
    arrived(&listener, id_of(&good)).await;
    assert_eq!(listener.count(), 1);
    // Those just before it are taken beside it.
    let kept =
        eventually("all to be kept", || async { Some(parked(&infra).await).filter(|kept| kept.len() >= 62) }).await;
    assert_eq!((kept.len(), kept.iter().all(|job| job.state == JobState::Dead)), (62, true));
}
