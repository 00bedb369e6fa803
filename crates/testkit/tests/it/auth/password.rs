//! `/api/v1/auth/password`: changed, forgotten, and ordered to be changed.

use super::count;
use super::flows::{Flow, begin, order_new_password};
use super::two_factor::enrol;
use orion_contracts::ServiceName;
use orion_contracts::auth::FlowStep;
use orion_contracts::users::UserStatus;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CHANGE: &str = "/api/v1/auth/password";
const RESET: &str = "/api/v1/auth/password/reset";
const CONFIRM: &str = "/api/v1/auth/password/reset/confirm";
const LOGIN: &str = "/api/v1/auth/login";
const NEW: &str = "a wholly different passphrase";
const OTHER: &str = "yet another passphrase";

async fn login(orion: &TestPlatform, email: &str, password: &str) -> Answer {
    orion.anonymous().post(LOGIN, json!({ "email": email, "password": password })).await
}

/// Asks for a link; its token, once the mail is there.
async fn link(orion: &TestPlatform, email: &str) -> String {
    let before = orion.mailbox.reset_tokens(email).await.len();
    orion.anonymous().post(RESET, json!({ "email": email })).await.expect(202);
    let newest = async || orion.mailbox.reset_tokens(email).await.into_iter().nth(before);
    eventually("the mail with the link", newest).await
}

fn chosen(token: &str, password: &str) -> Value {
    json!({ "token": token, "new_password": password })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_with_the_one_of_now_and_ends_the_other_sessions() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let other = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let change = async |current: &str, new: &str| {
        ada.post(CHANGE, json!({ "current_password": current, "new_password": new })).await
    };
    for (current, new, field) in [
        ("not the password", NEW, "current_password"),
        (PASSWORD, "too short", "new_password"),
        (PASSWORD, "passwordpassword", "new_password"),
        (PASSWORD, "ada@example.com", "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ] {
        assert_eq!(assert_problem!(change(current, new).await, 422, "validation").problem_fields(), [field], "{new}");
    }
    change(PASSWORD, NEW).await.expect(204);
    ada.get("/api/v1/users/me").await.expect(200);
    assert_problem!(other.get("/api/v1/users/me").await, 401, "invalid-token");
    login(&orion, &ada.email, PASSWORD).await.expect(401);
    login(&orion, &ada.email, NEW).await.expect(200);
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'password.changed'";
    assert_eq!(count(&orion, noted, []).await, 1);
}

/// Somebody else may read the mails of whoever is suspended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_mailed_before_an_account_was_closed_is_void_once_it_is_open_again() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for status in ["suspended", "inactive", "deleted"] {
        let bob = orion.user(&format!("bob-{status}")).await;
        let before = link(&orion, &bob.email).await;
        for next in [status, "active"] {
            let order = json!({ "status": next, "reason": "Ticket 4711" });
            root.put(&format!("/api/v1/users/{}/status", bob.id), order).await.expect(200);
            orion.settle().await;
        }
        let refused = orion.anonymous().post(CONFIRM, chosen(&before, NEW)).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["token"], "{status}");
        login(&orion, &bob.email, PASSWORD).await.expect(200);
        let after = link(&orion, &bob.email).await;
        orion.anonymous().post(CONFIRM, chosen(&after, NEW)).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_a_token_alone_cannot_guess_the_password_by_changing_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let wrong = json!({ "current_password": "not the password", "new_password": NEW });
    for _ in 0..5 {
        ada.post(CHANGE, &wrong).await.expect(422);
    }
    let right = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_problem!(ada.post(CHANGE, &right).await, 429, "rate-limited");
    orion.advance(Duration::from_secs(5)).await;
    ada.post(CHANGE, &right).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_password_in_two_spellings_is_one_and_bytes_beyond_the_seventy_second_count() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (composed, decomposed) = ("caf\u{e9} au lait bitte", "cafe\u{301} au lait bitte");
    ada.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": composed })).await.expect(204);
    login(&orion, &ada.email, decomposed).await.expect(200);
    let long = format!("{}x", "correct horse ".repeat(6).chars().take(72).collect::<String>());
    ada.post(CHANGE, json!({ "current_password": decomposed, "new_password": long })).await.expect(204);
    let other = format!("{}y", &long[..72]);
    login(&orion, &ada.email, &other).await.expect(401);
    login(&orion, &ada.email, &long[..72]).await.expect(401);
    login(&orion, &ada.email, &long).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_chooses_a_password_once_ends_all_sessions_and_signs_nobody_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (older, token) = (link(&orion, &ada.email).await, link(&orion, &ada.email).await);
    let client = orion.anonymous();
    for refused in ["too short", "passwordpassword", PASSWORD] {
        let answer = client.post(CONFIRM, chosen(&token, refused)).await;
        assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["new_password"], "{refused}");
    }
    let answer = client.post(CONFIRM, chosen(&token, NEW)).await.expect(204);
    assert_eq!(answer.text, "", "it signs nobody in");
    for dead in [&token, &older] {
        let answer = client.post(CONFIRM, chosen(dead, "yet another passphrase")).await;
        assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["token"]);
    }
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    login(&orion, &ada.email, PASSWORD).await.expect(401);
    login(&orion, &ada.email, NEW).await.expect(200);
    let clear = "SELECT COUNT(*) AS n FROM password_resets WHERE token_hash = $1";
    assert_eq!(count(&orion, clear, [token.into()]).await, 0, "only its hash is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_over_after_half_an_hour_many_tries_or_another_change_of_the_password() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let is_over = async |token: &str| {
        let answer = client.post(CONFIRM, chosen(token, OTHER)).await;
        assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["token"]);
    };
    let (tried, about) = (link(&orion, &ada.email).await, link(&orion, &ada.email).await);
    for _ in 0..20 {
        let answer = client.post(CONFIRM, chosen(&tried, "too short")).await;
        assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["new_password"]);
    }
    is_over(&tried).await;
    ada.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": NEW })).await.expect(204);
    is_over(&about).await;
    let about = link(&orion, &ada.email).await;
    order_new_password(&orion, &ada).await;
    let flow = Flow::of(&client, &login(&orion, &ada.email, NEW).await.expect(202));
    flow.step("new-password", json!({ "new_password": OTHER })).await.expect(200);
    is_over(&about).await;
    let late = link(&orion, &ada.email).await;
    orion.advance(Duration::from_secs(30 * 60)).await;
    is_over(&late).await;
    login(&orion, &ada.email, OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_good_for_nothing_while_its_account_may_not_sign_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let token = link(&orion, &ada.email).await;
    let facts = super::facts(&ada, UserStatus::Suspended);
    super::tell(&orion, &facts, 7).await;
    let answer = orion.anonymous().post(CONFIRM, chosen(&token, NEW)).await;
    assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["token"]);
    orion.anonymous().post(RESET, json!({ "email": ada.email })).await.expect(202);
    orion.settle().await;
    assert_eq!(orion.mailbox.reset_tokens(&ada.email).await.len(), 1, "none is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_uses_of_one_link_at_once_one_wins() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let token = link(&orion, &ada.email).await;
    let client = orion.anonymous();
    let uses = (0..100).map(|number| client.post(CONFIRM, chosen(&token, &format!("passphrase of number {number}"))));
    let answers = futures_util::future::join_all(uses).await;
    let won = answers.iter().filter(|answer| answer.status == 204).count();
    assert_eq!(won, 1);
    assert!(answers.iter().all(|answer| [204, 422, 429].contains(&answer.status)), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_never_leads_past_the_second_factor() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (_, codes) = enrol(&orion, &ada).await;
    let token = link(&orion, &ada.email).await;
    orion.anonymous().post(CONFIRM, chosen(&token, NEW)).await.expect(204);
    let answer = login(&orion, &ada.email, NEW).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_addresses_are_answered_alike_and_only_one_of_them_gets_a_mail() {
    let mut orion = TestPlatform::start().await;
    let known = [orion.user("ada").await, orion.user("bob").await, orion.user("eve").await];
    let ada = &known[0];
    orion.settle().await;
    let client = orion.anonymous();
    let mut quickest = [Duration::MAX; 2];
    let is_alike = |[known, unknown]: [Duration; 2]| known * 3 > unknown * 2 && unknown * 3 > known * 2;
    // Six times; more often where a busy machine has slowed one of them down.
    for (round, known) in known.iter().enumerate() {
        if round > 0 && is_alike(quickest) {
            break;
        }
        orion.advance(Duration::from_secs(60)).await;
        for number in 0..6 {
            for (at, email) in [known.email.clone(), format!("nobody-{round}-{number}@example.com")].iter().enumerate()
            {
                let started = Instant::now();
                let answer = client.post(RESET, json!({ "email": email })).await;
                quickest[at] = quickest[at].min(started.elapsed());
                assert_eq!((answer.status, answer.text.as_str()), (202, "{\"status\":\"reset_sent\"}"));
                // What follows the answer must not be in the way of the next one.
                orion.settle().await;
            }
        }
    }
    assert!(is_alike(quickest), "known and unknown: {quickest:?}");
    assert_eq!(orion.mailbox.reset_tokens(&ada.email).await.len(), 5, "more are a mail bomb");
    assert_eq!(orion.mailbox.to("nobody-0-1@example.com").await.len(), 0);
    // Who knows the users is away: the answers come all the same.
    orion.stop_service(ServiceName::Users).await;
    client.post(RESET, json!({ "email": "nobody-9@example.com" })).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_asked_for_a_bounded_number_of_times_whether_or_not_it_is_known() {
    let orion = TestPlatform::start().await;
    orion.user("ada").await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    for email in ["ada@example.com", "nobody@example.com"] {
        for from in 1..=10 {
            let client = auth.from(&format!("192.0.2.{from}"));
            client.post(RESET, json!({ "email": email })).await.expect(202);
        }
        let eleventh = auth.from("192.0.2.99").post(RESET, json!({ "email": email })).await;
        assert_problem!(eleventh, 429, "rate-limited");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_clears_what_an_attacker_has_brought_upon_an_account() {
    clears_what_was_brought_upon_an_account().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: ./orion test --full runs it"]
async fn a_mailed_link_clears_it_also_where_the_database_sorts_by_a_language() {
    clears_what_was_brought_upon_an_account().await;
}

async fn clears_what_was_brought_upon_an_account() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    // Where nobody is known, as its owner is nowhere with a new password; so many that the next try has to wait for longer than
    // all that follows takes.
    let there = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let login = async |password: &str| there.post(LOGIN, json!({ "email": ada.email, "password": password })).await;
    for _ in 0..12 {
        orion.advance(Duration::from_secs(120)).await;
        login("a wrong password").await.expect(401);
    }
    assert_problem!(login(PASSWORD).await, 429, "rate-limited");
    let token = link(&orion, &ada.email).await;
    there.post(CONFIRM, chosen(&token, NEW)).await.expect(204);
    login(NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_never_verified_gets_a_link_that_does_both() {
    let orion = TestPlatform::start().await;
    orion.user("eve").unverified().await;
    let before = super::links_to(&orion, "eve@example.com").await;
    orion.anonymous().post(RESET, json!({ "email": "eve@example.com" })).await.expect(202);
    let newer = async || super::links_to(&orion, "eve@example.com").await.into_iter().nth(before.len());
    let token = eventually("another verification mail", newer).await;
    assert_eq!(orion.mailbox.reset_tokens("eve@example.com").await.len(), 0);
    let order = json!({ "token": token, "password": NEW, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    login(&orion, "eve@example.com", NEW).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_orders_a_new_password_and_never_chooses_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let path = format!("/api/v1/auth/admin/users/{}/password-reset", ada.id);
    let order = json!({ "reason": "Seen in a leak", "end_sessions": true });
    assert_problem!(ada.post(&path, &order).await, 403, "permission-denied");
    let root = orion.administrator().await;
    let root = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    let chosen_by_root = json!({ "reason": "x", "new_password": NEW });
    assert_problem!(root.post(&path, chosen_by_root).await, 422, "validation");
    let is_ordered = async || {
        let told = root.get(&format!("/api/v1/auth/admin/users/{}/two-factor", ada.id)).await.expect(200).value();
        told["password_change_ordered"].clone()
    };
    assert_eq!(is_ordered().await, json!(false));
    root.post(&path, &order).await.expect(204);
    assert_eq!(is_ordered().await, json!(true));
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");

    let flow = begin(&orion, &ada.email).await;
    assert_eq!(flow.told.next, FlowStep::NewPassword, "the old one leads no further");
    let newest = async || orion.mailbox.reset_tokens(&ada.email).await.pop();
    let token = eventually("the mail", newest).await;
    orion.anonymous().post(CONFIRM, chosen(&token, NEW)).await.expect(204);
    login(&orion, &ada.email, NEW).await.expect(200);
    assert_eq!(is_ordered().await, json!(false), "another one is chosen");

    let eve = orion.user("eve").unverified().await;
    let path = format!("/api/v1/auth/admin/users/{}/password-reset", eve.id);
    assert_problem!(root.post(&path, &order).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_of_the_password_alone_changes_it_no_more_once_there_is_a_second_factor() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let thief = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    enrol(&orion, &ada).await;
    let order = json!({ "current_password": PASSWORD, "new_password": NEW });
    let refused = assert_problem!(thief.post(CHANGE, &order).await, 401, "insufficient-user-authentication");
    assert!(refused.header("www-authenticate").unwrap_or_default().contains("acr_values=\"aal2\""), "{refused:?}");
    ada.post(CHANGE, &order).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_links_and_changes_the_password_keeps_its_owner_from_none() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for _ in 0..7 {
        orion.anonymous().post(RESET, json!({ "email": ada.email })).await.expect(202);
        orion.settle().await;
    }
    assert_eq!(orion.mailbox.reset_tokens(&ada.email).await.len(), 5, "as many as are good at once");
    ada.post(CHANGE, json!({ "current_password": PASSWORD, "new_password": NEW })).await.expect(204);
    let token = link(&orion, &ada.email).await;
    orion.anonymous().post(CONFIRM, chosen(&token, OTHER)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_change_takes_a_bounded_number_of_tries_in_however_many_flows() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    order_new_password(&orion, &ada).await;
    let new = |password: &str| json!({ "new_password": password });
    for _ in 0..2 {
        let flow = begin(&orion, &ada.email).await;
        for _ in 0..10 {
            assert_problem!(flow.step("new-password", new("short")).await, 422, "validation");
        }
    }
    let flow = begin(&orion, &ada.email).await;
    assert_problem!(flow.step("new-password", new(NEW)).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ordered_change_ends_the_sign_ins_under_way_also_where_sessions_stay() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let waiting = begin(&orion, &ada.email).await;
    let path = format!("/api/v1/auth/admin/users/{}/password-reset", ada.id);
    let order = json!({ "reason": "Seen in a leak", "end_sessions": false });
    orion.administrator().await.post(&path, &order).await.expect(204);
    assert_problem!(waiting.step("passkey-options", json!({})).await, 410, "flow-over");
    ada.get("/api/v1/users/me").await.expect(200);
}
