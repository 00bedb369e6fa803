//! `/api/v1/users/me/email-change`, `/api/v1/users/{id}/email-change` and `/api/v1/auth/email-change`: another address, which is
//! confirmed at the old one and at the new one.

use crate::auth::pages::Browser;
use crate::auth::providers;
use orion_contracts::audit::AuditEntry;
use orion_contracts::auth::SecurityEvent;
use orion_contracts::email_changes::{EmailChangeAnswered, EmailChangeState, EmailChangeStatus};
use orion_contracts::users::User;
use orion_contracts::{Page, UserId};
use orion_testkit::mailbox::email_change_token_in;
use orion_testkit::provider::Provider;
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::{Value, json};
use std::time::Duration;

const OWN: &str = "/api/v1/users/me/email-change";
const ANSWER: &str = "/api/v1/auth/email-change";
const NEW: &str = "new@example.com";
const HOUR: Duration = Duration::from_secs(3600);

fn of(user: UserId) -> String {
    format!("/api/v1/users/{user}/email-change")
}

/// Asks for another address.
async fn ask(user: &TestUser, email: &str) -> EmailChangeState {
    user.post(OWN, json!({ "email": email })).await.expect(202).json()
}

/// Asks for another address; the tokens that were mailed to the old one and the new one.
pub(crate) async fn asked(orion: &TestPlatform, user: &TestUser, email: &str) -> (String, String) {
    ask(user, email).await;
    orion.settle().await;
    (newest(orion, &user.email).await, newest(orion, &email.to_lowercase()).await)
}

async fn newest(orion: &TestPlatform, email: &str) -> String {
    orion.mailbox.email_change_tokens(email).await.pop().unwrap_or_else(|| panic!("no link was mailed to {email}"))
}

async fn answer(orion: &TestPlatform, token: &str, refuse: bool) -> Answer {
    orion.anonymous().post(ANSWER, json!({ "token": token, "refuse": refuse })).await
}

async fn confirm(orion: &TestPlatform, token: &str) -> EmailChangeStatus {
    answer(orion, token, false).await.expect(200).json::<EmailChangeAnswered>().status
}

async fn is_void(orion: &TestPlatform, token: &str) {
    assert_eq!(assert_problem!(answer(orion, token, false).await, 422, "validation").problem_fields(), ["token"]);
}

async fn sign_in(orion: &TestPlatform, email: &str) -> u16 {
    let order = json!({ "email": email, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/login", order).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_changes_once_both_have_confirmed_it_in_whichever_order() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for is_new_first in [false, true] {
        let (old, new) = (format!("old-{is_new_first}@example.com"), format!("new-{is_new_first}@example.com"));
        let ada = orion.user(&old).await;
        let before: EmailChangeState = ada.get(OWN).await.expect(200).json();
        assert_eq!((before.email.as_str(), before.pending), (&*old, None));
        let (at_old, at_new) = asked(&orion, &ada, &format!("New-{is_new_first}@Example.com")).await;
        let (first, second) = if is_new_first { (&at_new, &at_old) } else { (&at_old, &at_new) };
        assert_eq!(confirm(&orion, first).await, EmailChangeStatus::Pending);
        assert_eq!(confirm(&orion, first).await, EmailChangeStatus::Pending, "the same again says the same");
        let waits = ada.get(OWN).await.expect(200).json::<EmailChangeState>().pending.expect("it waits");
        assert_eq!((waits.email.as_str(), waits.requested_by), (&*new, ada.id));
        assert_eq!((waits.is_confirmed_at_new, waits.is_confirmed_at_current), (is_new_first, !is_new_first));
        orion.settle().await;
        assert_eq!(sign_in(&orion, &old).await, 200, "nothing has changed yet");

        assert_eq!(confirm(&orion, second).await, EmailChangeStatus::Changed);
        orion.settle().await;
        assert_problem!(ada.get(OWN).await, 401, "invalid-token");
        let refresh = json!({ "refresh_token": ada.refresh_token });
        assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
        assert_eq!((sign_in(&orion, &old).await, sign_in(&orion, &new).await), (401, 200));
        let ada = TestUser::sign_in(&orion.anonymous(), &new, PASSWORD).await;
        let own: User = ada.get("/api/v1/users/me").await.expect(200).json();
        assert_eq!((own.email.as_str(), own.is_verified), (&*new, true));
        let after: EmailChangeState = ada.get(OWN).await.expect(200).json();
        assert_eq!((after.email.as_str(), after.pending), (&*new, None));
        for token in [first, second] {
            assert_eq!(confirm(&orion, token).await, EmailChangeStatus::Changed, "a link again changes nothing");
        }

        // Both are told; the log says what it was and is.
        assert!(orion.mailbox.to(&old).await.iter().any(|mail| mail.contains("was changed") && mail.contains(&new)));
        assert!(orion.mailbox.to(&new).await.iter().any(|mail| mail.contains("Your e-mail address was changed")));
        let noted: Page<SecurityEvent> = ada.get("/api/v1/auth/security-events").await.expect(200).json();
        assert_eq!(noted.items.iter().filter(|event| event.kind == "email.changed").count(), 1, "{noted:?}");
        let log = format!("/api/v1/audit?resource=user&resource_id={}", ada.id);
        let entries: Page<AuditEntry> = root.get(&log).await.expect(200).json();
        let changed = entries.items.iter().find(|entry| entry.description.starts_with("Changed the e-mail address"));
        let changed = changed.unwrap_or_else(|| panic!("{entries:?}"));
        let email = |values: &Option<Value>| values.as_ref().map(|values| values["email"].clone());
        assert_eq!((email(&changed.old_values), email(&changed.new_values)), (Some(json!(old)), Some(json!(new))));
        // They are found by the new address, and no more by the old one.
        for (email, found) in [(&new, 1), (&old, 0)] {
            let page: Page<User> = root.get(&format!("/api/v1/users?search={email}")).await.expect(200).json();
            assert_eq!(page.items.len(), found, "{email}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_learns_by_asking_whether_somebody_has_an_address() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let same = |mut state: Value, email: &str| {
        assert_eq!(state["pending"]["email"], email);
        for volatile in ["email", "requested_at", "expires_at"] {
            state["pending"][volatile] = Value::Null;
        }
        state
    };
    let free = ada.post(OWN, json!({ "email": NEW })).await.expect(202);
    let taken = ada.post(OWN, json!({ "email": bob.email })).await.expect(202);
    assert_eq!(same(free.value(), NEW), same(taken.value(), &bob.email));
    orion.settle().await;
    assert_eq!(same(ada.get(OWN).await.value(), &bob.email), same(taken.value(), &bob.email), "also while it waits");
    assert_eq!(orion.mailbox.email_change_tokens(&ada.email).await.len(), 2, "her own mailbox is told the same");
    // The owner gets a notice, and no link.
    assert_eq!(orion.mailbox.email_change_tokens(&bob.email).await.len(), 0);
    let notices = orion.mailbox.to(&bob.email).await;
    assert_eq!(notices.iter().filter(|mail| mail.contains("Somebody asked for your e-mail address")).count(), 1);
    assert!(!notices.iter().any(|mail| mail.contains(&ada.email)), "{notices:?}");
    // Two mails of one moment may arrive in either order: this one names the address that was asked for last.
    let mails = orion.mailbox.to(&ada.email).await;
    let mut of_last = mails.iter().filter(|mail| mail.contains(&bob.email));
    let token = of_last.find_map(|mail| email_change_token_in(mail)).expect("a link");
    assert_eq!(confirm(&orion, &token).await, EmailChangeStatus::Pending);
    orion.settle().await;
    assert_eq!((sign_in(&orion, &ada.email).await, sign_in(&orion, &bob.email).await), (200, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_address_refuses_and_the_new_one_cannot() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &at_new).await, EmailChangeStatus::Pending);
    let refused = assert_problem!(answer(&orion, &at_new, true).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["refuse"]);
    // Also after it was confirmed there by mistake.
    let again = asked(&orion, &ada, NEW).await;
    for token in [&at_old, &at_new] {
        is_void(&orion, token).await;
    }
    assert_eq!(confirm(&orion, &again.0).await, EmailChangeStatus::Pending);
    let refused: EmailChangeAnswered = answer(&orion, &again.0, true).await.expect(200).json();
    assert_eq!(refused.status, EmailChangeStatus::Refused);
    for token in [&again.0, &again.1] {
        assert_eq!(confirm(&orion, token).await, EmailChangeStatus::Refused, "it stays refused");
    }
    assert_eq!(ada.get(OWN).await.expect(200).json::<EmailChangeState>().pending, None);
    orion.settle().await;
    assert_eq!((sign_in(&orion, &ada.email).await, sign_in(&orion, NEW).await), (200, 401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_withdrawn_has_expired_or_is_somebodys_who_is_not_active_is_void() {
    let orion = TestPlatform::builder().set("users.email_change_hours", 2).start().await;
    let ada = orion.user("ada").await;
    let withdrawn = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &withdrawn.0).await, EmailChangeStatus::Pending);
    ada.delete(OWN).await.expect(204);
    ada.delete(OWN).await.expect(204);
    assert_eq!(ada.get(OWN).await.expect(200).json::<EmailChangeState>().pending, None);
    let suspended = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &suspended.1).await, EmailChangeStatus::Pending);
    let root = orion.administrator().await;
    for status in ["suspended", "active"] {
        let order = json!({ "status": status, "reason": "Ticket 4711" });
        root.put(&format!("/api/v1/users/{}/status", ada.id), order).await.expect(200);
        is_void(&orion, &suspended.0).await;
    }
    orion.settle().await;
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let expired = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &expired.1).await, EmailChangeStatus::Pending);
    orion.settle().await;
    orion.advance(2 * HOUR).await;
    for token in [&withdrawn.1, &suspended.0, &expired.0, &"nonsense".to_owned()] {
        is_void(&orion, token).await;
    }
    assert_eq!((sign_in(&orion, &ada.email).await, sign_in(&orion, NEW).await), (200, 401));
}

/// Whoever asked may be why the owner chooses another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_a_change_that_waits() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &at_old).await, EmailChangeStatus::Pending);
    let order = json!({ "current_password": PASSWORD, "new_password": "a new one that is long enough" });
    let changed = ada.post("/api/v1/auth/password", order).await;
    assert!(matches!(changed.status, 200 | 204), "{changed:?}");
    orion.settle().await;
    is_void(&orion, &at_new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_a_person_who_has_just_signed_in_with_an_address_of_their_own() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (ada, guest) = (orion.user("ada").await, orion.user("guest").unverified().await);
    let order = json!({ "email": NEW });
    assert_problem!(guest.post(OWN, &order).await, 403, "permission-denied");
    assert_problem!(orion.anonymous().post(OWN, &order).await, 401, "unauthenticated");
    for (wrong, field) in [("ADA@example.com", "email"), ("nobody", "email")] {
        let refused = ada.post(OWN, json!({ "email": wrong })).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [field], "{wrong}");
    }
    let key = json!({ "name": "k", "scopes": ["profile.read", "profile.write"] });
    let key = ada.post("/api/v1/api-keys", key).await.expect(201).value()["secret"].as_str().unwrap().to_owned();
    let program = orion.anonymous().with_token(key);
    assert_problem!(program.post(OWN, &order).await, 403, "permission-denied");
    orion.settle().await;
    orion.advance(Duration::from_secs(600)).await;
    assert_problem!(ada.post(OWN, &order).await, 401, "insufficient-user-authentication");
    orion.settle().await;
    assert!(orion.mailbox.to(NEW).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_user_nor_an_address_is_asked_for_without_end() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for turn in 0..5 {
        ask(&ada, &format!("new{turn}@example.com")).await;
    }
    let refused = assert_problem!(ada.post(OWN, json!({ "email": NEW })).await, 429, "rate-limited");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    orion.settle().await;
    orion.advance(Duration::from_secs(wait + 1)).await;
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    ask(&ada, NEW).await;
    // Whoever asks: an address is asked for ten times.
    let others = [orion.user("bob").await, orion.user("eve").await];
    for other in others.iter().cycle().take(9) {
        ask(other, NEW).await;
    }
    assert_problem!(others[1].post(OWN, json!({ "email": NEW })).await, 429, "rate-limited");
    others[1].post(OWN, json!({ "email": "other@example.com" })).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_has_become_somebody_elses_meanwhile_changes_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    assert_eq!(confirm(&orion, &at_old).await, EmailChangeStatus::Pending);
    orion.user(NEW).await;
    assert_eq!(confirm(&orion, &at_new).await, EmailChangeStatus::Barred);
    assert_eq!(confirm(&orion, &at_new).await, EmailChangeStatus::Barred);
    orion.settle().await;
    assert_eq!((sign_in(&orion, &ada.email).await, sign_in(&orion, NEW).await), (200, 200));
    assert_eq!(ada.get(OWN).await.expect(200).json::<EmailChangeState>().pending, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_verified_an_address_does_not_keep_it_from_who_reads_its_mails() {
    let orion = TestPlatform::start().await;
    let (ada, squatter) = (orion.user("ada").await, orion.user(NEW).unverified().await);
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    confirm(&orion, &at_new).await;
    assert_eq!(confirm(&orion, &at_old).await, EmailChangeStatus::Changed);
    orion.settle().await;
    let now = TestUser::sign_in(&orion.anonymous(), NEW, PASSWORD).await;
    assert_eq!(now.id, ada.id);
    let root = orion.administrator().await;
    assert_problem!(root.get(&format!("/api/v1/users/{}", squatter.id)).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_confirm_one_address_at_once_one_gets_it() {
    let orion = TestPlatform::start().await;
    for round in 0..5 {
        let new = format!("wanted{round}@example.com");
        let (ada, bob) = (orion.user(&format!("ada{round}")).await, orion.user(&format!("bob{round}")).await);
        let (ada_old, ada_new) = asked(&orion, &ada, &new).await;
        let (bob_old, bob_new) = asked(&orion, &bob, &new).await;
        for token in [&ada_new, &bob_new] {
            assert_eq!(confirm(&orion, token).await, EmailChangeStatus::Pending);
        }
        let (ada, bob) = tokio::join!(confirm(&orion, &ada_old), confirm(&orion, &bob_old));
        let changed = [ada, bob].iter().filter(|status| **status == EmailChangeStatus::Changed).count();
        let barred = [ada, bob].iter().filter(|status| **status == EmailChangeStatus::Barred).count();
        assert_eq!((changed, barred), (1, 1), "{ada:?} {bob:?}");
    }
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_went_to_the_old_address_choose_no_password_any_more() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let reset = json!({ "email": ada.email });
    orion.anonymous().post("/api/v1/auth/password/reset", &reset).await.expect(202);
    orion.settle().await;
    let link = orion.mailbox.reset_tokens(&ada.email).await.pop().expect("a link");
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    confirm(&orion, &at_old).await;
    confirm(&orion, &at_new).await;
    orion.settle().await;
    let choose = json!({ "token": link, "new_password": "another long password" });
    assert_problem!(orion.anonymous().post("/api/v1/auth/password/reset/confirm", choose).await, 422, "validation");
    orion.anonymous().post("/api/v1/auth/password/reset", &reset).await.expect(202);
    orion.settle().await;
    assert_eq!(orion.mailbox.reset_tokens(&ada.email).await.len(), 1, "nor is another one sent there");
    assert_eq!(sign_in(&orion, NEW).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_asks_for_somebody_and_they_confirm_it_themselves() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, mod_) = (orion.user("adam").with_role("admin").await, orion.user("mo").with_role("moderator").await);
    let ada = orion.user("ada").await;
    let order = json!({ "email": NEW });
    assert_problem!(mod_.post(&of(ada.id), &order).await, 403, "permission-denied");
    assert_problem!(ada.post(&of(ada.id), &order).await, 403, "permission-denied");
    assert_problem!(adam.post(&of(root.id), &order).await, 403, "permission-denied");
    let state: EmailChangeState = adam.post(&of(ada.id), &order).await.expect(202).json();
    assert_eq!(state.pending.map(|pending| pending.requested_by), Some(adam.id));
    orion.settle().await;
    let tokens = (newest(&orion, &ada.email).await, newest(&orion, NEW).await);
    let seen: EmailChangeState = ada.get(OWN).await.expect(200).json();
    assert_eq!(adam.get(&of(ada.id)).await.expect(200).json::<EmailChangeState>(), seen);
    assert_problem!(adam.delete(&of(root.id)).await, 403, "permission-denied");
    adam.delete(&of(ada.id)).await.expect(204);
    is_void(&orion, &tokens.0).await;
    adam.post(&of(ada.id), &order).await.expect(202);
    orion.settle().await;
    for email in [&*ada.email, NEW] {
        confirm(&orion, &newest(&orion, email).await).await;
    }
    orion.settle().await;
    assert_eq!(sign_in(&orion, NEW).await, 200);
    // Who has no address of their own gets none.
    let guest = orion.user("guest").unverified().await;
    assert_problem!(adam.post(&of(guest.id), json!({ "email": "g2@example.com" })).await, 409, "conflict");
    let unknown = of(UserId(uuid::Uuid::from_u128(7)));
    assert_problem!(adam.post(&unknown, &order).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_survives_the_end_of_the_process_between_any_two_steps() {
    let mut orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    orion.restart().await;
    assert_eq!(confirm(&orion, &at_new).await, EmailChangeStatus::Pending);
    orion.restart().await;
    assert_eq!(confirm(&orion, &at_old).await, EmailChangeStatus::Changed);
    orion.restart().await;
    orion.settle().await;
    assert_eq!((sign_in(&orion, &ada.email).await, sign_in(&orion, NEW).await), (401, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_by_a_provider_goes_on_by_it() {
    let provider = Provider::start().await;
    let orion = providers::platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    providers::link(&ada, &browser).await.expect(200);
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let (at_old, at_new) = asked(&orion, &ada, NEW).await;
    confirm(&orion, &at_old).await;
    confirm(&orion, &at_new).await;
    orion.settle().await;
    let back = providers::visit(&browser, &format!("{}?{}", providers::START, providers::RETURN)).await.expect(303);
    let tokens = providers::exchange(&orion.anonymous(), &providers::location(&back)).await;
    assert_eq!(tokens.user_id, ada.id);
}
