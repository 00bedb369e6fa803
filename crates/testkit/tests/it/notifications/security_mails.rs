//! Mails about the security of accounts.

use crate::auth::two_factor::enrol;
use orion_contracts::{Author, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

const LOGIN: &str = "/api/v1/auth/login";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const WRONG: &str = "a wrong password";
/// More than a grace of a refresh token.
const LATER: Duration = Duration::from_secs(11);

/// Signs in at auth itself, which takes an address from whoever calls it as the gateway does.
async fn sign_in_from(orion: &TestPlatform, place: &str, (email, password): (&str, &str)) -> Answer {
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let order = json!({ "email": email, "password": password });
    let request = auth.request("POST", LOGIN).header("x-forwarded-for", place).header("user-agent", FIREFOX);
    Answer::of(request.json(&order)).await
}

/// Fails to sign in at this place until it has to wait.
async fn fail_from(orion: &TestPlatform, place: &str, email: &str) {
    for _ in 0..5 {
        sign_in_from(orion, place, (email, WRONG)).await.expect(401);
    }
}

async fn refresh(orion: &TestPlatform, token: &str) -> Answer {
    orion.anonymous().post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await
}

/// The mails to an address of which one is the welcome, once all have arrived: those that say this.
async fn mails(orion: &TestPlatform, email: &str, words: &str) -> Vec<String> {
    orion.settle().await;
    orion.mailbox.to(email).await.into_iter().filter(|mail| mail.contains(words)).collect()
}

async fn change_password(user: &TestUser, new: &str) {
    let order = json!({ "current_password": PASSWORD, "new_password": new });
    user.post("/api/v1/auth/password", order).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_told_once_of_each_act_that_matters_what_it_was_when_and_what_to_do() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    sign_in_from(&orion, "198.51.100.7", (&ada.email, PASSWORD)).await.expect(200);
    fail_from(&orion, "203.0.113.9", &ada.email).await;
    enrol(&orion, &ada).await;
    change_password(&ada, "quite another battery staple").await;
    let first: orion_contracts::auth::TokenResponse = refresh(&orion, &ada.refresh_token).await.expect(200).json();
    refresh(&orion, first.refresh_token.expose()).await.expect(200);
    orion.advance(LATER).await;
    refresh(&orion, &ada.refresh_token).await.expect(401);

    for headline in [
        "New sign-in to your account",
        "Many failed sign-ins",
        "A second factor was set up",
        "Your password was changed",
        "A session was ended for safety",
    ] {
        let found = mails(&orion, &ada.email, &format!("ORION: {headline}")).await;
        assert_eq!(found.len(), 1, "{headline}: {:?}", orion.mailbox.to(&ada.email).await);
        assert!(found[0].contains(" UTC") && found[0].contains("choose another password at once"), "{}", found[0]);
        assert!(found[0].contains("block the devices"), "by the console's word: {}", found[0]);
        let page = "http://localhost:3000/auth/reset";
        assert!(found[0].contains(page), "where a link for another password is mailed from: {}", found[0]);
    }
    let new = mails(&orion, &ada.email, "New sign-in").await;
    assert!(new[0].contains("Device: Firefox on Linux"), "{}", new[0]);
    assert!(!new[0].contains("198.51.100"), "{}", new[0]);
    assert_eq!(mails(&orion, &ada.email, "Subject:").await.len(), 1 + 5, "with the welcome, and nothing twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_fills_a_mailbox_by_failing_and_hides_nothing_by_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for place in ["203.0.113.9", "198.51.100.7", "192.0.2.9", "192.88.99.9"] {
        fail_from(&orion, place, &ada.email).await;
    }
    assert_eq!(mails(&orion, &ada.email, "Many failed sign-ins").await.len(), 2);
    sign_in_from(&orion, "100.64.7.7", (&ada.email, PASSWORD)).await.expect(200);
    assert_eq!(mails(&orion, &ada.email, "New sign-in").await.len(), 1, "of another kind");
    orion.advance(Duration::from_secs(86_400 + 60)).await;
    fail_from(&orion, "203.0.113.9", &ada.email).await;
    assert_eq!(mails(&orion, &ada.email, "Many failed sign-ins").await.len(), 3, "tomorrow is another day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fails_from_within_is_told_of_in_other_words_and_more_often_than_strangers() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let ada = orion.user("ada").await;
    let auth = Client::new(orion.service_url(ServiceName::Auth)).with_token(&ada.access_token);
    for place in ["203.0.113.9", "198.51.100.7", "192.0.2.9"] {
        let order = json!({ "current_password": WRONG, "new_password": "quite another battery staple" });
        auth.from(place).post("/api/v1/auth/password", order).await.expect(422);
    }
    let told = mails(&orion, &ada.email, "Many failed tries of your password").await;
    assert_eq!(told.len(), 3, "{:?}", orion.mailbox.to(&ada.email).await);
    assert!(told[0].contains("Somebody who is signed in to your account"), "{}", told[0]);
    assert!(mails(&orion, &ada.email, "Many failed sign-ins").await.is_empty());
}

/// Does this to the templates, as who runs a platform may.
async fn with_templates(orion: &TestPlatform, sql: &str, values: Vec<sea_orm::Value>) {
    let written = orion.infra(ServiceName::Notifications).write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let done = change.execute_raw(statement(change, sql, values.clone())).await?;
        assert_eq!(done.rows_affected(), 1, "{sql}");
        Ok::<_, DbError>(())
    });
    written.await.unwrap();
}

/// Registers somebody of this language, who signs in from two places.
async fn sign_in_twice(orion: &TestPlatform, email: &str, locale: &str) {
    let order = json!({ "email": email, "password": PASSWORD, "display_name": "Eva", "locale": locale });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    let token = orion.mailbox.verification_token(email).await;
    let order = json!({ "token": token, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    for place in ["203.0.113.9", "198.51.100.7"] {
        sign_in_from(orion, place, (email, PASSWORD)).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_within_a_mail_are_in_the_language_of_the_template() {
    let orion = TestPlatform::start().await;
    let withdrawn = "UPDATE templates SET is_published = FALSE WHERE name = 'security_event' AND locale = 'de'";
    with_templates(&orion, withdrawn, Vec::new()).await;
    let own =
        "INSERT INTO templates (id, name, channel, locale, version, display_name, category, subject, body, variables,
            is_published, created_at)
        SELECT $1, name, channel, 'fr', 1, display_name, category, $2, $3, $4, is_published, created_at
        FROM templates WHERE name = 'security_event' AND locale = 'en'";
    let subject = r#"{{#if (eq kind "login.new_device")}}Nouvelle connexion{{else}}{{headline}}{{/if}}"#;
    let variables = json!([{ "name": "kind", "is_required": true }, { "name": "headline", "is_required": true }]);
    let id = sea_orm::prelude::Uuid::from_u128(7);
    with_templates(&orion, own, vec![id.into(), subject.into(), "Bonjour".into(), variables.into()]).await;

    sign_in_twice(&orion, "eva@example.com", "de").await;
    let found = mails(&orion, "eva@example.com", "New sign-in to your account").await;
    assert_eq!(found.len(), 1, "English in English: {:?}", orion.mailbox.to("eva@example.com").await);
    assert!(found[0].contains("Hello Eva,"), "{}", found[0]);
    sign_in_twice(&orion, "eve@example.com", "fr").await;
    let found = mails(&orion, "eve@example.com", "Subject: Nouvelle connexion").await;
    assert_eq!(found.len(), 1, "by the kind: {:?}", orion.mailbox.to("eve@example.com").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_mailed_of_what_is_only_good_to_know_or_at_an_address_that_may_not_be_theirs() {
    let orion = TestPlatform::start().await;
    let (ada, guest) = (orion.user("ada").await, orion.user("guest").unverified().await);
    // An answer that was lost is given again: noted, and no more.
    refresh(&orion, &ada.refresh_token).await.expect(200);
    orion.advance(LATER).await;
    refresh(&orion, &ada.refresh_token).await.expect(200);
    let events = ada.get("/api/v1/auth/security-events").await.expect(200).value();
    assert_eq!(events["items"][0]["severity"], "low", "{events}");
    fail_from(&orion, "203.0.113.9", "nobody@example.com").await;
    sign_in_from(&orion, "198.51.100.7", (&guest.email, PASSWORD)).await.expect(200);
    for (email, count) in [(&*ada.email, 1), (&*guest.email, 1), ("nobody@example.com", 0)] {
        assert_eq!(mails(&orion, email, "").await.len(), count, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_in_their_language() {
    let orion = TestPlatform::start().await;
    for (email, locale, words) in [
        ("eva@example.com", "de-AT", ["Neue Anmeldung bei Ihrem Konto", "Hallo Eva,", "Gerät: Firefox on Linux"]),
        (
            "evita@example.com",
            "es",
            ["Nuevo inicio de sesión en su cuenta", "Hola, Eva:", "Dispositivo: Firefox on Linux"],
        ),
        ("eve@example.com", "fr", ["New sign-in to your account", "Hello Eva,", "Device: Firefox on Linux"]),
    ] {
        sign_in_twice(&orion, email, locale).await;
        let found = mails(&orion, email, words[0]).await;
        assert_eq!(found.len(), 1, "{email}: {:?}", orion.mailbox.to(email).await);
        assert!(words.iter().all(|words| found[0].contains(words)), "{}", found[0]);
    }
}
