//! Somebody is invited: user and token at users, the link at auth, the mail at notifications. Each is its own change.

use super::{Platform, timed};
use orion_contracts::Page;
use orion_contracts::users::User;
use orion_testkit::mailbox::token_in;
use orion_testkit::{Answer, PASSWORD, TestUser};
use serde_json::json;

const ROUNDS: u32 = 8;

fn invite(root: &TestUser, name: &str) -> reqwest::RequestBuilder {
    let request = root.request("POST", "/api/v1/users").header("idempotency-key", name);
    request.json(&json!({ "email": format!("{name}@example.com"), "roles": ["moderator"] }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_while_the_process_is_killed_is_one_person_whose_link_works() {
    let mut platform = Platform::start(&[]).await;
    let root = platform.administrator().await;
    // As long as the way of the mail takes, too.
    let mail = async {
        Answer::of(invite(&root, "first")).await.expect(201);
        platform.mail.verification_token("first@example.com").await
    };
    let (_, whole) = timed(mail).await;
    let mut invited = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("guest-{round}-x");
        let after = platform.moment(round, ROUNDS, whole);
        platform.killed_while(vec![invite(&root, &name)], after).await;
        platform.start_again().await;
        let root = TestUser::sign_in(&platform.client(), &root.email, PASSWORD).await;
        // Whoever heard no answer asks again, by the same key.
        Answer::of(invite(&root, &name)).await.expect(201);
        invited.push(name);
    }
    // A mail that was being sent waits for the lease of its killed process to run out: all of them at once, so the test waits once.
    let root = TestUser::sign_in(&platform.client(), &root.email, PASSWORD).await;
    for name in invited {
        let email = format!("{name}@example.com");
        let token = platform.mailed(&email, token_in).await;
        let found: Page<User> = root.get(&format!("/api/v1/users?search={email}")).await.expect(200).json();
        assert_eq!(found.items.len(), 1, "{name}: {:?}", found.items);
        let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
        platform.client().post("/api/v1/auth/verify-email", order).await.expect(204);
        let guest = TestUser::sign_in(&platform.client(), &email, PASSWORD).await;
        let own: User = guest.get("/api/v1/users/me").await.expect(200).json();
        assert_eq!(own.roles, ["moderator", "user"], "{name}");
    }
}
