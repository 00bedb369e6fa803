//! The socket itself: who gets in, what is too much for it, and when it closes.

use super::{closing_code, message, subscribe};
use crate::admin::Browser;
use orion_contracts::live::{CLOSE_SESSION_ENDED, LiveMessage, LiveTopic};
use orion_testkit::{TestPlatform, eventually};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_consoles_page_with_a_session_gets_in() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    assert_eq!(browser.live_from("https://evil.example").await.err(), Some(403));
    assert_eq!(browser.live_from("http://localhost:1").await.err(), Some(403));
    let nobody = Browser::new(&orion);
    assert_eq!(nobody.live_from(&nobody.origin).await.err(), Some(401));
    browser.live().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_understood_is_answered_and_a_flood_is_cut_off() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    socket.send_text(r#"{"op":"subscribe","id":3,"topic":"secrets"}"#.to_owned()).await;
    assert!(matches!(message(&mut socket).await, LiveMessage::Error { id: Some(3), .. }));
    subscribe(&mut socket, 4, LiveTopic::Events, None).await;
    subscribe(&mut socket, 4, LiveTopic::Events, None).await;
    while !matches!(message(&mut socket).await, LiveMessage::Error { id: Some(4), .. }) {}
    for _ in 0..60 {
        socket.send_text("{}".to_owned()).await;
    }
    assert_eq!(closing_code(&mut socket).await, Some(1008));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_signs_of_life_is_cut_off_too() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    for _ in 0..60 {
        socket.send_pong().await;
    }
    assert_eq!(closing_code(&mut socket).await, Some(1008));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_closes_its_socket_and_no_other() {
    let orion = TestPlatform::start().await;
    let ending = Browser::administrator(&orion).await;
    let staying = Browser::administrator(&orion).await;
    let (mut closed, mut open) = (ending.live().await, staying.live().await);
    subscribe(&mut closed, 1, LiveTopic::Health, None).await;
    message(&mut closed).await;
    ending.delete("/console/session").await.expect(204);
    assert_eq!(closing_code(&mut closed).await, Some(CLOSE_SESSION_ENDED));
    subscribe(&mut open, 1, LiveTopic::Health, None).await;
    message(&mut open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_not_used_closes_its_socket_when_it_is_over() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    subscribe(&mut socket, 1, LiveTopic::Health, None).await;
    message(&mut socket).await;
    orion.advance(Duration::from_secs(31 * 60)).await;
    assert_eq!(closing_code(&mut socket).await, Some(CLOSE_SESSION_ENDED));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_only_so_many_places() {
    let orion = TestPlatform::builder().set("admin.max_sockets", 1).start().await;
    let browser = Browser::administrator(&orion).await;
    let first = browser.live().await;
    assert_eq!(browser.live_from(&browser.origin).await.err(), Some(503));
    drop(first);
    eventually("the place being free again", || async { browser.live_from(&browser.origin).await.ok().map(drop) })
        .await;
}
