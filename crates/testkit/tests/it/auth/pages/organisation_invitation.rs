//! `/auth/organisation-invitation`, the page behind the mail that invites somebody who has an account into an organisation.

use super::{Browser, has_no_script_but_ours, mark_in};
use crate::auth::two_factor::{enrol, now};
use crate::users::email_changes::asked;
use crate::users::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::organisations::{MOST_MEMBERSHIPS, MembershipList, OrganisationInvitation};
use orion_contracts::{Author, OrganisationId, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

const PAGE: &str = "/auth/organisation-invitation";

async fn invite(by: &Client, id: OrganisationId, email: &str, roles: &[&str]) -> OrganisationInvitation {
    let order = json!({ "email": email, "roles": roles });
    by.post(&format!("{ORGANISATIONS}/{id}/invitations"), order).await.expect(201).json()
}

/// The link in the newest mail to somebody that names this organisation, from its path on.
async fn link(orion: &TestPlatform, email: &str, organisation: &str) -> String {
    orion.settle().await;
    let mails = orion.mailbox.to(email).await;
    let mail = mails.iter().rev().find(|mail| mail.contains(organisation)).expect("a mail");
    let after = mail.split_once(PAGE).unwrap_or_else(|| panic!("no link in {mail}")).1;
    format!("{PAGE}{}", after.split_whitespace().next().unwrap())
}

/// What leads to where somebody signs in, of those that a page offers.
fn sign_in_of(page: &str) -> String {
    let start = page.find("/auth/sign-in?return_to=").unwrap_or_else(|| panic!("no way to sign in: {page}"));
    page[start..].split('"').next().unwrap().to_owned()
}

/// Where the page leads who is not the one that it knows, from its path on.
fn as_another(page: &str) -> Option<String> {
    let (before, _) = page.split_once("&#38;as=another\"")?;
    Some(format!("{}&as=another", before.rsplit('"').next()?))
}

/// Signs in from a page, as another one where somebody is known to it, and comes back to it.
async fn enter(browser: &Browser, page: &Answer, email: &str) -> Answer {
    let sign_in = match as_another(&page.text) {
        Some(path) => browser.open(&path).await.expect(303).header("location").unwrap(),
        None => sign_in_of(&page.text),
    };
    let typed = [("email", email), ("password", PASSWORD)];
    follow(browser, browser.send(&sign_in, &typed).await).await
}

/// Signs in to look at an invitation.
async fn look(browser: &Browser, link: &str, email: &str) -> Answer {
    let asked = browser.open(link).await.expect(200);
    enter(browser, &asked, email).await
}

/// Sends a form of a page as it was shown.
async fn answer(browser: &Browser, link: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let after = page.text.split_once("name=\"sent_at\" value=\"").map(|(_, after)| after);
    let sent_at = after.and_then(|after| after.split('"').next()).unwrap_or_default();
    browser.send_marked(link, &mark_in(&page.text), &[&[("sent_at", sent_at)][..], fields].concat()).await
}

/// What the browser keeps of who has signed in to look: name and value.
fn known(browser: &Browser) -> (String, String) {
    let name = browser.name_of("orion_known");
    let value = browser.cookie(&name).unwrap();
    (name, value)
}

/// Goes on as a browser does until a page is shown.
async fn follow(browser: &Browser, mut answer: Answer) -> Answer {
    while answer.status == 303 {
        let to = answer.header("location").unwrap();
        let path = to.find("/auth/").map_or(to.as_str(), |start| &to[start..]);
        answer = browser.open(path).await;
    }
    answer
}

async fn organisations(user: &Client) -> Vec<String> {
    let own: MembershipList = user.get("/api/v1/users/me/organisations").await.expect(200).json();
    own.items.into_iter().map(|one| one.organisation.name).collect()
}

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
async fn who_was_not_invited_learns_nothing_and_signs_in_as_another() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(root, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await;
    let none = enter(&browser, &asked, &eve.email).await.expect(404);
    assert!(
        none.text.contains("There is no invitation for you here") && none.text.contains(&eve.email),
        "{}",
        none.text
    );
    assert!(!none.text.contains("Engines") && mark_in(&none.text).is_empty(), "{}", none.text);
    let unknown = browser.open(&format!("{PAGE}?id=019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42")).await.expect(404);
    assert!(unknown.text.contains("There is no invitation for you here"));
    // Nor do they answer with the mark of a form of their own.
    let mark = mark_in(&browser.open("/auth/sign-in").await.text);
    let (cookie, kept) = known(&browser);
    for fields in [&[][..], &[("decline", "yes")]] {
        browser.keep(cookie.clone(), &kept);
        browser.send_marked(&link, &mark, fields).await.expect(404);
    }
    // Who is not the one that the page knows is forgotten, whether somebody signs in then or not.
    browser.keep(cookie.clone(), &kept);
    browser.open(&as_another(&none.text).unwrap()).await.expect(303);
    assert_eq!(browser.cookie(&cookie).as_deref(), Some(""));
    let page = enter(&browser, &none, &bob.email).await.expect(200);
    assert!(page.text.contains("Engines"), "{}", page.text);
    let (_, kept) = known(&browser);
    let declined = answer(&browser, &link, &page, &[("decline", "yes")]).await.expect(200);
    assert!(declined.text.contains("You have declined"), "{}", declined.text);
    assert!(organisations(&bob).await.is_empty());
    browser.keep(cookie.clone(), &kept);
    assert!(browser.open(&link).await.expect(200).text.contains("You have declined"));
    // What a browser keeps is worth nothing in another one.
    let other = Browser::new(&orion);
    other.open(&link).await;
    other.keep(cookie, &kept);
    assert!(!other.open(&link).await.expect(200).text.contains("You have declined"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_is_to_the_page_and_nowhere_else_and_its_code_is_for_the_browser_alone() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(orion.administrator().await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let sign_in = sign_in_of(&browser.open(&link).await.text);
    let to = url::Url::parse(&format!("http://x{sign_in}")).unwrap().query_pairs().next().unwrap().1.into_owned();
    for bad in [
        format!("{to}&next=https://evil.example"),
        format!("{to}#x"),
        to.replace("/auth/", "//evil.example/auth/"),
        to.replace("id=", "id=x"),
        to.replace(PAGE, "/auth/sign-in"),
        format!("https://evil.example{link}"),
        link.clone(),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", &bad).finish();
        browser.open(&format!("/auth/sign-in?{query}")).await.expect(400);
    }
    // Whoever sends somebody here with a challenge of their own gets no code that they could use.
    let back = browser.send(&sign_in, &[("email", bob.email.as_str()), ("password", PASSWORD)]).await.expect(303);
    let back = back.header("location").unwrap();
    assert!(back.starts_with(&to), "{back}");
    let code = back.split_once("code=").unwrap().1;
    let exchange = json!({ "code": code, "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" });
    assert!(orion.anonymous().post("/api/v1/auth/login/code", exchange).await.status >= 400);
    let thief = Browser::new(&orion);
    thief.open(&link).await;
    let stolen = follow(&thief, thief.open(&format!("{link}&code={code}")).await).await.expect(200);
    assert!(stolen.text.contains("/auth/sign-in?return_to="), "{}", stolen.text);
    let own = follow(&browser, browser.open(&format!("{link}&code={code}")).await).await.expect(200);
    assert!(own.text.contains("Engines"), "{}", own.text);
    // It works once, and leaves no session.
    let again = Browser { client: orion.anonymous(), cookies: browser.cookies.clone() };
    let known = again.name_of("orion_known");
    again.keep(known, "");
    let used = follow(&again, again.open(&format!("{link}&code={code}")).await).await.expect(200);
    assert!(!used.text.contains("Engines"), "{}", used.text);
    let sessions = bob.get("/api/v1/auth/sessions").await.expect(200).value();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{sessions}");
}

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
async fn a_second_factor_is_asked_for_on_the_way() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let (app, _) = enrol(&orion, &bob).await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(root, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    orion.advance(Duration::from_secs(60)).await;
    let browser = Browser::new(&orion);
    let asked = browser.open(&link).await;
    let code = enter(&browser, &asked, &bob.email).await.expect(200);
    assert!(code.text.contains("name=\"code\"") && !code.text.contains("Engines"), "{}", code.text);
    let start = code.text.find("action=\"").unwrap() + 8;
    let flow = code.text[start..].split('"').next().unwrap().replace("&#38;", "&");
    let typed = app.code(now(&orion));
    let sent = browser.send_marked(&flow, &mark_in(&code.text), &[("step", "totp"), ("code", &typed)]).await;
    let page = follow(&browser, sent).await.expect(200);
    assert!(page.text.contains("Engines"), "{}", page.text);
    answer(&browser, &link, &page, &[]).await.expect(200);
    assert_eq!(organisations(&bob).await, ["Engines"]);
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
async fn nobody_is_known_to_the_page_by_a_device_that_was_blocked() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    invite(orion.administrator().await, id, &bob.email, &[]).await;
    let link = link(&orion, &bob.email, "Engines").await;
    let browser = Browser::new(&orion);
    let page = look(&browser, &link, &bob.email).await.expect(200);
    let devices = bob.get("/api/v1/auth/devices").await.expect(200).value();
    let devices = devices["items"].as_array().unwrap();
    let other = devices.iter().find(|device| device["is_current"] == json!(false)).unwrap();
    let block = format!("/api/v1/auth/devices/{}/block", other["id"].as_str().unwrap());
    bob.put(&block, json!(null)).await.expect(204);
    let opened = browser.open(&link).await.expect(200);
    assert!(opened.text.contains("/auth/sign-in?return_to=") && !opened.text.contains("Engines"), "{}", opened.text);
    answer(&browser, &link, &page, &[]).await.expect(303);
    assert!(organisations(&bob).await.is_empty());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_and_page_speak_the_persons_language() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    for (locale, name, mail, page) in [
        ("de", "Engines", "Öffnen Sie diesen Link", "Einladung zu einer Organisation"),
        ("es", "Looms", "Abra este enlace", "Invitación a una organización"),
    ] {
        bob.patch("/api/v1/users/me", json!({ "locale": locale })).await.expect(200);
        orion.settle().await;
        let id = organisation_of(&orion, name, &[]).await;
        invite(root, id, &bob.email, &[]).await;
        let link = link(&orion, &bob.email, name).await;
        let mails = orion.mailbox.to(&bob.email).await;
        assert!(mails.iter().any(|text| text.contains(mail) && text.contains(name)), "{mails:?}");
        let shown = Answer::of(orion.anonymous().request("GET", &link).header("accept-language", locale)).await;
        assert!(shown.expect(200).text.contains(page));
    }
}
