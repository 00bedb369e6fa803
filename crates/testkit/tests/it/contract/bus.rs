//! memory, LISTEN/NOTIFY, Redis

use orion_contracts::UserId;
use orion_contracts::bus::BusMessage;
use orion_infra::bus::Bus;
use orion_testkit::node::{Node, empty_place};
use orion_testkit::{Backend, eventually};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

fn message(version: i64) -> BusMessage {
    BusMessage::GrantsChanged { user_id: UserId(uuid::Uuid::nil()), version }
}

async fn receive(messages: &mut Receiver<BusMessage>, wanted: &BusMessage) {
    let arrived = async { while messages.recv().await.unwrap() != *wanted {} };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the message in time");
}

/// A bus is live when its own heartbeat has come back; before that, nothing promises that it listens.
async fn live(bus: &Bus) {
    let mut messages = bus.subscribe();
    tokio::time::timeout(Duration::from_secs(10), messages.recv()).await.expect("a heartbeat in time").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_every_subscriber_of_every_node_in_order() {
    let place = empty_place().await;
    let (first, second) = (Node::start(&place).await, Node::start(&place).await);
    // In memory there is one node by definition.
    let nodes = if Backend::current() == Backend::Embedded { vec![&first, &first] } else { vec![&first, &second] };
    for node in &nodes {
        live(node.connections.bus()).await;
    }
    let mut subscribers: Vec<_> = nodes.iter().map(|node| node.connections.bus().subscribe()).collect();
    for version in 1..=3 {
        first.connections.bus().publish(message(version)).await;
    }
    for subscriber in &mut subscribers {
        for version in 1..=3 {
            receive(subscriber, &message(version)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_whose_heartbeats_come_back_is_healthy() {
    let place = empty_place().await;
    let node = Node::start(&place).await;
    let bus = node.connections.bus();
    let mut messages = bus.subscribe();
    for _ in 0..6 {
        tokio::time::timeout(Duration::from_secs(10), messages.recv()).await.expect("a heartbeat in time").unwrap();
        node.clock.advance(Duration::from_millis(500));
    }
    eventually("health", || async { bus.is_healthy().then_some(()) }).await;
}
