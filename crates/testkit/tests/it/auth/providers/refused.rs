//! Answers of providers by which nobody gets in.

use super::{START, back_from, location, platform, sign_in, visit};
use crate::auth::count;
use crate::auth::pages::Browser;
use crate::auth::two_factor::now;
use orion_testkit::TestPlatform;
use orion_testkit::provider::{Provider, Says};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_provider_has_not_verified_makes_no_account() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    for about in [
        json!({ "sub": "1", "email": "ada@example.com" }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": false }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": "false" }),
        json!({ "sub": "1", "email": "ada@example.com", "email_verified": "true" }),
        json!({ "sub": "1", "email_verified": true }),
        json!({ "sub": "1", "email": "no address", "email_verified": true }),
    ] {
        provider.say(Says { about: about.clone(), ..Says::default() });
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 409, "{about}");
        assert!(page.text.contains("does not confirm your address"), "{about}: {}", page.text);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 0);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_the_providers_own_signs_nobody_in() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    sign_in(&orion, &Browser::new(&orion)).await;
    let over = |claims: Value| Says { claims, ..Says::default() };
    for (says, what) in [
        (over(json!({ "aud": "somebody-else" })), "for somebody else"),
        (over(json!({ "aud": ["orion-client", "somebody-else"] })), "for several, without azp"),
        (over(json!({ "azp": "somebody-else" })), "of another party"),
        (over(json!({ "iss": "https://evil.example" })), "another issuer's"),
        (over(json!({ "nonce": "another" })), "of another visit"),
        (over(json!({ "nonce": null })), "of no visit"),
        (over(json!({ "exp": 1_000_000_000 })), "over"),
        (over(json!({ "iat": 9_000_000_000_u64 })), "of tomorrow"),
        (over(json!({ "sub": "" })), "of nobody"),
        (over(json!({ "sub": "ada\0" })), "of somebody who cannot be kept"),
        (Says { header: json!({ "alg": "none" }), ..Says::default() }, "not signed"),
        (Says { header: json!({ "alg": "HS256" }), ..Says::default() }, "signed by what is no secret"),
        (Says { header: json!({ "kid": "unknown" }), ..Says::default() }, "of an unknown key"),
        (Says { forged: true, ..Says::default() }, "forged"),
        (Says { refuses: true, ..Says::default() }, "refused"),
        (Says { iss: Some("https://evil.example".to_owned()), ..Says::default() }, "mixed up (RFC 9207)"),
    ] {
        provider.say(says);
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 400, "{what}: {}", page.text);
        assert!(page.text.contains("did not sign you in"), "{what}: {}", page.text);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM sessions", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_browser_that_went_comes_back_once_and_in_time() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, mallory) = (Browser::new(&orion), Browser::new(&orion));
    let back = back_from(&location(&ada.open(START).await.expect(303))).await;
    mallory.open("/auth/sign-in").await;
    for other in [&mallory, &Browser::new(&orion)] {
        other.open(&back).await.expect(410);
    }
    for broken in [
        "/auth/providers/shop/callback",
        "/auth/providers/shop/callback?state=x&code=y",
        "/auth/providers/shop/callback?state=%ff",
    ] {
        ada.open(broken).await.expect(410);
    }
    ada.open(&back).await.expect(303);
    ada.open(&back).await.expect(410);
    let late = back_from(&location(&ada.open(START).await.expect(303))).await;
    orion.advance(Duration::from_secs(601)).await;
    ada.open(&late).await.expect(410);
    ada.open("/auth/providers/nobody").await.expect(404);
    // Where it leads afterwards is registered, letter by letter.
    ada.open("/auth/providers/shop?return_to=https%3A%2F%2Fevil.example").await.expect(400);
    let ticket = mallory.open("/auth/providers/shop/link?ticket=nonsense").await;
    assert_eq!(ticket.status, 410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_went_to_one_provider_does_not_come_back_from_another() {
    let provider = Provider::start().await;
    let (egress, shop) = ("[egress]\nallow_private = true\n", format!("issuer = \"{}\"", provider.issuer()));
    let other = provider.section("other", &shop).replace(egress, "");
    let orion = TestPlatform::builder().file(format!("{}{other}", provider.section("shop", &shop))).start().await;
    let ada = Browser::new(&orion);
    let back = back_from(&location(&ada.open(START).await.expect(303))).await;
    ada.open(&back.replace("/providers/shop/", "/providers/other/")).await.expect(410);
    ada.open(&back).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_on_this_host_is_asked_only_where_that_is_allowed() {
    let provider = Provider::start().await;
    let section = provider.section("shop", &format!("issuer = \"{}\"", provider.issuer()));
    let guarded = section.replace("allow_private = true", "allow_private = false");
    let orion = TestPlatform::builder().file(guarded).start().await;
    let page = Browser::new(&orion).open(START).await.expect(503);
    assert!(page.text.contains("does not answer") && !page.text.contains("127.0.0.1"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_with_a_fraction_are_taken_and_a_text_is_none() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let now = now(&orion).timestamp();
    let at = |seconds: i64| (now + seconds) as f64 + 0.9;
    for (claims, status) in [
        (json!({ "exp": at(3600), "iat": at(0) }), 303),
        // A minute is what clocks may differ by.
        (json!({ "iat": at(60) }), 303),
        (json!({ "iat": at(3600) }), 400),
        (json!({ "exp": at(-60) }), 400),
        (json!({ "exp": 1e300 }), 303),
        (json!({ "exp": -1e300 }), 400),
        (json!({ "iat": 1e300 }), 400),
        (json!({ "exp": (now + 3600).to_string() }), 400),
        (json!({ "exp": null }), 400),
        (json!({ "iat": now.to_string() }), 400),
    ] {
        provider.say(Says { claims: claims.clone(), ..Says::default() });
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, status, "{claims}: {}", page.text);
    }
}
