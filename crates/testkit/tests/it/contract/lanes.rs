//! The lanes of the outbox: one that is away holds up no other, and nothing is lost between them.

use async_trait::async_trait;
use orion_contracts::bus::{BusMessage, RevokedSubject};
use orion_contracts::{Author, EventId, ServiceName};
use orion_infra::bus::{Bus, BusBackend, BusError, Inbound};
use orion_infra::db::dialect::statement;
use orion_infra::events::dispatcher::GATHERING;
use orion_infra::{DbError, Infra};
use orion_testkit::node::{FutureEvent, Node, Recorder, empty_place, repeated, tell};
use orion_testkit::{Backend, eventually};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use std::time::Duration;

async fn rows(infra: &Infra, lane: &str) -> Vec<i64> {
    let select = "SELECT attempts FROM outbox WHERE lane = $1";
    let rows = infra.db.read().query_all_raw(statement(infra.db.read(), select, [lane.into()])).await.unwrap();
    rows.iter().map(|row| row.try_get("", "attempts").unwrap()).collect()
}

async fn arrived(recorder: &Recorder, id: EventId) {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_away_slows_down_no_other_and_its_rows_are_left_alone() {
    if Backend::current() == Backend::Production {
        return;
    }
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    let (mut ids, mut late) = (Vec::new(), Duration::ZERO);
    for version in 0..250 {
        let told = sender.clock.monotonic();
        ids.push(tell(&sender, version, repeated(&sender)).await);
        if version % 50 == 0 {
            arrived(&listener, ids[ids.len() - 1]).await;
            late = late.max(sender.clock.monotonic() - told);
        }
    }
    for id in &ids {
        arrived(&listener, *id).await;
    }
    assert!(late < Duration::from_secs(5), "{late:?}");
    node.clock.advance(Duration::from_secs(20));
    let age = || sender.queues.lane_age.with_label_values(&["admin"]).get();
    eventually("the lane's age", || async { (age() >= 20).then_some(()) }).await;
    assert_eq!(rows(&sender, "admin").await, vec![0; 250]);
    let everything = Arc::new(Recorder::default());
    let _back = node.listen(node.infra(ServiceName::Admin).await, everything.clone());
    eventually("the backlog", || async {
        node.clock.advance(Duration::from_secs(16));
        (everything.count() == 250).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_takes_for_two_weeks_is_given_up_and_counted() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    tell(&sender, 1, repeated(&sender)).await;
    let lanes = sender.events.transport().lanes(&[ServiceName::Notifications, ServiceName::Admin]);
    node.clock.advance(Duration::from_secs(15 * 86_400));
    // The broker itself takes everything.
    if Backend::current() == Backend::Production {
        return;
    }
    let _running = node.listen(sender.clone(), Arc::default());
    let dropped = || sender.queues.dropped.with_label_values::<&str>(&[]).get();
    eventually("its being given up", || async { (dropped() == lanes.len() as u64).then_some(()) }).await;
    for lane in lanes {
        assert!(rows(&sender, lane).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_configuration_left_behind_reaches_its_listeners() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let id = tell(&sender, 1, repeated(&sender)).await;
    let foreign = if Backend::current() == Backend::Production { "notifications" } else { "broker" };
    let txn = sender.db.begin().await.unwrap();
    let only = "DELETE FROM outbox WHERE lane = 'admin'";
    txn.execute_raw(statement(&txn, only, [])).await.unwrap();
    txn.execute_raw(statement(&txn, "UPDATE outbox SET lane = $1", [foreign.into()])).await.unwrap();
    txn.commit().await.unwrap();
    let everything = Arc::new(Recorder::default());
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    arrived(&listener, id).await;
    arrived(&everything, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_events_reach_a_listener_that_takes_small_bodies_and_one_too_large_holds_up_none() {
    if Backend::current() == Backend::Production {
        return;
    }
    let place = empty_place().await;
    let mut node = Node::start(&place).await;
    node.config.server.max_body_bytes = 1024;
    let sender = node.infra(ServiceName::Auth).await;
    let planet = |bytes: usize| FutureEvent { planet: "x".repeat(bytes) };
    tell(&sender, 0, planet(2_000_000)).await;
    for version in 1..=30 {
        tell(&sender, version, planet(100_000)).await;
    }
    let everything = Arc::new(Recorder::default());
    let _running = [
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    eventually("all that can be sent", || async { (everything.count() == 30).then_some(()) }).await;
    eventually("what cannot be sent", || async { (rows(&sender, "admin").await == [1]).then_some(()) }).await;
}

/// What is refused as a whole is found, and everything else arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_for_which_its_batch_is_refused_holds_up_no_other() {
    if Backend::current() == Backend::Production {
        return;
    }
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    for version in 0..10 {
        tell(&sender, version, repeated(&sender)).await;
    }
    // A service sends its own events only; this one says that it is another's.
    let sql = "UPDATE outbox SET event = replace(event, '\"source\":\"auth\"', '\"source\":\"users\"') \
               WHERE lane = 'admin' AND event LIKE '%\"aggregate_version\":7%'";
    let txn = sender.db.begin().await.unwrap();
    assert_eq!(txn.execute_raw(statement(&txn, sql, [])).await.unwrap().rows_affected(), 1);
    txn.commit().await.unwrap();
    let everything = Arc::new(Recorder::default());
    let _running = [
        node.listen(node.infra(ServiceName::Admin).await, everything.clone()),
        node.listen(sender.clone(), Arc::default()),
    ];
    eventually("all others", || async { (everything.count() == 9).then_some(()) }).await;
    eventually("the one", || async { matches!(*rows(&sender, "admin").await, [tries] if tries >= 1).then_some(()) })
        .await;
}

/// A bus of a process that dies before it has said anything.
struct Silent;

#[async_trait]
impl BusBackend for Silent {
    async fn publish(&self, _: &BusMessage) -> Result<(), BusError> {
        Err(BusError("the process is dying".to_owned()))
    }

    async fn receive(&self, _: &Inbound) -> Result<(), BusError> {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_is_made_though_the_process_died_after_its_commit() {
    if Backend::current() == Backend::Embedded {
        return;
    }
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let alive = node.infra(ServiceName::Auth).await;
    let mut dying = alive.clone();
    dying.bus = Bus::new(Arc::new(Silent), Inbound::default(), alive.clock.clone(), &alive.random);
    eventually("the bus", || async { alive.bus.is_healthy().then_some(()) }).await;
    let mut messages = alive.bus.subscribe();
    let revoked = orion_contracts::bus::Revocation {
        sequence: 1,
        subject: RevokedSubject::Session { sid: alive.random.id(&alive.clock) },
        expires_at: alive.clock.now(),
    };
    let message = BusMessage::Revoked(revoked);
    let announced = dying.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        change.announce(message.clone());
        change.tell(uuid::Uuid::nil(), 1, repeated(&alive));
        Ok::<_, DbError>(())
    });
    announced.await.unwrap();
    assert_eq!(rows(&alive, "bus").await.len(), 1);
    let _running = node.listen(alive.clone(), Arc::default());
    node.clock.advance(Duration::from_secs(6));
    let heard = async { while messages.recv().await.unwrap() != message {} };
    tokio::time::timeout(Duration::from_secs(10), heard).await.expect("the announcement");
    eventually("its being forgotten", || async { rows(&alive, "bus").await.is_empty().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_rings_for_the_lanes_that_it_told_an_event_on() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let sender = node.infra(ServiceName::Auth).await;
    tell(&sender, 1, repeated(&sender)).await;
    for lane in sender.events.transport().lanes(&[ServiceName::Notifications]) {
        let ring = tokio::time::timeout(Duration::from_secs(1), sender.db.doorbell().lane(lane));
        ring.await.expect("nobody else rings here");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_follow_closely_travel_together() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(node.infra(ServiceName::Notifications).await, listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
        node.listen(sender.clone(), Arc::default()),
    ];
    let began = sender.clock.monotonic();
    let mut last = None;
    for version in 0..40 {
        last = Some(tell(&sender, version, repeated(&sender)).await);
    }
    arrived(&listener, last.expect("one was told")).await;
    let batches = sender.queues.duration.with_label_values(&["outbox"]).get_sample_count();
    let rests = (sender.clock.monotonic() - began).div_duration_f64(GATHERING).ceil() as u64;
    let lanes = sender.events.transport().lanes(&[ServiceName::Notifications, ServiceName::Admin]).len() as u64;
    assert!(batches <= lanes * (rests + 1), "{batches} batches on {lanes} lanes in {rests} rests");
}
