//! `/console/live`

use super::Browser;
use orion_contracts::admin::ServiceStatus;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{Event, EventPayload, SecurityNoted, SessionStarted};
use orion_contracts::live::{CLOSE_FORBIDDEN, CLOSE_SESSION_ENDED, LiveMessage, LiveRequest, LiveTopic};
use orion_contracts::{Author, ServiceName};
use orion_infra::Change;
use orion_infra::db::dialect::statement;
use orion_testkit::live::{LiveClient, Received};
use orion_testkit::{TestPlatform, eventually};
use sea_orm::ConnectionTrait;
use std::time::Duration;

impl Browser {
    async fn live_from(&self, origin: &str) -> Result<LiveClient, u16> {
        let mut headers = vec![("origin", origin)];
        headers.extend(self.cookie.as_deref().map(|cookie| ("cookie", cookie)));
        LiveClient::connect(&format!("{}/console/live", self.client.base), &headers).await
    }

    async fn live(&self) -> LiveClient {
        self.live_from(&self.origin).await.unwrap_or_else(|status| panic!("refused with {status}"))
    }
}

async fn message(socket: &mut LiveClient) -> LiveMessage {
    match socket.next().await {
        Received::Message(message) => *message,
        closed @ Received::Closed(_) => panic!("{closed:?}"),
    }
}

async fn subscribe(socket: &mut LiveClient, id: u32, topic: LiveTopic, resume_after: Option<u64>) {
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

async fn closing_code(socket: &mut LiveClient) -> Option<u16> {
    loop {
        if let Received::Closed(code) = socket.next().await {
            return code;
        }
    }
}

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
async fn events_arrive_and_a_page_goes_on_where_it_was() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    subscribe(&mut socket, 1, LiveTopic::Events, None).await;
    let bob = orion.user("bob").await;
    let seen = sign_in_of(&mut socket, bob.id).await;
    drop(socket);

    let eve = orion.user("eve").await;
    let mut again = browser.live().await;
    subscribe(&mut again, 9, LiveTopic::Events, Some(seen)).await;
    loop {
        let LiveMessage::Events { id: 9, sequence, told } = message(&mut again).await else {
            panic!("another message")
        };
        assert!(sequence > seen);
        assert!(!told.events.iter().any(|event| is_sign_in_of(event, bob.id)), "seen before");
        if told.events.iter().any(|event| is_sign_in_of(event, eve.id)) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_lets_through_what_it_holds_of_and_goes_on_where_it_was() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    let starts = r#"event.type == "auth.session_started" && event.data.user_id != "nobody""#;
    filter(&mut socket, 1, starts, None).await;
    // The same one again is asked once for both.
    filter(&mut socket, 2, starts, None).await;
    let bob = orion.user("bob").await;
    let mut seen = std::collections::HashMap::new();
    while seen.len() < 2 {
        let LiveMessage::Events { id, sequence, told } = message(&mut socket).await else { panic!("another message") };
        assert!(told.events.iter().all(|event| event.kind == "auth.session_started"), "{told:?}");
        if told.events.iter().any(|event| is_sign_in_of(event, bob.id)) {
            seen.insert(id, sequence);
        }
    }
    drop(socket);

    // Of what has happened meanwhile it gets what holds as well, and what does not is not told as missed.
    let eve = orion.user("eve").await;
    orion.settle().await;
    let mut again = browser.live().await;
    filter(&mut again, 9, starts, Some(seen[&1])).await;
    loop {
        let LiveMessage::Events { id: 9, sequence, told } = message(&mut again).await else {
            panic!("another message")
        };
        assert!(
            sequence > seen[&1] && told.events.iter().all(|event| event.kind == "auth.session_started"),
            "{told:?}"
        );
        assert!(!told.events.iter().any(|event| is_sign_in_of(event, bob.id)), "seen before");
        if told.events.iter().any(|event| is_sign_in_of(event, eve.id)) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_of_which_no_event_can_be_asked_tells_how_far_was_looked() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    filter(&mut socket, 1, "event.data.nothing.at == 'all'", None).await;
    let LiveMessage::Events { sequence: first, told, .. } = message(&mut socket).await else {
        panic!("another message")
    };
    assert!(told.events.is_empty(), "{told:?}");
    orion.user("bob").await;
    let LiveMessage::Events { sequence, told, .. } = message(&mut socket).await else { panic!("another message") };
    assert!(sequence > first && told.events.is_empty(), "{told:?}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_filter_is_told_with_its_place_under_its_field() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let mut socket = browser.live().await;
    for (id, condition, told) in
        [(1, "event.type ==", "line 1, column"), (2, "evnt.type == 'x'", "line 1, column 1: "), (3, "(((", "line 1")]
    {
        filter(&mut socket, id, condition, None).await;
        let refused = message(&mut socket).await;
        let LiveMessage::Error { id: at, detail, field } = &refused else { panic!("{refused:?}") };
        assert_eq!((*at, field.as_deref()), (Some(id), Some("filter")));
        assert!(detail.contains(told), "{detail}");
    }
    let filter = Some("true".to_owned());
    let topic = LiveTopic::Health;
    socket.send(&LiveRequest::Subscribe { id: 4, topic, filter, resume_after: None }).await;
    let refused = message(&mut socket).await;
    assert!(matches!(&refused, LiveMessage::Error { id: Some(4), field: Some(field), .. } if field == "filter"));
    // The numbers are free, and an empty filter is none.
    let none = Some(String::new());
    socket.send(&LiveRequest::Subscribe { id: 4, topic, filter: none, resume_after: None }).await;
    assert!(matches!(message(&mut socket).await, LiveMessage::Health { id: 4, .. }));
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
async fn a_role_taken_away_stops_at_once_what_it_allowed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").with_role("moderator").with_role("editor").await;
    let mut browser = Browser::new(&orion);
    browser.sign_in(&bob.email).await.expect(201);
    let mut socket = browser.live().await;
    subscribe(&mut socket, 1, LiveTopic::Events, None).await;
    subscribe(&mut socket, 2, LiveTopic::Health, None).await;
    filter(&mut socket, 4, "true", None).await;
    let role = |name: &str| format!("/api/v1/users/{}/roles/{name}", bob.id);

    // Nobody moves the clock: the look that comes by itself each minute cannot be what ends it.
    let mut gone = Vec::new();
    root.delete(&role("moderator")).await.expect(204);
    while gone.len() < 3 {
        if let LiveMessage::Error { id, detail, .. } = message(&mut socket).await {
            assert!(detail.contains("no longer"), "{detail}");
            gone.push(id);
        }
    }
    gone.sort_unstable();
    assert_eq!(gone, [Some(1), Some(2), Some(4)]);
    // The console itself is still theirs, what happens on the platform is not.
    orion.user("eve").await;
    orion.settle().await;
    subscribe(&mut socket, 3, LiveTopic::Events, None).await;
    let refused = message(&mut socket).await;
    assert!(matches!(refused, LiveMessage::Error { id: Some(3), .. }), "{refused:?}");

    root.delete(&role("editor")).await.expect(204);
    assert_eq!(closing_code(&mut socket).await, Some(CLOSE_FORBIDDEN));
}

/// Somebody who sees the events of the platform, but for those of the security of accounts.
async fn without_security(orion: &TestPlatform) -> orion_testkit::TestUser {
    let bob = orion.user("bob").with_role("moderator").await;
    let take = "DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM roles WHERE name = 'moderator') \
                AND permission_id IN (SELECT id FROM permissions WHERE name = 'security.read')";
    let raise = "UPDATE role_catalogue SET version = version + 1 WHERE id = 1 RETURNING version AS n";
    let change = async |change: &mut Change| {
        change.unaudited("a role that means less in this test");
        assert_eq!(change.execute_raw(statement(change, take, [])).await?.rows_affected(), 1);
        let row = change.query_one_raw(statement(change, raise, [])).await?.expect("the catalogue");
        change.announce(BusMessage::RolesChanged { version: row.try_get("", "n")? });
        Ok::<_, orion_infra::DbError>(())
    };
    orion.infra(ServiceName::Users).write(Author::PLATFORM, change).await.unwrap();
    eventually("the role meaning less", || async {
        let answer = bob.get("/api/v1/auth/admin/security-events").await;
        (answer.status == 403).then_some(())
    })
    .await;
    bob
}

/// The kinds of events that are told until somebody's sign-in shows.
async fn kinds_until_sign_in_of(socket: &mut LiveClient, whose: orion_contracts::UserId) -> Vec<String> {
    let mut kinds = Vec::new();
    loop {
        if let LiveMessage::Events { told, .. } = message(socket).await {
            kinds.extend(told.events.iter().map(|event| event.kind.clone()));
            if told.events.iter().any(|event| is_sign_in_of(event, whose)) {
                return kinds;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_noticed_about_accounts_is_told_with_its_severity_to_those_who_may_see_it() {
    let orion = TestPlatform::start().await;
    let bob = without_security(&orion).await;
    let (root, mut his) = (Browser::administrator(&orion).await, Browser::new(&orion));
    his.sign_in(&bob.email).await.expect(201);
    let (mut whole, mut part, mut chosen) = (root.live().await, his.live().await, his.live().await);
    subscribe(&mut whole, 1, LiveTopic::Events, None).await;
    subscribe(&mut part, 1, LiveTopic::Events, None).await;
    filter(&mut chosen, 1, "true", None).await;
    let ada = orion.user("ada").await;
    crate::auth::two_factor::enrol(&orion, &ada).await;
    let noted = loop {
        if let LiveMessage::Events { told, .. } = message(&mut whole).await
            && let Some(noted) = told.events.iter().find_map(|event| event.payload::<SecurityNoted>().unwrap())
        {
            break noted;
        }
    };
    assert_eq!((noted.kind.as_str(), noted.user_id), ("factor.added", Some(ada.id)));
    assert_eq!(serde_json::to_value(noted.severity).unwrap(), "medium");

    orion.settle().await;
    let eve = orion.user("eve").await;
    for socket in [&mut part, &mut chosen] {
        let kinds = kinds_until_sign_in_of(socket, eve.id).await;
        assert!(!kinds.iter().any(|kind| kind == SecurityNoted::KIND), "{kinds:?}");
    }
    // Nor by what was before, nor in the log.
    let mut late = his.live().await;
    subscribe(&mut late, 1, LiveTopic::Events, None).await;
    let kinds = kinds_until_sign_in_of(&mut late, eve.id).await;
    assert!(!kinds.iter().any(|kind| kind == SecurityNoted::KIND), "{kinds:?}");
    for query in
        ["limit=200", "limit=200&filter=true", "limit=200&filter=event.type%20%3D%3D%20%22auth.security_noted%22"]
    {
        let log = |text: String| text.contains(SecurityNoted::KIND);
        let path = format!("/api/v1/events?{query}");
        assert!(log(root.get(&path).await.expect(200).text), "{query}");
        assert!(!log(his.get(&path).await.expect(200).text), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_it_no_longer_is_told_so_and_watches_the_rest() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = without_security(&orion).await;
    let role = format!("/api/v1/users/{}/roles/admin", bob.id);
    root.put(&role, serde_json::json!({})).await.expect(204);
    let mut browser = Browser::new(&orion);
    browser.sign_in(&bob.email).await.expect(201);
    let mut socket = browser.live().await;
    subscribe(&mut socket, 1, LiveTopic::Events, None).await;
    sign_in_of(&mut socket, bob.id).await;
    root.delete(&role).await.expect(204);
    loop {
        if let LiveMessage::Error { id, detail, .. } = message(&mut socket).await {
            assert!(id == Some(1) && detail.contains("no longer"), "{detail}");
            break;
        }
    }
    subscribe(&mut socket, 1, LiveTopic::Events, None).await;
    assert!(matches!(message(&mut socket).await, LiveMessage::Events { id: 1, .. }));
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
