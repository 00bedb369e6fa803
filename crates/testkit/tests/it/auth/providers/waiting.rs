//! Somebody who waits for the owner of their address: invited, or registered by whoever it was. Who comes by a provider is they, as
//! who comes by a link is.

use super::{START, location, platform, sign_in, visit};
use crate::auth::pages::Browser;
use crate::auth::{count, links_to};
use orion_contracts::preferences::UserPreferences;
use orion_contracts::users::{DirectPermissionList, User, UserStatus};
use orion_contracts::{ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::provider::Provider;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::io::Cursor;

const USERS: &str = "/api/v1/users";
const ADA: &str = "ada@example.com";

/// Denies somebody a permission.
async fn deny(by: &TestUser, user: UserId, permission: &str) {
    by.put(&format!("{USERS}/{user}/permissions/{permission}"), json!({ "effect": "denial" })).await.expect(204);
}

async fn directly_held(by: &TestUser, user: UserId) -> Vec<String> {
    let held: DirectPermissionList = by.get(&format!("{USERS}/{user}/permissions")).await.expect(200).json();
    held.items.into_iter().map(|held| held.permission).collect()
}

async fn shown(by: &Client, user: UserId) -> User {
    by.get(&format!("{USERS}/{user}")).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_and_comes_by_a_provider_keeps_all_that_was_written_of_them() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let root = orion.administrator().await;
    let order = json!({ "email": ADA, "display_name": "The Countess", "locale": "de", "roles": ["moderator"] });
    let invited: User = root.post(USERS, order).await.expect(201).json();
    let of_ada = format!("{USERS}/{}", invited.id);
    deny(root, invited.id, "sessions.revoke").await;
    root.patch(&format!("{of_ada}/preferences"), json!({ "display": { "theme": "dark" } })).await.expect(200);
    let mut picture = Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let put = root.request("PUT", &format!("{of_ada}/avatar")).header("content-type", "image/png");
    Answer::of(put.body(picture.into_inner())).await.expect(200);
    orion.settle().await;

    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, invited.id);
    orion.settle().await;
    let come = shown(root, invited.id).await;
    assert_eq!((come.status, come.is_verified), (UserStatus::Active, true));
    assert_eq!(come.roles, ["moderator", "user"], "what they were promised");
    assert_eq!((come.display_name.as_deref(), &*come.locale), (Some("The Countess"), "de"));
    assert_eq!(directly_held(root, invited.id).await, ["sessions.revoke"]);
    let preferences: UserPreferences = root.get(&format!("{of_ada}/preferences")).await.expect(200).json();
    assert_eq!(preferences.display["theme"], "dark");
    root.get(&come.avatar_url.expect("a picture")).await.expect(200);
    // And once more: they are no guest of the identity.
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, invited.id);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 1);
    // The link that they were mailed gives nobody a password.
    let token = links_to(&orion, ADA).await.pop().expect("the invitation");
    let order = json!({ "token": token, "password": "what a stranger chose once", "replace_password": true });
    assert_problem!(orion.anonymous().post("/api/v1/auth/verify-email", order).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_whoever_registered_an_address_nothing_is_left_once_its_owner_comes_by_a_provider_but_what_others_wrote() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let root = orion.administrator().await;
    let client = orion.anonymous();
    let order = json!({ "email": ADA, "password": PASSWORD, "display_name": "Not Ada" });
    client.post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    let stranger = TestUser::sign_in(&client, ADA, PASSWORD).await;
    deny(root, stranger.id, "sessions.revoke").await;

    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    assert_eq!(tokens.user_id, stranger.id);
    orion.settle().await;
    let owner = shown(root, stranger.id).await;
    assert_eq!((owner.status, owner.display_name.as_deref()), (UserStatus::Active, Some("Ada Lovelace")));
    assert_eq!(directly_held(root, stranger.id).await, ["sessions.revoke"]);
    let refresh = json!({ "refresh_token": stranger.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    let login = json!({ "email": ADA, "password": PASSWORD });
    assert_problem!(client.post("/api/v1/auth/login", &login).await, 401, "invalid-credentials");
    for token in links_to(&orion, ADA).await {
        let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
        assert_problem!(client.post("/api/v1/auth/verify-email", order).await, 409, "conflict");
    }
    // Nor has who registers it anew.
    client.post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    assert_problem!(client.post("/api/v1/auth/login", &login).await, 401, "invalid-credentials");
    let refresh = json!({ "refresh_token": tokens.refresh_token.expose() });
    client.post("/api/v1/auth/refresh", refresh).await.expect(200);
}

/// As if the process had ended after the identity was given to who waits, and before their address was verified.
async fn broke_off(orion: &TestPlatform, user: UserId) {
    let moved = orion.infra(ServiceName::Auth).write(orion_contracts::Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let update = statement(change, "UPDATE oauth_providers SET user_id = $1", [user.0.into()]);
        change.execute_raw(update).await?;
        Ok::<_, orion_infra::DbError>(())
    });
    moved.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_broke_off_at_somebody_who_waits_lets_nobody_in_and_is_gone_on_with() {
    let provider = Provider::start().await;
    let mut orion = platform(&provider).await;
    let root = orion.administrator().await;
    let invited: User = root.post(USERS, json!({ "email": ADA, "roles": ["moderator"] })).await.expect(201).json();
    orion.settle().await;
    orion.stop_service(ServiceName::Users).await;
    assert_eq!(visit(&Browser::new(&orion), START).await.status, 503);
    broke_off(&orion, invited.id).await;
    // Who waits is nobody yet, also by the identity.
    assert_eq!(visit(&Browser::new(&orion), START).await.status, 503);
    orion.restart().await;
    // Nor does a registration come to a password there.
    let order = json!({ "email": ADA, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", &order).await, 401, "invalid-credentials");
    assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, invited.id);
    // In many windows at once they are one person.
    let answers = [(); 3].map(|()| async {
        let browser = Browser::new(&orion);
        location(&visit(&browser, &format!("{START}?{}", super::RETURN)).await.expect(303))
    });
    futures_util::future::join_all(answers).await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 1);
}
