//! `/api/v1/events`

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::admin::EventPage;
use orion_contracts::events::{Event, SessionStarted, UserCreated};
use orion_testkit::node::{FutureEvent, tell};
use orion_testkit::{TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_listed_newest_first_for_cookie_and_token_alike() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let page: EventPage = browser.get("/api/v1/events?limit=200").await.json();
    let created =
        |event: &Event| event.payload::<UserCreated>().unwrap().is_some_and(|told| told.user.user_id == bob.id);
    let started = |event: &Event| {
        event.payload::<SessionStarted>().unwrap().is_some_and(|told| told.session_id == bob.session_id)
    };
    assert_eq!(page.looked_at as usize, page.items.len());
    assert!(page.items.iter().any(created) && page.items.iter().any(started), "{page:?}");

    let first: EventPage = browser.get("/api/v1/events?limit=2").await.json();
    let cursor = first.next_cursor.expect("more than two events");
    let second: EventPage = browser.get(&format!("/api/v1/events?limit=2&cursor={cursor}")).await.json();
    assert!(second.items.iter().all(|event| first.items.iter().all(|known| known.id != event.id)));

    let admin = orion.service_url(ServiceName::Admin);
    orion.administrator().await.at(&admin).get("/api/v1/events").await.expect(200);
    assert_problem!(bob.at(&admin).get("/api/v1/events").await, 403, "permission-denied");
    assert_problem!(browser.get("/api/v1/events?cursor=zz").await, 400, "invalid-cursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_chooses_events_and_is_refused_with_its_place_when_it_is_none() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let of = |filter: &str, more: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        format!("/api/v1/events?{query}{more}")
    };
    let created = of(r#"event.type == "user.created""#, "&limit=1");
    let first: EventPage = browser.get(&created).await.json();
    assert_eq!(first.items.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["user.created"]);
    let cursor = first.next_cursor.expect("root was created before");
    let second: EventPage = browser.get(&format!("{created}&cursor={cursor}")).await.json();
    assert_eq!(second.items.len(), 1);
    assert_ne!(second.items[0].id, first.items[0].id);
    let all: EventPage = browser.get("/api/v1/events?limit=200").await.json();
    let none: EventPage = browser.get(&of("false", "")).await.json();
    assert_eq!((none.items.len(), none.looked_at as usize), (0, all.items.len()), "all were looked at in vain");
    assert!(first.looked_at > 0 && first.looked_at + second.looked_at <= all.looked_at);
    // An event that has no such field is none, and hinders nobody.
    let his = of(&format!("event.data.user.user_id == '{}'", bob.id), "");
    let found: EventPage = browser.get(&his).await.json();
    assert!(!found.items.is_empty() && found.items.iter().all(|event| event.aggregate_id == bob.id.0), "{found:?}");
    for (filter, told) in [
        ("evnt.type == 'x'", "line 1, column 1: there is no `evnt`; did you mean `event`?"),
        ("event.typ == 'x'", "line 1, column 7: there is no `event.typ`; did you mean `event.type`?"),
        (
            "timestamp(event.occurred_at) > timestamp('2026-01-01')",
            "is no moment such as 2030-01-01T00:00:00Z, so that `timestamp` has no answer",
        ),
        ("event.type", "line 1, column 1: `event.type` is a text, not true or false"),
        ("event.type ==", "line 1, column 14: something is missing after `==`"),
        ("(((", "line 1, column 4: something is missing after `(`"),
        ("[> 0<*)5[>=[][c?(d[=|(}3]c[e/[%&'d{*+!!]|:&]:8-[[[?[<?%[{{{c>b[>[ 4|:b0", "line 1"),
    ] {
        let refused = assert_problem!(browser.get(&of(filter, "")).await, 422, "validation");
        assert_eq!(refused.problem_fields(), ["filter"]);
        assert!(refused.text.contains(told), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_an_unknown_kind_is_logged_as_it_was_told() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let infra = orion.infra(ServiceName::Users);
    let future = FutureEvent { planet: "Mars".to_owned() };
    let id = tell(infra, 1, future.clone()).await;
    orion.settle().await;
    let page: EventPage = browser.get("/api/v1/events?limit=200").await.json();
    let logged = page.items.into_iter().find(|event| event.id == id).expect("the event");
    assert_eq!(logged.payload::<FutureEvent>().unwrap(), Some(future));
}

/// Long for each event, though no longer than may be.
fn heavy() -> String {
    let list = (0..100).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let asked = ["x<size(event.id)-99"; 70].join("||");
    format!("[{list}].exists(x, {asked})")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_s_searches_wait_for_each_other_and_keep_nobody_else() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let other = orion.user("mod").with_role("moderator").await.at(orion.service_url(ServiceName::Admin));
    for name in ["ann", "bob", "cid", "dan"] {
        orion.user(name).await;
    }
    orion.settle().await;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", &heavy()).finish();
    let path = format!("/api/v1/events?{query}");
    let searches = futures_util::future::join_all((0..40).map(|_| browser.get(&path)));
    let all = async {
        let started = std::time::Instant::now();
        browser.get("/api/v1/events").await.expect(200);
        started.elapsed()
    };
    let somebody_else = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        other.get("/api/v1/events?filter=event.type%3D%3D%22user.created%22").await.status
    };
    let (answers, all, somebody_else) = tokio::join!(searches, all, somebody_else);
    assert!(all < std::time::Duration::from_secs(5), "without a filter nobody waits: {all:?}");
    assert_eq!(somebody_else, 200, "the searches of one person keep nobody else from theirs");
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert!(of(200) > 0 && of(429) > 0, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    // Where the machine is busy with other things a turn may not come in time.
    assert_eq!(of(200) + of(429) + of(503), answers.len());
    let refused = answers.into_iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(refused.headers["retry-after"], "1");
    let refused = assert_problem!(refused, 429, "rate-limited");
    assert!(refused.text.contains("2 of your searches"), "{refused:?}");
    // Those that ended gave their places back.
    browser.get(&path).await.expect(200);
}
