//! `/console/live`

mod events;
mod permissions;
mod sockets;

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::admin::ServiceStatus;
use orion_contracts::events::{Event, SessionStarted};
use orion_contracts::live::{LiveMessage, LiveRequest, LiveTopic};
use orion_testkit::TestPlatform;
use orion_testkit::live::{LiveClient, Received};

impl Browser {
    async fn live_from(&self, origin: &str) -> Result<LiveClient, u16> {
        let mut headers = vec![("origin", origin)];
        headers.extend(self.cookie.as_deref().map(|cookie| ("cookie", cookie)));
        LiveClient::connect(&format!("{}/console/live", self.client.base), &headers).await
    }

    pub(super) async fn live(&self) -> LiveClient {
        self.live_from(&self.origin).await.unwrap_or_else(|status| panic!("refused with {status}"))
    }
}

pub(super) async fn message(socket: &mut LiveClient) -> LiveMessage {
    match socket.next().await {
        Received::Message(message) => *message,
        closed @ Received::Closed(_) => panic!("{closed:?}"),
    }
}

pub(super) async fn subscribe(socket: &mut LiveClient, id: u32, topic: LiveTopic, resume_after: Option<u64>) {
    socket.send(&LiveRequest::Subscribe { id, topic, filter: None, resume_after }).await;
}

/// Watches the events of which a condition holds.
async fn filter(socket: &mut LiveClient, id: u32, condition: &str, resume_after: Option<u64>) {
    let filter = Some(condition.to_owned());
    socket.send(&LiveRequest::Subscribe { id, topic: LiveTopic::Events, filter, resume_after }).await;
}

fn is_sign_in_of(event: &Event, whose: orion_contracts::UserId) -> bool {
    event.payload::<SessionStarted>().unwrap().is_some_and(|told| told.user_id == whose)
}

/// Reads until somebody's sign-in shows; its sequence number.
async fn sign_in_of(socket: &mut LiveClient, whose: orion_contracts::UserId) -> u64 {
    loop {
        if let LiveMessage::Events { sequence, told, .. } = message(socket).await
            && told.events.iter().any(|event| is_sign_in_of(event, whose))
        {
            return sequence;
        }
    }
}

pub(super) async fn closing_code(socket: &mut LiveClient) -> Option<u16> {
    loop {
        if let Received::Closed(code) = socket.next().await {
            return code;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_arrives_and_changes() {
    let mut orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    subscribe(&mut socket, 7, LiveTopic::Health, None).await;
    let LiveMessage::Health { id: 7, sequence, told } = message(&mut socket).await else { panic!("another message") };
    assert!(sequence > 0 && told.services.iter().all(|one| one.status == ServiceStatus::Up), "{told:?}");
    orion.stop_service(ServiceName::Notifications).await;
    loop {
        let LiveMessage::Health { told, .. } = message(&mut socket).await else { panic!("another message") };
        let one = told.services.iter().find(|one| one.service == ServiceName::Notifications).expect("notifications");
        if one.status != ServiceStatus::Up {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_topic_can_be_watched() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    for topic in LiveTopic::ALL {
        let mut socket = browser.live().await;
        subscribe(&mut socket, 1, *topic, None).await;
        subscribe(&mut socket, 1, *topic, None).await;
        loop {
            if let LiveMessage::Error { detail, .. } = message(&mut socket).await {
                assert!(detail.contains("already"), "{topic:?}: {detail}");
                break;
            }
        }
    }
}
