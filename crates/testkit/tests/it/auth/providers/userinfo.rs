//! What the userinfo endpoint of a provider tells, where the ID token tells too little.

use super::{START, link, linked, platform, sign_in, visit};
use crate::auth::count;
use crate::auth::pages::Browser;
use orion_testkit::provider::{Provider, Says};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_an_address_is_verified_may_be_told_there_alone_of_the_same_person_and_address() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let says = |sub: &str, more: Value| {
        let mut about = json!({ "sub": sub, "email": format!("{sub}@example.com") });
        about.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        about
    };
    let verified = json!({ "email_verified": true });
    for (about, userinfo, status) in [
        (says("ada", json!({})), verified.clone(), 303),
        (says("bob", json!({ "email_verified": null })), verified.clone(), 303),
        (says("cleo", json!({})), json!({ "email": "Cleo@Example.com", "email_verified": true }), 303),
        (says("eve", json!({})), json!({ "email": "other@example.com", "email_verified": true }), 409),
        (says("eve", json!({})), json!({ "sub": "ada", "email_verified": true }), 409),
        (says("eve", json!({})), json!({ "email_verified": "true" }), 409),
        (says("eve", json!({})), json!({ "email_verified": false }), 409),
        (says("eve", json!({})), json!({}), 409),
        (says("eve", json!({})), json!(null), 409),
        (says("eve", json!({})), json!("Hello"), 409),
        (says("eve", json!({})), json!([{ "sub": "eve" }]), 409),
        (says("eve", json!({ "email_verified": false })), verified.clone(), 409),
        (says("eve", json!({ "email_verified": "false" })), verified.clone(), 409),
        (says("eve", json!({ "email_verified": "true" })), verified.clone(), 409),
        // What is said of no address is not said of the one that is told there.
        (
            json!({ "sub": "eve", "email_verified": true }),
            json!({ "email": "eve@example.com", "email_verified": null }),
            409,
        ),
    ] {
        provider.say(Says { about: about.clone(), userinfo: userinfo.clone(), ..Says::default() });
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, status, "{about}, {userinfo}: {}", page.text);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_asked_of_somebody_new_alone_and_its_outage_costs_nobody_who_is_linked_a_sign_in() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let first = sign_in(&orion, &Browser::new(&orion)).await;
    assert_eq!(provider.userinfos(), 0, "the ID token has told all");
    for (about, userinfo) in [
        (json!({ "sub": "ada-7" }), json!(null)),
        (json!({ "sub": "ada-7", "email": "ada@example.com" }), json!("Hello")),
        (json!({ "sub": "ada-7" }), json!({ "sub": "somebody else" })),
    ] {
        provider.say(Says { about, userinfo, ..Says::default() });
        let again = sign_in(&orion, &Browser::new(&orion)).await;
        assert_eq!(again.user_id, first.user_id);
        let theirs = linked(&orion.anonymous().with_token(again.access_token.expose())).await;
        assert_eq!(theirs.items[0].email.as_deref(), Some("ada@example.com"), "it told no other");
    }
    assert_eq!(provider.userinfos(), 0);

    let (bob, browser) = (orion.user("bob").await, Browser::new(&orion));
    provider.say(Says { about: json!({ "sub": "bob-1" }), userinfo: json!(null), ..Says::default() });
    link(&bob, &browser).await.expect(200);
    assert_eq!((provider.userinfos(), linked(&bob).await.items[0].email.as_deref()), (1, None));
}
