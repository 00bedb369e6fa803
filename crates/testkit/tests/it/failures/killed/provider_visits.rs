//! Somebody who comes back from a provider for the first time: an identity is reserved, a user made, an account, a session.

use super::{Platform, timed};
use crate::auth::pages::Browser;
use crate::auth::providers::{RETURN, back_from, exchange, location, visit};
use orion_contracts::auth::{ProviderIdentityList, SessionList};
use orion_contracts::users::User;
use orion_contracts::{Page, UserId};
use orion_testkit::provider::{CLIENT, Provider, Says};
use orion_testkit::{Answer, TestUser};
use serde_json::json;

const ROUNDS: u32 = 12;

/// The page on which a visit for a product begins.
fn start() -> String {
    format!("/auth/providers/shop?{RETURN}")
}

async fn platform(provider: &Provider) -> Platform {
    let (id, secret) = CLIENT;
    Platform::start(&[
        ("auth.return_urls", "https://shop.example/back".to_owned()),
        ("egress.allow_private", "true".to_owned()),
        ("auth.providers.shop.issuer", provider.issuer().to_owned()),
        ("auth.providers.shop.client_id", id.to_owned()),
        ("auth.providers.shop.client_secret", secret.to_owned()),
    ])
    .await
}

/// Goes to the provider as somebody who was never here; the browser, and the page that it is sent back to.
async fn go(platform: &Platform, provider: &Provider, name: &str) -> (Browser, String) {
    let email = format!("{name}@example.com");
    let about = json!({ "sub": name, "email": email, "email_verified": true, "name": "Somebody" });
    provider.say(Says { about, ..Says::default() });
    let browser = Browser::at(platform.client());
    let there = location(&browser.open(&start()).await.expect(303));
    let back = back_from(&there).await;
    (browser, back)
}

/// Who has an address: one person, with one identity.
async fn the_one(root: &TestUser, name: &str) -> UserId {
    let found: Page<User> = root.get(&format!("/api/v1/users?search={name}%40")).await.expect(200).json();
    assert_eq!(found.items.len(), 1, "{name}: {:?}", found.items);
    let id = found.items[0].id;
    let path = format!("/api/v1/auth/admin/users/{id}/providers");
    let identities: ProviderIdentityList = root.get(&path).await.expect(200).json();
    assert_eq!(identities.items.len(), 1, "{name}");
    assert_eq!(found.items[0].display_name.as_deref(), Some("Somebody"), "{name}");
    id
}

async fn sessions(root: &TestUser, id: UserId) -> usize {
    let path = format!("/api/v1/auth/admin/users/{id}/sessions");
    root.get(&path).await.expect(200).json::<SessionList>().items.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_from_a_provider_while_the_process_is_killed_is_one_person_with_one_identity() {
    let provider = Provider::start().await;
    let mut platform = platform(&provider).await;
    let root = platform.administrator().await;
    let (browser, back) = go(&platform, &provider, "first").await;
    let (answer, whole) = timed(browser.open(&back)).await;
    answer.expect(303);
    for round in 0..ROUNDS {
        let name = format!("visitor-{round}-");
        let (browser, back) = go(&platform, &provider, &name).await;
        let after = platform.moment(round, ROUNDS, whole);
        // Twice at once, as an impatient browser does.
        let requests = vec![browser.request("GET", &back), browser.request("GET", &back)];
        let before = platform.killed_while(requests, after).await;
        platform.start_again().await;
        let again = futures_util::future::join_all((0..4).map(|_| Answer::of(browser.request("GET", &back)))).await;
        let answers: Vec<_> = before.into_iter().chain(again).collect();
        assert!(answers.iter().all(|answer| [303, 410, 502, 503].contains(&answer.status)), "{name}: {answers:?}");
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 303).map(location).collect();
        assert!(won.len() <= 1, "{name}: {won:?}");
        for to in &won {
            exchange(&platform.client(), to).await;
        }
        // Whatever became of that visit, the next one signs in.
        let done = visit(&Browser::at(platform.client()), &start()).await;
        assert_eq!(done.status, 303, "{name}: {done:?}");
        exchange(&platform.client(), &location(&done)).await;
        let id = the_one(&root, &name).await;
        assert_eq!(sessions(&root, id).await, won.len() + 1, "{name}");
    }
}
