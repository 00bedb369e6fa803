//! Whom a provider tells of: subjects and names.

use super::{START, back_from, location, platform, visit};
use crate::auth::count;
use crate::auth::pages::Browser;
use orion_testkit::provider::{Provider, Says};
use orion_testkit::{Answer, TestPlatform};
use serde_json::{Value, json};

/// The section of a provider without ID tokens.
fn oauth2(provider: &Provider) -> String {
    let at = provider.issuer();
    format!(
        "kind = \"oauth2\"\nissuer = \"{at}\"\nauthorization_url = \"{at}/authorize\"\ntoken_url = \"{at}/token\"\nuserinfo_url = \"{at}/user\""
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_is_of_its_section_unless_an_issuer_of_openid_connect_vouches_for_it() {
    let provider = Provider::start().await;
    let (oauth2, oidc) = (oauth2(&provider), format!("issuer = \"{}/\"", provider.issuer()));
    let sections = [("one", &oauth2), ("two", &oauth2), ("three", &oidc), ("four", &oidc)];
    let egress = "[egress]\nallow_private = true\n";
    let file: String =
        sections.iter().map(|(name, section)| provider.section(name, section).replace(egress, "")).collect();
    let orion = TestPlatform::builder().file(format!("{egress}{file}")).start().await;
    let of_sub = "SELECT COUNT(DISTINCT user_id) AS n FROM oauth_providers WHERE subject = '7'";
    for (name, people) in [("one", 1), ("two", 2), ("three", 3), ("four", 3), ("one", 3), ("two", 3)] {
        // Each section tells of somebody else by the same subject.
        let about = json!({ "sub": "7", "email": format!("{name}@example.com"), "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        visit(&Browser::new(&orion), &format!("/auth/providers/{name}")).await.expect(303);
        assert_eq!(count(&orion, of_sub, []).await, people, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_apple_gives_once_stays() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    for form in ["&user=%7B%22name%22%3A%7B%22firstName%22%3A%22Eve%22%2C%22lastName%22%3A%22Adams%22%7D%7D", ""] {
        let about = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        let browser = Browser::new(&orion);
        let back = back_from(&location(&browser.open(START).await.expect(303))).await;
        let (path, query) = back.split_once('?').unwrap();
        let posted = orion.anonymous().request("POST", path).header("origin", "https://appleid.apple.com");
        let posted = posted.header("content-type", "application/x-www-form-urlencoded").body(format!("{query}{form}"));
        browser.open(&location(&Answer::of(posted).await.expect(303))).await.expect(303);
        orion.settle().await;
        let found: Value = orion.administrator().await.get("/api/v1/users?search=eve").await.expect(200).json();
        assert_eq!(found["items"][0]["display_name"], "Eve Adams");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_that_cannot_be_kept_is_refused_also_without_an_id_token() {
    let provider = Provider::start().await;
    let orion = TestPlatform::builder().file(provider.section("shop", &oauth2(&provider))).start().await;
    for (subject, status) in
        [("7\0".to_owned(), 400), ("7\n".to_owned(), 400), ("7".repeat(256), 400), ("7".repeat(255), 303)]
    {
        let about = json!({ "sub": subject, "email": "ada@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        assert_eq!(visit(&Browser::new(&orion), START).await.status, status, "{subject:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_of_a_person_in_another_type_counts_as_not_told() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let eve = json!({ "email": "eve@example.com", "email_verified": true, "name": { "first": "Eve" } });
    for (about, userinfo, status) in [
        (json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "name": ["Ada"] }), json!({}), 303),
        (json!({ "sub": "2", "email": ["eve@example.com"], "name": 7 }), eve, 303),
        (json!({ "sub": "3", "email": 7, "email_verified": true }), json!({}), 409),
    ] {
        provider.say(Says { about: about.clone(), userinfo, ..Says::default() });
        assert_eq!(visit(&Browser::new(&orion), START).await.status, status, "{about}");
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_is_so_without_an_id_token_too() {
    let provider = Provider::start().await;
    let orion = TestPlatform::builder().file(provider.section("shop", &oauth2(&provider))).start().await;
    for (about, status) in [
        (json!({ "sub": "1", "email": "ada@example.com", "email_verified": true, "name": ["Ada"] }), 303),
        (json!({ "sub": "2", "email": 7, "email_verified": true, "name": "Eve" }), 409),
    ] {
        provider.say(Says { about: about.clone(), ..Says::default() });
        assert_eq!(visit(&Browser::new(&orion), START).await.status, status, "{about}");
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_given_name_and_that_of_the_family_make_a_name_where_none_is_told() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let long = "b".repeat(150);
    for (number, (names, name)) in [
        (json!({ "given_name": "Ada", "family_name": "Lovelace" }), json!("Ada Lovelace")),
        (json!({ "name": " ", "given_name": " Ada ", "family_name": 7 }), json!("Ada")),
        (json!({ "name": null, "family_name": "Lovelace" }), json!("Lovelace")),
        (json!({ "name": "The Countess", "given_name": "Ada" }), json!("The Countess")),
        (json!({ "given_name": long, "family_name": long }), json!(format!("{long} {}", &long[..49]))),
    ]
    .into_iter()
    .enumerate()
    {
        let mut about = json!({ "sub": number.to_string(), "email": format!("ada-{number}@example.com") });
        about["email_verified"] = json!(true);
        about.as_object_mut().unwrap().extend(names.as_object().unwrap().clone());
        provider.say(Says { about, ..Says::default() });
        visit(&Browser::new(&orion), START).await.expect(303);
        orion.settle().await;
        let path = format!("/api/v1/users?search=ada-{number}");
        let found: Value = orion.administrator().await.get(&path).await.expect(200).json();
        assert_eq!(found["items"][0]["display_name"], name, "{names}");
    }
}
