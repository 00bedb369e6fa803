//! What an answer does, and to what it is one.

use super::{PAGE, answer, enter, invite, known, link, look, organisations};
use crate::auth::pages::{Browser, has_no_script_but_ours, mark_in};
use crate::users::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::organisations::{MOST_MEMBERSHIPS, MembershipList};
use orion_contracts::{Author, OrganisationId, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::TestPlatform;
use sea_orm::ConnectionTrait;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_signs_in_sees_to_what_and_joins_by_the_form_alone() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    ada.patch("/api/v1/users/me", json!({ "display_name": "Ada <Lovelace>" })).await.expect(200);
    let id = organisation_of(&orion, "Engines & Looms", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let sent = invite(&acting_for(&ada, id).await, id, &bob.email, &["organisation_admin"]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    assert_eq!(link, format!("{PAGE}?id={}", sent.id));

    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await.expect(200);
    assert!(!asked.text.contains("Engines") && !asked.text.contains("Ada"), "{}", asked.text);
    // The answer to a link that leads to nothing is the same.
    let nothing = browser.open(&format!("{PAGE}?id=019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42")).await.expect(200);
    let without_id = |page: &str| page.split_once("<main>").unwrap().1.replace(&sent.id.to_string(), "ID");
    let nothing = nothing.text.replace("019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42", "ID");
    assert_eq!(without_id(&asked.text), without_id(&nothing));

    let page = enter(&browser, &asked, &bob.email).await.expect(200);
    for shown in ["Engines &#38; Looms", "Ada &#60;Lovelace&#62;", "Organisation administrator", &bob.email] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(page.text.contains(&sent.expires_at.format("%Y-%m-%d %H:%M UTC").to_string()), "{}", page.text);
    assert!(has_no_script_but_ours(&page.text));
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    assert!(organisations(&bob).await.is_empty(), "looking changes nothing");
    browser.send_marked(&link, "forged", &[]).await.expect(403);
    assert!(organisations(&bob).await.is_empty());

    let (cookie, kept) = known(&browser);
    let done = answer(&browser, &link, &page, &[]).await.expect(200);
    assert!(done.text.contains("You belong to Engines &#38; Looms now"), "{}", done.text);
    assert_eq!(organisations(&bob).await, ["Engines & Looms"]);
    // Whoever comes next to this browser is not taken for who has answered, and the page does not say that they are signed in.
    assert!(!done.text.contains("signed in as"), "{}", done.text);
    assert_eq!(browser.cookie(&cookie).as_deref(), Some(""));
    let next = browser.open(&link).await.expect(200);
    assert!(!next.text.contains("Engines") && !next.text.contains(&bob.email), "{}", next.text);
    // Whoever has lost the answer sends it again, or opens the link once more.
    browser.keep(cookie.clone(), &kept);
    let opened = browser.open(&link).await.expect(200);
    let again = answer(&browser, &link, &page, &[]).await.expect(200);
    for page in [again, opened] {
        assert!(page.text.contains("You belong to Engines"), "{}", page.text);
    }
    browser.keep(cookie, &kept);
    let late = answer(&browser, &link, &page, &[("decline", "yes")]).await.expect(200);
    assert!(late.text.contains("You belong to Engines"), "it was accepted before: {}", late.text);
    // What was accepted counts at once.
    acting_for(&bob, id).await.get(&format!("{ORGANISATIONS}/{id}/members")).await.expect(200);
    // It is in the audit log as theirs.
    orion.settle().await;
    let root = orion.administrator().await;
    let log = root.get(&format!("/api/v1/audit?resource_id={}", sent.id)).await.expect(200).value();
    let accepted = log["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "update").unwrap();
    assert_eq!(accepted["principal"]["user_id"], json!(bob.id), "{accepted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_to_what_was_shown_and_to_nothing_that_was_sent_since() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let sent = invite(&acting_for(&ada, id).await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let before = look(&browser, &link, &bob.email).await.expect(200);
    assert!(!before.text.contains("Organisation administrator"), "{}", before.text);
    let anew = invite(root, id, &bob.email, &["organisation_admin"]).await;
    assert!(anew.id == sent.id && anew.sent_at > sent.sent_at);
    for fields in [&[][..], &[("decline", "yes")]] {
        let shown = answer(&browser, &link, &before, fields).await.expect(409);
        assert!(shown.text.contains("You were invited anew since you opened this page"), "{}", shown.text);
        assert!(shown.text.contains("Organisation administrator") && !mark_in(&shown.text).is_empty());
    }
    // Nor is what says nothing of what it is an answer to.
    browser.send_marked(&link, &mark_in(&before.text), &[]).await.expect(409);
    browser.send_marked(&link, &mark_in(&before.text), &[("sent_at", "now")]).await.expect(409);
    assert!(organisations(&bob).await.is_empty());
    let shown = answer(&browser, &link, &before, &[]).await.expect(409);
    answer(&browser, &link, &shown, &[]).await.expect(200);
    assert_eq!(organisations(&bob).await, ["Engines"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_belongs_to_as_many_organisations_as_they_can_is_told_so() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(orion.administrator().await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let page = look(&browser, &link, &bob.email).await.expect(200);
    let infra = orion.infra(ServiceName::Users);
    let now = infra.clock.now();
    let filled = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        for number in 0..MOST_MEMBERSHIPS {
            let (made, name): (OrganisationId, _) = (infra.random.id(&infra.clock), format!("number-{number}"));
            let organisation = statement(
                change,
                "INSERT INTO organisations (id, name, name_key, slug, created_by, created_at, updated_at, version) \
                 VALUES ($1, $2, $2, $2, $3, $4, $4, 1)",
                [made.0.into(), name.into(), bob.id.0.into(), now.into()],
            );
            change.execute_raw(organisation).await?;
            let member = statement(
                change,
                "INSERT INTO organisation_members (organisation_id, user_id, joined_at) VALUES ($1, $2, $3)",
                [made.0.into(), bob.id.0.into(), now.into()],
            );
            change.execute_raw(member).await?;
        }
        Ok::<_, DbError>(())
    });
    filled.await.unwrap();
    let full = answer(&browser, &link, &page, &[]).await.expect(409);
    assert!(full.text.contains("You belong to as many organisations as you can"), "{}", full.text);
    assert!(full.text.contains("The invitation to Engines waits"), "{}", full.text);
    // It is there once they have left one.
    let own: MembershipList = bob.get("/api/v1/users/me/organisations").await.expect(200).json();
    let left = own.items[0].organisation.id;
    bob.delete(&format!("/api/v1/users/me/organisations/{left}")).await.expect(204);
    let page = look(&browser, &link, &bob.email).await.expect(200);
    answer(&browser, &link, &page, &[]).await.expect(200);
    assert!(organisations(&bob).await.contains(&"Engines".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_answer_is_told_so_when_they_look_and_when_they_answer() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(root, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let page = look(&browser, &link, &bob.email).await.expect(200);
    let denied = format!("/api/v1/users/{}/permissions/profile.write", bob.id);
    root.put(&denied, json!({ "effect": "denial" })).await.expect(204);
    for page in [browser.open(&link).await, answer(&browser, &link, &page, &[]).await] {
        let page = page.expect(403);
        assert!(
            page.text.contains("You may not answer invitations") && mark_in(&page.text).is_empty(),
            "{}",
            page.text
        );
    }
    root.delete(&denied).await.expect(204);
    assert!(organisations(&bob).await.is_empty());
    let page = look(&browser, &link, &bob.email).await.expect(200);
    answer(&browser, &link, &page, &[]).await.expect(200);
    assert_eq!(organisations(&bob).await, ["Engines"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_users_service_is_away_nothing_is_lost_and_the_page_says_so() {
    let mut orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(orion.administrator().await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await;
    let page = enter(&browser, &asked, &bob.email).await.expect(200);
    orion.leave_undelivered();
    orion.stop_service(ServiceName::Users).await;
    for page in [browser.open(&link).await, answer(&browser, &link, &page, &[]).await] {
        let page = page.expect(503);
        assert!(page.text.contains("Nothing is lost") && page.text.contains(&link), "{}", page.text);
    }
}
