//! What tokens are verified by.

use super::{Owners, Process};
use orion_contracts::bus::BusMessage;
use orion_testkit::eventually;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_passes_before_all_revocations_are_known_and_none_is_called_invalid() {
    let process = Process::begin(true).await;
    let missing = || async {
        let missing = process.identity.check().err()?;
        (!missing.contains("roles")).then_some(missing)
    };
    let missing = eventually("the roles", missing).await;
    // Whatever else was read, time and again.
    for _ in 0..5 {
        process.node.clock.advance(Duration::from_secs(1));
        process.bus.publish(BusMessage::KeysChanged).await;
        tokio::task::yield_now().await;
    }
    assert!(process.identity.keys().get().is_empty(), "a key lets revoked tokens pass");
    assert!(missing.contains("revocations") && missing.contains("signing keys"), "{missing}");
    let answer = process.ask().await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (503, &b"1"[..]));
    process.owners.forgetful.store(false, Ordering::SeqCst);
    let known = || async {
        process.node.clock.advance(Duration::from_secs(1));
        process.identity.check().ok()
    };
    eventually("knowing all", known).await;
    assert!(!process.identity.keys().get().is_empty());
    assert_eq!(process.ask().await.status(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_did_not_change_are_not_new_ones() {
    let process = Process::start().await;
    // What follows them drops all tokens that it has verified when it sees new ones.
    let before = process.identity.keys().get();
    for _ in 0..3 {
        let sets = Owners::count(&process.owners.key_sets);
        process.bus.publish(BusMessage::KeysChanged).await;
        let read = || async { (Owners::count(&process.owners.key_sets) > sets).then_some(()) };
        eventually("the keys", read).await;
    }
    let sets = Owners::count(&process.owners.key_sets);
    process.node.clock.advance(Duration::from_secs(70));
    let read = || async { (Owners::count(&process.owners.key_sets) > sets).then_some(()) };
    eventually("the minute's reading", read).await;
    assert!(Arc::ptr_eq(&process.identity.keys().get(), &before));
}
