//! Mails with a link by which a password is chosen anew.

use orion_testkit::mailbox::reset_token_in;
use orion_testkit::{PASSWORD, TestPlatform, TestUser};
use serde_json::json;

const RESET: &str = "/api/v1/auth/password/reset";

/// The mails with a link to an address, once all have arrived.
async fn links(orion: &TestPlatform, email: &str) -> Vec<String> {
    orion.settle().await;
    orion.mailbox.to(email).await.into_iter().filter(|mail| reset_token_in(mail).is_some()).collect()
}

async fn order(orion: &TestPlatform, user: &TestUser) {
    let root = orion.administrator().await;
    let root = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    let order = json!({ "reason": "Seen in a leak", "end_sessions": false });
    root.post(&format!("/api/v1/auth/admin/users/{}/password-reset", user.id), order).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_says_who_wanted_it_what_follows_and_how_long_it_lasts() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    orion.anonymous().post(RESET, json!({ "email": ada.email })).await.expect(202);
    let asked = links(&orion, &ada.email).await.remove(0);
    for words in ["somebody, hopefully you, asked", "for 30 minutes", "nothing has been changed"] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    order(&orion, &ada).await;
    let ordered = links(&orion, &ada.email).await.remove(1);
    for words in ["an administrator of ORION has ordered", "for 30 minutes", "the next time you sign in with the old"] {
        assert!(ordered.contains(words), "{words}: {ordered}");
    }
    assert!(!ordered.contains("hopefully you") && !ordered.contains("ignore this"), "{ordered}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_links_keeps_no_ordered_one_from_arriving() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    for _ in 0..6 {
        orion.anonymous().post(RESET, json!({ "email": ada.email })).await.expect(202);
    }
    assert_eq!(links(&orion, &ada.email).await.len(), 5, "more are a mail bomb");
    order(&orion, &ada).await;
    let ordered = links(&orion, &ada.email).await.into_iter().filter(|mail| mail.contains("has ordered")).count();
    assert_eq!(ordered, 1);
}
