//! Who may watch what, and until when.

use super::{closing_code, filter, is_sign_in_of, message, sign_in_of, subscribe};
use crate::admin::Browser;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::{EventPayload, SecurityNoted};
use orion_contracts::live::{CLOSE_FORBIDDEN, LiveMessage, LiveTopic};
use orion_contracts::{Author, ServiceName};
use orion_infra::Change;
use orion_infra::db::dialect::statement;
use orion_testkit::live::LiveClient;
use orion_testkit::{TestPlatform, eventually};
use sea_orm::ConnectionTrait;

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

/// An end is told by nobody; and the look that comes by itself each minute is not what ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_ends_by_its_time_stops_at_that_moment_what_it_allowed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").with_role("editor").await;
    let soon = orion.infra(ServiceName::Users).clock.now() + chrono::Duration::seconds(20);
    let role = format!("/api/v1/users/{}/roles/moderator", bob.id);
    root.put(&role, serde_json::json!({ "expires_at": soon })).await.expect(204);
    eventually("the role", || async { (bob.get("/api/v1/users").await.status == 200).then_some(()) }).await;
    let mut browser = Browser::new(&orion);
    browser.sign_in(&bob.email).await.expect(201);
    let mut socket = browser.live().await;
    subscribe(&mut socket, 1, LiveTopic::Health, None).await;
    message(&mut socket).await;
    orion.advance(std::time::Duration::from_secs(21)).await;
    loop {
        if let LiveMessage::Error { id, detail, .. } = message(&mut socket).await {
            assert!(id == Some(1) && detail.contains("no longer"), "{id:?} {detail}");
            break;
        }
    }
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
    let is_of_ada = |noted: &SecurityNoted| noted.user_id == Some(ada.id);
    let noted = loop {
        if let LiveMessage::Events { told, .. } = message(&mut whole).await
            && let Some(noted) =
                told.events.iter().filter_map(|event| event.payload::<SecurityNoted>().unwrap()).find(is_of_ada)
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
