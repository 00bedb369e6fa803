//! Linking an identity at a provider to an account that is there.

use super::{LINKED, START, back_from, link, linked, location, platform, sign_in, visit};
use crate::auth::links_to;
use crate::auth::pages::{Browser, mark_in};
use crate::auth::two_factor::enrol;
use orion_contracts::auth::ProviderLink;
use orion_testkit::provider::Provider;
use orion_testkit::{PASSWORD, TestUser, assert_problem};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_has_an_account_is_never_taken_over_but_linked_by_its_owner() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    let page = visit(&browser, START).await.expect(409);
    assert!(page.text.contains("You have an account already"), "{}", page.text);
    assert_eq!(linked(&ada).await.items.len(), 0);

    let page = link(&ada, &browser).await.expect(200);
    assert!(page.text.contains("The Shop is linked"), "{}", page.text);
    assert_eq!(sign_in(&orion, &browser).await.user_id, ada.id);
    // Linking it again changes nothing; somebody else cannot have it too.
    link(&ada, &browser).await.expect(200);
    let bob = orion.user("bob").await;
    let page = link(&bob, &Browser::new(&orion)).await.expect(409);
    assert!(page.text.contains("Already linked elsewhere"), "{}", page.text);
    assert_eq!((linked(&ada).await.items.len(), linked(&bob).await.items.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_verified_makes_way_for_its_owner() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let order = json!({ "email": "ada@example.com", "password": "what a stranger chose once" });
    orion.anonymous().post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    orion.settle().await;
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", &order).await, 401, "invalid-credentials");
    let link = links_to(&orion, "ada@example.com").await.pop().expect("the stranger's mail");
    let verify = json!({ "token": link, "password": "what a stranger chose once" });
    orion.anonymous().post("/api/v1/auth/verify-email", verify).await;
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", &order).await, 401, "invalid-credentials");
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, tokens.user_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_over_with_the_session_and_the_password_that_asked_for_it() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let ada = orion.user("ada").await;
    let ask = async |user: &TestUser| {
        let link: ProviderLink = user.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200).json();
        let url = url::Url::parse(&link.url).unwrap();
        format!("{}?{}", url.path(), url.query().unwrap())
    };
    let follow = async |path: &str| {
        let browser = Browser::new(&orion);
        let page = browser.open(path).await.expect(200);
        let there = browser.send_marked(path, &mark_in(&page.text), &[]).await.expect(303);
        browser.open(&back_from(&location(&there)).await).await
    };
    // Whoever took it with a stolen session has nothing once that is ended.
    let thief = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let stolen = ask(&thief).await;
    ada.delete("/api/v1/auth/sessions?keep_current=true").await.expect(200);
    follow(&stolen).await.expect(410);
    let own = ask(&ada).await;
    orion.advance(Duration::from_secs(1)).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "quite another battery staple" });
    ada.post("/api/v1/auth/password", change).await.expect(204);
    follow(&own).await.expect(410);
    assert_eq!(linked(&ada).await.items.len(), 0);
    follow(&ask(&ada).await).await.expect(200);
    // And by itself, after ten minutes.
    let late = TestUser::sign_in(&orion.anonymous(), &ada.email, "quite another battery staple").await;
    let late = ask(&late).await;
    orion.advance(Duration::from_secs(600)).await;
    Browser::new(&orion).open(&late).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_of_the_password_alone_links_and_unlinks_nothing_once_there_is_a_second_factor() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let id = linked(&ada).await.items[0].id;
    let thief = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    enrol(&orion, &ada).await;
    for refused in
        [thief.post("/api/v1/auth/providers/shop/link", json!({})).await, thief.delete(&format!("{LINKED}/{id}")).await]
    {
        let refused = assert_problem!(refused, 401, "insufficient-user-authentication");
        assert!(refused.header("www-authenticate").unwrap_or_default().contains("acr_values=\"aal2\""), "{refused:?}");
    }
    ada.delete(&format!("{LINKED}/{id}")).await.expect(204);
    assert_eq!(linked(&ada).await.items.len(), 0);

    // Nor by a page that it was given before.
    let bob = orion.user("bob").await;
    let thief = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    let asked: ProviderLink = thief.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200).json();
    enrol(&orion, &bob).await;
    let url = url::Url::parse(&asked.url).unwrap();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let page = browser.open(&path).await.expect(200);
    let there = browser.send_marked(&path, &mark_in(&page.text), &[]).await.expect(303);
    browser.open(&back_from(&location(&there)).await).await.expect(410);
    assert_eq!(linked(&bob).await.items.len(), 0);
}
