//! What a provider tells of itself: asked for once, however many come.

use super::visit;
use super::{START, platform};
use crate::auth::count;
use crate::auth::pages::Browser;
use orion_testkit::provider::{Discovery, Provider, Says};
use orion_testkit::{TestPlatform, eventually};
use serde_json::json;
use std::time::Duration;

/// A browser that begins a visit of its own, on a task of its own.
fn visitor(orion: &TestPlatform) -> tokio::task::JoinHandle<u16> {
    let browser = Browser::new(orion);
    tokio::spawn(async move { browser.open(START).await.status })
}

async fn statuses(visitors: Vec<tokio::task::JoinHandle<u16>>) -> Vec<u16> {
    futures_util::future::join_all(visitors).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_that_comes_while_nothing_is_known_of_a_provider_one_asks_and_all_are_answered() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    for (number, (told, status)) in [(Discovery::Failing, 503), (Discovery::Told, 303)].into_iter().enumerate() {
        provider.tell(Discovery::Held);
        let crowd: Vec<_> = (0..20).map(|_| visitor(&orion)).collect();
        eventually("one to ask", async || (provider.discoveries() > number).then_some(())).await;
        // Nobody tells that they wait: they have this long to ask as well.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(provider.discoveries(), number + 1);
        provider.tell(told);
        assert_eq!(statuses(crowd).await, [status; 20]);
        assert_eq!(provider.discoveries(), number + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_asks_a_provider_again_the_others_go_by_what_it_told_last() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    assert_eq!(visitor(&orion).await.unwrap(), 303);
    orion.advance(Duration::from_secs(3700)).await;
    provider.tell(Discovery::Held);
    let first = visitor(&orion);
    eventually("it to ask", async || (provider.discoveries() == 2).then_some(())).await;
    assert_eq!(statuses((0..20).map(|_| visitor(&orion)).collect()).await, [303; 20]);
    assert!(!first.is_finished(), "they have not waited for it");
    provider.tell(Discovery::Told);
    assert_eq!(first.await.unwrap(), 303);
    assert_eq!(statuses(vec![visitor(&orion)]).await, [303]);
    assert_eq!(provider.discoveries(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_is_the_same_with_and_without_a_slash_at_its_end() {
    let provider = Provider::start().await;
    let at = provider.issuer();
    let orion = TestPlatform::builder().file(provider.section("shop", &format!("issuer = \"{at}/\""))).start().await;
    for said in [at.to_owned(), format!("{at}/")] {
        let claims = json!({ "iss": said });
        provider.say(Says { claims, iss: Some(said), ..Says::default() });
        visit(&Browser::new(&orion), START).await.expect(303);
        assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM oauth_providers", []).await, 1);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_tells_garbage_is_taken_by_what_it_told_last() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    assert_eq!(visitor(&orion).await.unwrap(), 303);
    orion.advance(Duration::from_secs(3700)).await;
    provider.tell(Discovery::Garbage);
    assert_eq!(visitor(&orion).await.unwrap(), 303);
    assert_eq!(provider.discoveries(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_changes_under_its_id_or_without_one_is_asked_for_again_once_a_minute() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    for header in [json!({}), json!({ "kid": null })] {
        provider.say(Says { header: header.clone(), ..Says::default() });
        visit(&Browser::new(&orion), START).await.expect(303);
        provider.change_key();
        let asked = provider.discoveries();
        visit(&Browser::new(&orion), START).await.expect(400);
        assert_eq!(provider.discoveries(), asked, "{header}: it was asked a moment ago");
        orion.advance(Duration::from_secs(61)).await;
        visit(&Browser::new(&orion), START).await.expect(303);
        assert_eq!(provider.discoveries(), asked + 1, "{header}");
    }
    orion.advance(Duration::from_secs(61)).await;
    let asked = provider.discoveries();
    provider.say(Says { forged: true, ..Says::default() });
    for _ in 0..3 {
        visit(&Browser::new(&orion), START).await.expect(400);
        assert_eq!(provider.discoveries(), asked + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_other_types_and_uses_under_its_id_do_not_stand_before_the_one_that_signs() {
    let encrypts = json!({ "use": "enc", "alg": "ECDH-ES" });
    let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RSA-OAEP", "use": "enc" });
    let odd = json!({ "kty": "OKP", "crv": "X448" });
    // Whether what the other key has signed is taken.
    for (more, other_signs) in [
        (vec![encrypts.clone()], 400),
        (vec![json!({ "crv": "P-384", "alg": "ES384" })], 400),
        (vec![json!({ "alg": "ES384" })], 400),
        (vec![rsa.clone(), odd, encrypts.clone()], 400),
        // Two that sign, in a change from the one to the other.
        (vec![rsa, encrypts, json!({ "alg": null, "use": null })], 303),
    ] {
        let provider = Provider::start().await;
        provider.tell_more_keys(&more);
        let orion = platform(&provider).await;
        for header in [json!({}), json!({ "kid": null })] {
            for (forged, status) in [(false, 303), (true, other_signs)] {
                provider.say(Says { header: header.clone(), forged, ..Says::default() });
                let page = visit(&Browser::new(&orion), START).await;
                assert_eq!(page.status, status, "{more:?}, {header}, {forged}: {}", page.text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_is_asked_again_once_a_minute_whatever_the_reason() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let wait = async |seconds| {
        orion.advance(Duration::from_secs(seconds)).await;
        provider.advance(Duration::from_secs(seconds));
    };
    let come = async |status: u16| assert_eq!(visit(&Browser::new(&orion), START).await.status, status);
    come(303).await;
    let forged = Says { forged: true, ..Says::default() };
    for away in [Discovery::Failing, Discovery::Garbage] {
        // What it told is good for long yet: an unknown key alone asks.
        provider.tell(away);
        provider.say(forged.clone());
        wait(61).await;
        for minute in [1, 2] {
            let asked = provider.discoveries();
            come(if away == Discovery::Failing { 503 } else { 400 }).await;
            come(400).await;
            come(400).await;
            assert_eq!(provider.discoveries(), asked + 1, "minute {minute}");
            wait(61).await;
        }
        // It is old: whoever comes asks, and an unknown key does not ask again.
        wait(3700).await;
        for minute in [1, 2] {
            let asked = provider.discoveries();
            come(400).await;
            come(400).await;
            provider.say(Says::default());
            come(303).await;
            assert_eq!(provider.discoveries(), asked + 1, "old, minute {minute}");
            provider.say(forged.clone());
            wait(61).await;
        }
        provider.change_key();
        provider.tell(Discovery::Told);
        provider.say(Says::default());
        come(303).await;
    }
}
