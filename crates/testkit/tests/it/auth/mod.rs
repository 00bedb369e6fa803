//! The auth service's endpoints, a file per resource.

mod api_key_events;
mod devices;
mod flow_enrolments;
pub(crate) mod flows;
mod flows_void;
mod hashing;
mod impersonations;
mod internal;
mod introspect;
mod jwks;
mod keys;
mod login;
mod logout;
mod malformed;
mod new_devices;
mod new_passwords;
mod oidc_provider;
pub(crate) mod pages;
mod passkey_sign_ins;
pub(crate) mod passkeys;
mod password;
mod provider_step_ups;
pub(crate) mod providers;
mod ranks;
mod refresh;
mod register;
mod security_events;
mod security_filters;
mod session_organisations;
mod sessions;
mod takeover;
mod throttles;
mod timing;
mod tokens;
pub(crate) mod two_factor;
mod user_events;
mod verify_email;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orion_contracts::events::{UserDeleted, UserFacts, UserStatusChanged};
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::mailbox::token_in;
use orion_testkit::{TestPlatform, TestUser};
use sea_orm::{ConnectionTrait, Value};
use std::time::Duration;

/// A number out of auth's database.
async fn count(orion: &TestPlatform, sql: &str, values: impl IntoIterator<Item = Value>) -> i64 {
    let db = orion.infra(ServiceName::Auth).db.read();
    db.query_one_raw(statement(db, sql, values)).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// The tokens of all links that were mailed to an address, oldest first.
async fn links_to(orion: &TestPlatform, email: &str) -> Vec<String> {
    orion.mailbox.to(email).await.iter().filter_map(|mail| token_in(mail)).collect()
}

/// Has tokens refused and given anew twice, until all of it was done within one second of the clock: then the last token, which is answered,
/// says that it was issued two seconds after.
async fn twice_within_a_second(orion: &TestPlatform, mut attempt: impl AsyncFnMut() -> String) {
    let clock = &orion.infra(ServiceName::Auth).clock;
    for _ in 0..20 {
        // What was refused until now is not ahead of the clock any more, and a second begins.
        let past = clock.now().timestamp_subsec_micros();
        orion.advance(Duration::from_micros(3_000_000_u64.saturating_sub(past.into()))).await;
        let token = attempt().await;
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let issued_at = serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["iat"].as_i64().unwrap();
        if issued_at >= clock.now().timestamp() + 2 {
            return;
        }
    }
    panic!("it never came within one second, so nothing was shown");
}

/// Tells auth of a version of a user, as the users service does, until it has heard; of who is told to be deleted, that they are no
/// more.
async fn tell(orion: &TestPlatform, facts: &UserFacts, version: i64) {
    tell_unheard(orion, facts, version).await;
    orion.settle().await;
}

/// Tells auth, and waits for nothing.
async fn tell_unheard(orion: &TestPlatform, facts: &UserFacts, version: i64) {
    let users = orion.infra(ServiceName::Users);
    let told: Result<(), DbError> = users
        .write(Author::PLATFORM, async |change| {
            change.unaudited("a test tells it");
            match facts.status {
                UserStatus::Deleted => change.tell(facts.user_id.0, version, UserDeleted { user: facts.clone() }),
                _ => change.tell(facts.user_id.0, version, UserStatusChanged { user: facts.clone() }),
            };
            Ok(())
        })
        .await;
    told.unwrap();
}

/// What the users service says of somebody whose status changed.
pub(crate) fn facts(user: &TestUser, status: UserStatus) -> UserFacts {
    UserFacts {
        user_id: user.id,
        email: user.email.parse().unwrap(),
        is_verified: true,
        display_name: None,
        locale: "en".to_owned(),
        status,
        roles: vec!["user".to_owned()],
    }
}
