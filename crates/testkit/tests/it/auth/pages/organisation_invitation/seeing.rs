//! Who is shown what they are invited to, and how they come there.

use super::{PAGE, answer, as_another, enter, follow, invite, known, link, look, organisations, sign_in_of};
use crate::auth::pages::{Browser, mark_in};
use crate::auth::two_factor::{enrol, now};
use crate::users::organisations::organisation_of;
use orion_testkit::{Answer, PASSWORD, TestPlatform};
use serde_json::json;
use std::time::Duration;

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
