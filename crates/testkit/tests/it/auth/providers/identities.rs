//! The identities that somebody has linked, and whose they are.

use super::{LINKED, START, link, linked, platform, sign_in, visit};
use crate::auth::pages::Browser;
use crate::auth::{count, facts, tell};
use orion_contracts::ServiceName;
use orion_contracts::auth::ProviderIdentityList;
use orion_testkit::provider::{Provider, Says};
use orion_testkit::{PASSWORD, TestUser, assert_problem};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identities_are_listed_made_primary_and_taken_away_but_never_the_last_way_in() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let tokens = sign_in(&orion, &Browser::new(&orion)).await;
    let only = orion.anonymous().with_token(tokens.access_token.expose());
    let id = linked(&only).await.items[0].id;
    assert_problem!(only.delete(&format!("{LINKED}/{id}")).await, 409, "conflict");
    assert_eq!(linked(&only).await.items.len(), 1);

    let (bob, browser) = (orion.user("bob").await, Browser::new(&orion));
    for sub in ["bob-1", "bob-2"] {
        let about = json!({ "sub": sub, "email": "elsewhere@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        link(&bob, &browser).await.expect(200);
        orion.advance(Duration::from_secs(1)).await;
    }
    let both = linked(&bob).await.items;
    assert_eq!(both.iter().map(|one| one.is_primary).collect::<Vec<_>>(), [true, false]);
    let second = format!("{LINKED}/{}", both[1].id);
    assert_problem!(only.delete(&second).await, 404, "not-found");
    assert_problem!(only.put(&format!("{second}/primary"), json!({})).await, 404, "not-found");
    bob.put(&format!("{second}/primary"), json!({})).await.expect(204);
    assert_eq!(linked(&bob).await.items.iter().map(|one| one.is_primary).collect::<Vec<_>>(), [false, true]);
    bob.delete(&second).await.expect(204);
    assert!(linked(&bob).await.items[0].is_primary, "one is, as long as there is one");

    let path = format!("/api/v1/auth/admin/users/{}/providers", bob.id);
    assert_problem!(only.get(&path).await, 403, "permission-denied");
    let admin = orion.administrator().await;
    let left: ProviderIdentityList = admin.get(&path).await.expect(200).json();
    admin.delete(&format!("{path}/{}", left.items[0].id)).await.expect(204);
    let left: ProviderIdentityList = admin.get(&path).await.expect(200).json();
    assert!(left.items.is_empty());
    assert_problem!(bob.get(LINKED).await, 401, "invalid-token");
    let events =
        "SELECT COUNT(*) AS n FROM security_events WHERE event_type IN ('provider.linked', 'provider.unlinked')";
    assert_eq!(count(&orion, events, []).await, 4);

    orion.advance(Duration::from_secs(3600)).await;
    let later = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    orion.advance(Duration::from_secs(200)).await;
    later.post("/api/v1/auth/providers/shop/link", json!({})).await.expect(200);
    orion.advance(Duration::from_secs(170)).await;
    for stale in [
        later.post("/api/v1/auth/providers/shop/link", json!({})).await,
        later.delete(&format!("{LINKED}/{}", both[0].id)).await,
    ] {
        assert_problem!(stale, 401, "insufficient-user-authentication");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_links_identities_without_end() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let (ada, browser) = (orion.user("ada").await, Browser::new(&orion));
    for (number, status) in (0..20).map(|number| (number, 200)).chain([(20, 409)]) {
        let about = json!({ "sub": format!("ada-{number}"), "email": "ada@example.com", "email_verified": true });
        provider.say(Says { about, ..Says::default() });
        assert_eq!(link(&ada, &browser).await.status, status, "{number}");
        orion.advance(Duration::from_secs(10)).await;
    }
    assert_eq!(linked(&ada).await.items.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_sign_in_is_told_so_and_a_deleted_persons_identity_is_free_again() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let ada = sign_in(&orion, &Browser::new(&orion)).await;
    let admin = orion.administrator().await;
    let mut facts = facts(admin, orion_contracts::users::UserStatus::Suspended);
    (facts.user_id, facts.email) = (ada.user_id, "ada@example.com".parse().unwrap());
    tell(&orion, &facts, 7).await;
    let page = visit(&Browser::new(&orion), START).await.expect(403);
    assert!(page.text.contains("This account cannot sign in"), "{}", page.text);
    for status in ["success", "failed"] {
        let tried =
            "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'provider' AND status = $1 AND user_id = $2";
        assert_eq!(count(&orion, tried, [status.into(), ada.user_id.0.into()]).await, 1, "{status}");
    }
    facts.status = orion_contracts::users::UserStatus::Deleted;
    tell(&orion, &facts, 8).await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_whose_account_was_never_made_stands_in_nobodys_way() {
    let reserved = "SELECT COUNT(*) AS n FROM oauth_providers";
    for signs_in_first in [true, false] {
        let provider = Provider::start().await;
        let mut orion = platform(&provider).await;
        orion.stop_service(ServiceName::Users).await;
        let page = visit(&Browser::new(&orion), START).await;
        assert_eq!(page.status, 503, "{}", page.text);
        assert_eq!(count(&orion, reserved, []).await, 1);
        orion.restart().await;
        let ada = orion.user("ada").await;
        if signs_in_first {
            visit(&Browser::new(&orion), START).await.expect(409);
            assert_eq!(count(&orion, reserved, []).await, 0);
        }
        link(&ada, &Browser::new(&orion)).await.expect(200);
        assert_eq!(sign_in(&orion, &Browser::new(&orion)).await.user_id, ada.id);
    }
}
