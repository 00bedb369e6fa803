//! What a consumer could not take is parked in its service's database, and holds up nobody else.

use orion_contracts::events::{Event, RegistrationRepeated};
use orion_contracts::jobs::{JobInfo, JobState};
use orion_contracts::{Author, EventId, Problem, ServiceName};
use orion_infra::events::{Consume, Consumers};
use orion_infra::jobs::{self, Job};
use orion_infra::{Change, DbError, Infra};
use orion_testkit::eventually;
use orion_testkit::node::{Node, Recorder, empty_place, record, repeated, tell};
use orion_testkit::parked::{parked, until_next_try};
use std::sync::Arc;
use std::time::Duration;

async fn arrived(recorder: &Recorder, id: EventId) -> Event {
    eventually("the event", || async { recorder.with_id(id).into_iter().next() }).await
}

/// What is parked; lets time pass until it is tried again.
async fn wait(node: &Node, infra: &Infra) -> Vec<JobInfo> {
    let parked = parked(infra).await;
    until_next_try(infra, &parked).into_iter().for_each(|until| node.clock.advance(until));
    parked
}

async fn gone(infra: &Infra) {
    eventually("its end", || async { parked(infra).await.is_empty().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_refused_is_tried_again_until_it_is_taken() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    listener.refuse(12);
    let infra = node.infra(ServiceName::Notifications).await;
    let sender = node.infra(ServiceName::Auth).await;
    let _running = [
        node.listen(infra.clone(), listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
        node.listen(sender.clone(), Arc::default()),
    ];
    let id = tell(&sender, 1, repeated(&sender)).await;
    eventually("the event", || async {
        wait(&node, &infra).await;
        listener.with_id(id).into_iter().next()
    })
    .await;
    gone(&infra).await;
    assert_eq!(listener.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_never_taken_keeps_no_other_waiting_and_is_kept_as_dead_until_it_is_replayed() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let infra = node.infra(ServiceName::Notifications).await;
    let sender = node.infra(ServiceName::Auth).await;
    let poison = tell(&sender, 0, repeated(&sender)).await;
    listener.refuse_always(Some(poison));
    let mut ids = Vec::new();
    for version in 1..5 {
        ids.push(tell(&sender, version, repeated(&sender)).await);
    }
    let _running = [
        node.listen(infra.clone(), listener.clone()),
        node.listen(node.infra(ServiceName::Admin).await, Arc::default()),
        node.listen(sender.clone(), Arc::default()),
    ];
    for id in ids {
        arrived(&listener, id).await;
    }
    let dead = eventually("its death", || async {
        wait(&node, &infra).await.into_iter().find(|job| job.state == JobState::Dead)
    })
    .await;
    assert_eq!((dead.queue.as_str(), dead.attempts), ("events", Consume::ATTEMPTS));
    let reason = dead.reason.unwrap();
    assert!(reason.starts_with(&format!("auth.registration_repeated {poison} for recorder: ")), "{reason}");
    eventually("its being counted", || async {
        node.clock.advance(Duration::from_secs(61));
        (infra.queues.dead.with_label_values(&["consume"]).get() == 1).then_some(())
    })
    .await;
    listener.refuse_always(None);
    jobs::replay(&infra, Author::PLATFORM, dead.id).await.unwrap();
    arrived(&listener, poison).await;
    gone(&infra).await;
}

async fn refuse(_: &(), _: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), Problem> {
    Err(Problem::unavailable())
}

async fn hang(_: &(), _: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), Problem> {
    std::future::pending().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_consumer_takes_too_long_over_is_parked_before_its_sender_gives_up() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let sender = node.infra(ServiceName::Auth).await;
    // More than are tried at once.
    for version in 0..10 {
        tell(&sender, version, repeated(&sender)).await;
    }
    let hanging = Consumers::new(()).on::<RegistrationRepeated>("hanging", hang).list();
    let _running = [node.run(infra.clone(), hanging), node.listen(sender, Arc::default())];
    eventually("all of them parked", || async { (parked(&infra).await.len() == 10).then_some(()) }).await;
}

async fn fall(_: &(), _: &mut Change, _: &Event, _: RegistrationRepeated) -> Result<(), Problem> {
    panic!("a consumer falls")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_consumers_only_those_that_fail_are_tried_again() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let listener = Arc::new(Recorder::default());
    let infra = node.infra(ServiceName::Notifications).await;
    let mut consumers = Consumers::new(())
        .on::<RegistrationRepeated>("falling", fall)
        .on::<RegistrationRepeated>("refusing", refuse)
        .list();
    consumers.extend(Consumers::new(listener.clone()).on::<RegistrationRepeated>("taking", record).list());
    let running = node.run(infra.clone(), consumers);
    let id: EventId = infra.random.id(&infra.clock);
    let event = Event::of(id, ServiceName::Auth, (id.0, 1), infra.clock.now(), &repeated(&infra)).unwrap();
    for _ in 0..2 {
        assert!(running.intake.take_batch(vec![serde_json::to_value(&event).unwrap()]).await.is_empty());
        assert_eq!(listener.with_id(id).len(), 1, "taken at once");
        let reasons: Vec<_> = parked(&infra).await.into_iter().filter_map(|job| job.reason).collect();
        assert_eq!(reasons.len(), 2, "each is parked once, and says why: {reasons:?}");
        assert!(reasons.iter().all(|reason| !reason.contains("for taking: ")), "{reasons:?}");
    }
    let tries = || async {
        let parked = wait(&node, &infra).await;
        assert_eq!(parked.len(), 2);
        parked.iter().all(|job| job.attempts >= 3).then_some(())
    };
    eventually("more tries", tries).await;
    assert_eq!(listener.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_consumer_could_not_take_goes_to_the_next_when_it_stops() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let (refusing, taking) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
    let infra = node.infra(ServiceName::Notifications).await;
    let sender = node.infra(ServiceName::Auth).await;
    let id = tell(&sender, 1, repeated(&sender)).await;
    refusing.refuse_always(Some(id));
    let first = node.listen(infra.clone(), refusing);
    let _running =
        [node.listen(node.infra(ServiceName::Admin).await, Arc::default()), node.listen(sender, Arc::default())];
    eventually("its being parked", || async { (!parked(&infra).await.is_empty()).then_some(()) }).await;
    first.stop().await;
    let infra = node.infra(ServiceName::Notifications).await;
    let _second = node.listen(infra.clone(), taking.clone());
    eventually("the event", || async {
        wait(&node, &infra).await;
        taking.with_id(id).into_iter().next()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_cannot_even_be_parked_is_refused_to_its_sender() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let infra = node.infra(ServiceName::Notifications).await;
    let running = node.listen(infra.clone(), Arc::default());
    let dropped = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        for table in ["inbox", "jobs"] {
            sea_orm::ConnectionTrait::execute_unprepared(change, &format!("DROP TABLE {table}")).await?;
        }
        Ok::<_, DbError>(())
    });
    dropped.await.unwrap();
    let event = |version| {
        let id: EventId = infra.random.id(&infra.clock);
        let event = Event::of(id, ServiceName::Auth, (id.0, version), infra.clock.now(), &repeated(&infra));
        serde_json::to_value(event.unwrap()).unwrap()
    };
    let refused = running.intake.take_batch((0..20).map(event).collect()).await;
    assert_eq!(refused.iter().map(|refusal| refusal.position).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}
