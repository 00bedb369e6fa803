//! What the page says where there is nothing to answer any more, or nobody who may.

use super::{PAGE, answer, enter, follow, invite, known, link, look, organisations};
use crate::auth::pages::{Browser, mark_in};
use crate::users::email_changes::asked;
use crate::users::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_testkit::TestPlatform;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_withdrawn_ran_out_or_is_void_says_so() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    let looms = organisation_of(&orion, "Looms", &[]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let sent = invite(&acting_for(&ada, id).await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await;
    let page = enter(&browser, &asked, &bob.email).await.expect(200);
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}/roles/organisation_admin", ada.id)).await.expect(204);
    let (cookie, kept) = known(&browser);
    let void = answer(&browser, &link, &page, &[]).await.expect(409);
    assert!(void.text.contains("This invitation does not count any more"), "{}", void.text);
    assert!(organisations(&bob).await.is_empty());
    root.delete(&format!("{ORGANISATIONS}/{id}/invitations/{}", sent.id)).await.expect(204);
    browser.keep(cookie.clone(), &kept);
    for page in [browser.open(&link).await, answer(&browser, &link, &page, &[]).await] {
        let page = page.expect(410);
        assert!(page.text.contains("The invitation was withdrawn") && mark_in(&page.text).is_empty(), "{}", page.text);
    }
    let late = invite(root, looms, &bob.email, &[]).await;
    orion.advance(Duration::from_secs(8 * 86_400)).await;
    let link = format!("{PAGE}?id={}", late.id);
    browser.keep(cookie, &kept);
    let asked = browser.open(&link).await.expect(200);
    assert!(!asked.text.contains("Looms"), "nobody is known to the page for days");
    let expired = enter(&browser, &asked, &bob.email).await.expect(410);
    assert!(expired.text.contains("The invitation has run out") && expired.text.contains("Looms"), "{}", expired.text);
    browser.open(PAGE).await.expect(400);
    browser.open(&format!("{PAGE}?id=nonsense")).await.expect(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_another_address_by_now_is_the_same_person_and_who_was_deleted_is_nobody() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[]).await;
    for user in [&bob, &eve] {
        invite(root, id, &user.email, &[]).await;
    }
    let (of_bob, of_eve) = (link(&orion, &bob.email, "Engines").await, link(&orion, &eve.email, "Engines").await);
    let new = "robert@example.com";
    let (at_old, at_new) = asked(&orion, &bob, new).await;
    for token in [at_old, at_new] {
        let confirmed = json!({ "token": token, "refuse": false });
        orion.anonymous().post("/api/v1/auth/email-change", confirmed).await.expect(200);
    }
    orion.settle().await;
    let browser = Browser::new(&orion);
    let page = look(&browser, &of_bob, new).await.expect(200);
    assert!(page.text.contains("Engines") && page.text.contains(new), "{}", page.text);
    answer(&browser, &of_bob, &page, &[]).await.expect(200);

    let browser = Browser::new(&orion);
    let page = look(&browser, &of_eve, &eve.email).await.expect(200);
    let deleted = json!({ "status": "deleted", "reason": "Looked at" });
    root.put(&format!("/api/v1/users/{}/status", eve.id), deleted).await.expect(200);
    orion.settle().await;
    let opened = browser.open(&of_eve).await.expect(200);
    let sent = answer(&browser, &of_eve, &page, &[]).await;
    for page in [opened, follow(&browser, sent).await.expect(200)] {
        assert!(page.text.contains("/auth/sign-in?return_to=") && !page.text.contains("Engines"), "{}", page.text);
    }
    let members = root.get(&format!("{ORGANISATIONS}/{id}/members")).await.expect(200).text;
    assert!(members.contains(&bob.id.to_string()) && !members.contains(&eve.id.to_string()), "{members}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_left_is_told_so_and_no_name_that_the_organisation_has_had_since() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(root, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let page = look(&browser, &link, &bob.email).await.expect(200);
    answer(&browser, &link, &page, &[]).await.expect(200);
    let still = look(&browser, &link, &bob.email).await.expect(200);
    assert!(still.text.contains("You belong to Engines now"), "{}", still.text);
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id)).await.expect(204);
    root.patch(&format!("{ORGANISATIONS}/{id}"), json!({ "name": "Secret plans" })).await.expect(200);
    let is_told = async || {
        let page = browser.open(&link).await.expect(200);
        assert!(page.text.contains("You do not belong to Engines any more"), "{}", page.text);
        assert!(!page.text.contains("Secret plans") && !page.text.contains("from now on"), "{}", page.text);
    };
    is_told().await;
    root.delete(&format!("{ORGANISATIONS}/{id}")).await.expect(204);
    is_told().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_verified_suspended_or_deleted_answers_nothing() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    // Who came by themselves and has not proven the address is not told what it is invited to.
    let gil = orion.user("gil").unverified().await;
    invite(root, id, &gil.email, &[]).await;
    let of_gil = link(&orion, &gil.email, "Engines").await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&of_gil).await;
    let first = enter(&browser, &asked, &gil.email).await.expect(403);
    assert!(first.text.contains("Confirm your address first") && !first.text.contains("Engines"), "{}", first.text);
    let mark = mark_in(&browser.open("/auth/sign-in").await.text);
    let sent = browser.send_marked(&of_gil, &mark, &[]).await;
    follow(&browser, sent).await.expect(403);

    let bob = orion.user("bob").await;
    invite(root, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await;
    let page = enter(&browser, &asked, &bob.email).await.expect(200);
    let user = format!("/api/v1/users/{}", bob.id);
    let status = json!({ "status": "suspended", "reason": "Looked at" });
    root.put(&format!("{user}/status"), status).await.expect(200);
    orion.settle().await;
    for page in [browser.open(&link).await.expect(200), {
        let sent = browser.send_marked(&link, &mark_in(&page.text), &[]).await;
        follow(&browser, sent).await.expect(200)
    }] {
        assert!(page.text.contains("/auth/sign-in?return_to=") && !page.text.contains("Engines"), "{}", page.text);
    }
    let refused = enter(&browser, &asked, &bob.email).await.expect(422);
    assert!(!refused.text.contains("Engines"));
    let members = root.get(&format!("{ORGANISATIONS}/{id}/members")).await.expect(200).text;
    assert!(!members.contains(&bob.id.to_string()) && !members.contains(&gil.id.to_string()), "{members}");
}
