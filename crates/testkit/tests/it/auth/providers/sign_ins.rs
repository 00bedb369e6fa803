//! Signing in at a provider, and what is asked for after it.

use super::{RETURN, START, back_from, exchange, link, linked, location, platform, sign_in, visit};
use crate::auth::flows::claims;
use crate::auth::pages::Browser;
use crate::auth::two_factor::{enrol, now};
use crate::auth::{count, links_to};
use orion_testkit::provider::{Provider, Says};
use orion_testkit::{Answer, TestPlatform};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_new_gets_an_account_by_it_and_the_same_one_again() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let browser = Browser::new(&orion);
    let page = browser.open(&format!("/auth/sign-in?{RETURN}")).await.expect(200);
    assert!(page.text.contains("Continue with The Shop") && page.text.contains("/auth/providers/shop?return_to="));
    let listed = orion.anonymous().get("/api/v1/auth/providers").await.expect(200).value();
    assert_eq!(listed, json!({ "items": [{ "name": "shop", "label": "The Shop" }] }));

    let tokens = sign_in(&orion, &browser).await;
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal1"), &json!(["fed"])));
    let user = orion.anonymous().with_token(tokens.access_token.expose());
    let profile: Value = user.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!((&profile["email"], &profile["display_name"]), (&json!("ada@example.com"), &json!("Ada Lovelace")));
    assert_eq!((&profile["status"], &profile["is_verified"]), (&json!("active"), &json!(true)));
    let first = linked(&user).await.items;
    assert_eq!((first.len(), first[0].is_primary, first[0].provider.as_str()), (1, true, "shop"));
    let factors = user.get("/api/v1/auth/two-factor").await.expect(200).value();
    assert_eq!(factors["has_password"], false, "nothing that could be changed");

    // Who they are is issuer and subject: the address may change.
    let about = json!({ "sub": "ada-7", "email": "moved@example.com", "email_verified": false });
    provider.say(Says { about, ..Says::default() });
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, tokens.user_id);
    orion.settle().await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
    assert!(links_to(&orion, "ada@example.com").await.is_empty(), "nothing is to be verified");
    let sealed = "SELECT COUNT(*) AS n FROM oauth_providers WHERE tokens_sealed LIKE '%access_token%'";
    assert_eq!(count(&orion, sealed, []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_after_it() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    link(&ada, &browser).await.expect(200);
    let (app, _) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let answer = visit(&browser, &format!("{START}?{RETURN}")).await.expect(303);
    assert!(location(&answer).starts_with("/auth/flow?return_to="), "{}", location(&answer));
    let flow = location(&answer);
    let done = browser.send(&flow, &[("step", "totp"), ("code", &app.code(now(&orion)))]).await.expect(303);
    let tokens = exchange(&orion.anonymous(), &location(&done)).await;
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal2"), &json!(["fed", "otp", "mfa"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_tells_of_a_person_by_its_api_and_apple_by_a_post_from_its_own_page() {
    let provider = Provider::start().await;
    let at = provider.issuer();
    let github = format!(
        "kind = \"github\"\nauthorization_url = \"{at}/authorize\"\ntoken_url = \"{at}/token\"\nuserinfo_url = \"{at}/user\""
    );
    let orion = TestPlatform::builder().file(provider.section("github", &github)).start().await;
    let iss = Some("https://github.com".to_owned());
    let about = json!({ "id": 583_231, "name": "Ada", "email": "ada@example.com", "email_verified": true });
    provider.say(Says { about, iss: iss.clone(), ..Says::default() });
    visit(&Browser::new(&orion), "/auth/providers/github").await.expect(303);
    let subject =
        "SELECT COUNT(*) AS n FROM oauth_providers WHERE subject = '583231' AND issuer = 'https://github.com#github'";
    assert_eq!(count(&orion, subject, []).await, 1);
    let about = json!({ "id": 2, "name": "Bob", "email": "bob@example.com", "email_verified": false });
    provider.say(Says { about, iss, ..Says::default() });
    visit(&Browser::new(&orion), "/auth/providers/github").await.expect(409);

    let orion = platform(&provider).await;
    let about = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true });
    provider.say(Says { about, ..Says::default() });
    let browser = Browser::new(&orion);
    let back = back_from(&location(&browser.open(START).await.expect(303))).await;
    let (path, query) = back.split_once('?').unwrap();
    let user =
        url::form_urlencoded::byte_serialize(br#"{"name":{"firstName":"Eve","lastName":"Adams"}}"#).collect::<String>();
    // From another site: without cookies.
    let posted = Answer::of(
        orion
            .anonymous()
            .request("POST", path)
            .header("origin", "https://appleid.apple.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{query}&user={user}")),
    )
    .await
    .expect(303);
    let back = location(&posted);
    assert!(back.starts_with(path) && !back.contains("user="), "{back}");
    browser.open(&back).await.expect(303);
    orion.settle().await;
    let admin = orion.administrator().await;
    let found: Value = admin.get("/api/v1/users?search=eve").await.expect(200).json();
    assert_eq!(found["items"][0]["display_name"], "Eve Adams");
}
