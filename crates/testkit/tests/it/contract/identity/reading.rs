//! When roles, keys and what people hold are read anew.

use super::{Owners, PROMISED, Process, bob};
use orion_contracts::EventId;
use orion_contracts::bus::BusMessage;
use orion_testkit::eventually;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_read_again_each_minute_while_messages_keep_coming() {
    let process = Process::start().await;
    let before = Owners::count(&process.owners.key_sets);
    for number in 1..=160 {
        process.node.clock.advance(Duration::from_millis(400));
        process.bus.publish(BusMessage::EventLogged { event_id: EventId(uuid::Uuid::nil()) }).await;
        if number % 10 == 0 {
            process.heard().await;
        }
    }
    // It was told of roles alone: the keys it read of its own accord.
    let read = || async { (Owners::count(&process.owners.key_sets) > before).then_some(()) };
    eventually("the minute's reading", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_the_bus_was_away_is_not_missed() {
    let process = Process::start().await;
    process.owners.answers.add_permits(10);
    assert!(process.may().await && process.may().await);
    assert_eq!(Owners::count(&process.owners.grants), 1, "kept in the cache");
    let before = Owners::count(&process.owners.catalogues);
    // A message about it would be lost: nobody listens.
    process.owners.active.store(false, Ordering::SeqCst);
    process.wire.dropped.notify_one();
    let known = || async { (!process.may().await).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the change", known)).await.unwrap();
    let read = || async { (Owners::count(&process.owners.catalogues) > before).then_some(()) };
    eventually("the roles", read).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_read_when_it_changes_is_read_again() {
    let process = Arc::new(Process::start().await);
    let asking = tokio::spawn({
        let process = process.clone();
        async move { process.may().await }
    });
    let asked = || async { (Owners::count(&process.owners.grants) == 1).then_some(()) };
    eventually("the question", asked).await;
    process.owners.active.store(false, Ordering::SeqCst);
    process.bus.publish(BusMessage::GrantsChanged { user_id: bob(), version: 2 }).await;
    process.heard().await;
    process.owners.answers.add_permits(10);
    assert!(!asking.await.unwrap(), "the answer from before is not used");
    assert!(!process.may().await, "and not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_loses_is_lost_at_once_while_roles_are_read() {
    let process = Process::start().await;
    process.owners.answers.add_permits(10);
    assert!(process.may().await);
    let before = Owners::count(&process.owners.catalogues);
    process.owners.silent.store(true, Ordering::SeqCst);
    process.bus.publish(BusMessage::RolesChanged { version: 2 }).await;
    let asked = || async { (Owners::count(&process.owners.catalogues) > before).then_some(()) };
    eventually("the reading of roles", asked).await;
    process.owners.active.store(false, Ordering::SeqCst);
    process.bus.publish(BusMessage::GrantsChanged { user_id: bob(), version: 2 }).await;
    let lost = || async { (!process.may().await).then_some(()) };
    tokio::time::timeout(Duration::from_secs(2), eventually("the loss", lost)).await.unwrap();
    assert!(process.owners.silent.swap(false, Ordering::SeqCst), "they are still being read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_change_are_read_mostly_within_a_tenth_of_a_second_while_auth_does_not_answer() {
    let process = Process::start().await;
    process.owners.auth_is_silent.store(true, Ordering::SeqCst);
    // All is read again.
    process.wire.dropped.notify_one();
    let change = BusMessage::RolesChanged { version: 2 };
    let half = process.read_while_another_is_silent(change, &process.owners.catalogues).await;
    assert!(half <= PROMISED, "{half:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_change_are_read_mostly_within_a_tenth_of_a_second_while_users_does_not_answer() {
    let process = Process::start().await;
    process.owners.silent.store(true, Ordering::SeqCst);
    process.wire.dropped.notify_one();
    let half = process.read_while_another_is_silent(BusMessage::KeysChanged, &process.owners.key_sets).await;
    assert!(half <= PROMISED, "{half:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_change_while_they_are_read_are_read_once_more() {
    let process = Process::start().await;
    process.owners.silent.store(true, Ordering::SeqCst);
    let before = Owners::count(&process.owners.catalogues);
    process.bus.publish(BusMessage::RolesChanged { version: 2 }).await;
    let asked = || async { (Owners::count(&process.owners.catalogues) == before + 1).then_some(()) };
    eventually("the reading of roles", asked).await;
    process.bus.publish(BusMessage::RolesChanged { version: 3 }).await;
    process.owners.silent.store(false, Ordering::SeqCst);
    let again = || async { (Owners::count(&process.owners.catalogues) == before + 2).then_some(()) };
    eventually("the second reading", again).await;
}
