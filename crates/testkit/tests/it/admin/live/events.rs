//! Watching events: all of them, and those of which a condition holds.

use super::{filter, is_sign_in_of, message, sign_in_of, subscribe};
use crate::admin::Browser;
use orion_contracts::live::{LiveMessage, LiveRequest, LiveTopic};
use orion_testkit::TestPlatform;

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
