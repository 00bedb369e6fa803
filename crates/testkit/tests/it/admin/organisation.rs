//! `/console/session/organisation`: acting for an organisation in the console.

use super::Browser;
use super::live::{closing_code, message, subscribe};
use crate::users::organisations::{give_inside, organisation_of};
use orion_contracts::admin::{ConsoleOrganisation, ConsoleSession};
use orion_contracts::auth::Me;
use orion_contracts::live::{LiveMessage, LiveTopic};
use orion_contracts::{OrganisationId, ServiceName};
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const ORGANISATION: &str = "/console/session/organisation";
const SESSION: &str = "/console/session";

async fn act_for(browser: &Browser, organisation: Option<OrganisationId>) -> Answer {
    let order = json!({ "organisation_id": organisation });
    Answer::of(browser.proven("PUT", ORGANISATION).json(&order)).await
}

async fn session(browser: &Browser) -> ConsoleSession {
    browser.get(SESSION).await.expect(200).json()
}

async fn acts_for(browser: &Browser) -> Option<ConsoleOrganisation> {
    session(browser).await.organisation
}

/// For which organisation the session at auth acts.
async fn at_auth(browser: &Browser) -> Option<OrganisationId> {
    browser.get("/api/v1/auth/me").await.expect(200).json::<Me>().session.organisation_id
}

fn members(organisation: OrganisationId) -> String {
    format!("/api/v1/organisations/{organisation}/members")
}

/// Somebody who may use the console, and sees nothing of organisations by what they hold on the platform.
async fn editor(orion: &TestPlatform) -> (TestUser, Browser) {
    let bob = orion.user("bob").with_role("editor").await;
    let mut browser = Browser::new(orion);
    browser.sign_in(&bob.email).await.expect(201);
    (bob, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_acts_for_an_organisation_and_says_what_may_be_done_inside() {
    let orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    give_inside(&orion, id, &bob, "organisation_admin").await;
    let before = session(&browser).await;
    assert!(before.organisation.is_none());
    assert_problem!(browser.get(&members(id)).await, 403, "permission-denied");

    let answer = act_for(&browser, Some(id)).await.expect(200);
    assert!(!answer.text.contains("token"), "{}", answer.text);
    let switched: ConsoleSession = answer.json();
    let inside = switched.organisation.expect("an organisation");
    assert_eq!((inside.id, inside.name.as_deref()), (id, Some("Engines")));
    let held = |list: &[String], name: &str| list.iter().any(|one| one == name);
    for name in ["organisations.read", "organisations.write", "members.write", "teams.write", "audit.read"] {
        assert!(held(&inside.permissions, name) && !held(&switched.permissions, name), "{name}: {inside:?}");
    }
    // What is held for the whole platform holds for what is the organisation's as well; what is held by nobody does not.
    assert!(held(&inside.permissions, "console.use") && !held(&inside.permissions, "organisations.delete"));
    assert_eq!((switched.permissions, switched.user_id), (before.permissions, bob.id));

    assert_eq!((acts_for(&browser).await.expect("kept").id, at_auth(&browser).await), (id, Some(id)));
    browser.get(&members(id)).await.expect(200);
    let invitation = json!({ "email": "grace@example.org" });
    browser.post(&format!("/api/v1/organisations/{id}/invitations"), invitation).await.expect(201);

    let none: ConsoleSession = act_for(&browser, None).await.expect(200).json();
    assert!(none.organisation.is_none());
    assert_eq!(at_auth(&browser).await, None);
    assert_problem!(browser.get(&members(id)).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_member_learns_nothing_and_stays_for_whom_they_act() {
    let orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let own = organisation_of(&orion, "Engines", &[&bob]).await;
    let foreign = organisation_of(&orion, "Looms", &[]).await;
    act_for(&browser, Some(own)).await.expect(200);
    let nobodys: OrganisationId = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10".parse().unwrap();
    let (one, other) = (act_for(&browser, Some(foreign)).await, act_for(&browser, Some(nobodys)).await);
    assert_eq!(assert_problem!(one, 404, "not-found").value()["detail"], other.value()["detail"]);
    for body in [json!({}), json!({ "organisation_id": "engines" }), json!({ "organisation_id": own, "more": 1 })] {
        assert_problem!(Answer::of(browser.proven("PUT", ORGANISATION).json(&body)).await, 422, "validation");
    }
    assert_eq!(acts_for(&browser).await.expect("the one of before").id, own);
    let bare = browser.request("PUT", ORGANISATION).json(&json!({ "organisation_id": null }));
    assert_problem!(Answer::of(bare).await, 403, "csrf");
    assert_problem!(act_for(&Browser::new(&orion), Some(own)).await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_does_it_while_acting_as_somebody_else_and_whoever_goes_back_acts_for_their_own_again() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (own, hers) = (organisation_of(&orion, "Engines", &[]).await, organisation_of(&orion, "Looms", &[&ada]).await);
    let browser = Browser::administrator(&orion).await;
    act_for(&browser, Some(own)).await.expect(200);
    let order = json!({ "user_id": ada.id, "reason": "Ticket 4711" });
    let begun: ConsoleSession = browser.post("/console/session/acting", order).await.expect(201).json();
    assert!(begun.organisation.is_none(), "what she does for an organisation of hers is for its members to allow");
    for organisation in [Some(hers), Some(own), None] {
        assert_problem!(act_for(&browser, organisation).await, 403, "permission-denied");
    }
    let back: ConsoleSession = browser.delete("/console/session/acting").await.expect(200).json();
    assert_eq!(back.organisation.expect("the one of before").id, own);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_keeps_the_organisation_and_a_switch_prolongs_no_token() {
    let orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    orion.advance(Duration::from_secs(200)).await;
    act_for(&browser, Some(id)).await.expect(200);
    // The token of the switch ends with the one before: were it held for a new one, it would be sent when nobody takes it any more.
    for seconds in [101, 61, 200, 299, 600] {
        orion.advance(Duration::from_secs(seconds)).await;
        browser.get(&members(id)).await.expect(200);
        assert_eq!(acts_for(&browser).await.expect("kept").id, id);
    }
    act_for(&browser, None).await.expect(200);
    orion.advance(Duration::from_secs(300)).await;
    assert!(acts_for(&browser).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_acts_for_it_no_more_and_stays_signed_in() {
    let orion = TestPlatform::start().await;
    let (root, (bob, browser)) = (orion.administrator().await, editor(&orion).await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    act_for(&browser, Some(id)).await.expect(200);
    let mut socket = browser.live().await;
    root.delete(&format!("{}/{}", members(id), bob.id)).await.expect(204);
    // The token that names it is refused from some moment on; no call of the page notices.
    eventually("the end", async || session(&browser).await.organisation.is_none().then_some(())).await;
    assert_eq!(closing_code(&mut socket).await, Some(4401), "the page asks for its session, and finds it for none");
    eventually("auth's", async || at_auth(&browser).await.is_none().then_some(())).await;
    assert!(acts_for(&browser).await.is_none());
    assert_problem!(browser.get(&members(id)).await, 403, "permission-denied");
    assert_problem!(act_for(&browser, Some(id)).await, 404, "not-found");
    // A session that has ended does so all the same.
    let ended = root.delete(&format!("/api/v1/auth/admin/users/{}/sessions", bob.id)).await.expect(200);
    assert!(ended.value()["ended"].as_u64().is_some_and(|ended| ended > 0), "{}", ended.text);
    assert_problem!(browser.get(SESSION).await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_does_for_one_organisation_is_never_done_for_another() {
    let orion = TestPlatform::start().await;
    let (root, (bob, browser)) = (orion.administrator().await, editor(&orion).await);
    let one = organisation_of(&orion, "Engines", &[&bob]).await;
    let other = organisation_of(&orion, "Looms", &[&bob]).await;
    let rename = async |believed: &str| {
        let call = browser.proven("PATCH", "/api/v1/users/me").json(&json!({ "display_name": "Bob" }));
        Answer::of(call.header("x-orion-for", believed)).await
    };
    let (one_text, other_text) = (one.to_string(), other.to_string());
    rename("none").await.expect(200);
    assert_problem!(rename(&one_text).await, 409, "acts-for-another");
    act_for(&browser, Some(one)).await.expect(200);
    rename(&one_text).await.expect(200);
    // A second tab, which shows what was there before, or another one.
    for believed in ["none", "", "*", other_text.as_str()] {
        assert_problem!(rename(believed).await, 409, "acts-for-another");
        let look = browser.request("GET", "/api/v1/users/me").header("x-orion-for", believed);
        assert_problem!(Answer::of(look).await, 409, "acts-for-another");
        let owned = browser.request("GET", "/api/v1/settings").header("x-orion-for", believed);
        assert_problem!(Answer::of(owned).await, 409, "acts-for-another");
        // By which it finds out.
        let asked = browser.request("GET", SESSION).header("x-orion-for", believed);
        let told: ConsoleSession = Answer::of(asked).await.expect(200).json();
        assert_eq!(told.organisation.expect("the one of now").id, one);
    }
    // Who is removed is told of none before their token says so.
    root.delete(&format!("{}/{}", members(one), bob.id)).await.expect(204);
    eventually("none", async || acts_for(&browser).await.is_none().then_some(())).await;
    rename("none").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_switch_that_may_have_happened_nothing_is_done_before_auth_is_asked() {
    let mut orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    act_for(&browser, Some(id)).await.expect(200);
    // A refusal says that nothing has happened.
    let nobodys: OrganisationId = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10".parse().unwrap();
    assert_problem!(act_for(&browser, Some(nobodys)).await, 404, "not-found");
    orion.settle().await;
    orion.stop_service(ServiceName::Auth).await;
    browser.get(SESSION).await.expect(200);
    let failed = act_for(&browser, None).await;
    assert!(failed.status >= 500, "{failed:?}");
    assert_problem!(browser.get(SESSION).await, 503, "unavailable");
    assert_problem!(browser.get("/api/v1/users/me").await, 503, "unavailable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_steps_up_acts_for_the_same_organisation_from_then_on() {
    let orion = TestPlatform::start().await;
    let (bob, mut browser) = editor(&orion).await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    act_for(&browser, Some(id)).await.expect(200);
    orion.advance(Duration::from_secs(200)).await;
    browser.step("step-up", json!({})).await.expect(202);
    browser.step("steps/password", json!({ "password": PASSWORD })).await.expect(204);
    assert_eq!(acts_for(&browser).await.expect("kept").id, id);
    act_for(&browser, None).await.expect(200);
    assert_eq!((acts_for(&browser).await.map(|one| one.id), at_auth(&browser).await), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_refresh_and_a_switch_at_once_the_switch_stays() {
    let orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    for organisation in [Some(id), None, Some(id), None] {
        orion.advance(Duration::from_secs(280)).await;
        let (switched, _, _) =
            tokio::join!(act_for(&browser, organisation), browser.get(SESSION), browser.get(SESSION));
        switched.expect(200);
        let token = acts_for(&browser).await.map(|organisation| organisation.id);
        assert_eq!((token, at_auth(&browser).await), (organisation, organisation));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_switches_at_once_one_is_the_last_for_console_and_auth_alike() {
    let orion = TestPlatform::start().await;
    let (bob, browser) = editor(&orion).await;
    let one = organisation_of(&orion, "Engines", &[&bob]).await;
    let other = organisation_of(&orion, "Looms", &[&bob]).await;
    for _ in 0..5 {
        let (a, b, c, d) = tokio::join!(
            act_for(&browser, Some(one)),
            act_for(&browser, Some(other)),
            act_for(&browser, None),
            act_for(&browser, Some(other)),
        );
        for (answer, asked) in [(a, Some(one)), (b, Some(other)), (c, None), (d, Some(other))] {
            let told: ConsoleSession = answer.expect(200).json();
            assert_eq!(told.organisation.map(|organisation| organisation.id), asked);
        }
        let token = acts_for(&browser).await.map(|organisation| organisation.id);
        assert_eq!(token, at_auth(&browser).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_socket_ends_when_for_whom_it_shows_changes_and_not_with_a_refresh() {
    let orion = TestPlatform::start().await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let (browser, other) = (Browser::administrator(&orion).await, Browser::administrator(&orion).await);
    let (mut socket, mut others) = (browser.live().await, other.live().await);
    act_for(&browser, Some(id)).await.expect(200);
    assert_eq!(closing_code(&mut socket).await, Some(4401));
    subscribe(&mut others, 7, LiveTopic::Health, None).await;
    assert!(matches!(message(&mut others).await, LiveMessage::Health { id: 7, .. }));

    // The same organisation, in a token that another one has taken the place of.
    let mut socket = browser.live().await;
    orion.advance(Duration::from_secs(280)).await;
    let refreshed: Value = browser.get(SESSION).await.expect(200).value();
    assert_eq!(refreshed["organisation"]["id"], json!(id));
    act_for(&browser, Some(id)).await.expect(200);
    subscribe(&mut socket, 8, LiveTopic::Health, None).await;
    assert!(matches!(message(&mut socket).await, LiveMessage::Health { id: 8, .. }));
}
