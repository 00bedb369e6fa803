//! `/api/v1/auth/register`

use super::count;
use orion_testkit::mailbox::token_in;
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use serde_json::json;

const PATH: &str = "/api/v1/auth/register";

/// What an answer tells, without what differs between any two answers.
fn shape(answer: &Answer) -> (u16, String, Vec<String>) {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (answer.status, answer.text.clone(), names)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_address_is_answered_like_a_new_one_and_its_owner_gets_a_mail() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let ada = orion.user("ada").await;
    let taken = client.post(PATH, json!({ "email": ada.email, "password": "another long password" })).await;
    let new = client.post(PATH, json!({ "email": "bob@example.com", "password": "another long password" })).await;
    assert_eq!(shape(&taken), shape(&new));
    assert_eq!(taken.status, 201);

    orion.settle().await;
    let mails = orion.mailbox.to(&ada.email).await;
    assert!(mails.iter().any(|mail| token_in(mail).is_none()), "one without a link: {mails:?}");
    let login = json!({ "email": ada.email, "password": "another long password" });
    assert_problem!(client.post("/api/v1/auth/login", login).await, 401, "invalid-credentials");
    let login = json!({ "email": ada.email, "password": PASSWORD });
    client.post("/api/v1/auth/login", login).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_a_pending_address_again_replaces_the_password_and_voids_older_links() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let register =
        |password: &'static str| client.post(PATH, json!({ "email": "eve@example.com", "password": password }));
    register("the first long password").await.expect(201);
    let first = orion.mailbox.verification_token("eve@example.com").await;
    register("the second long password").await.expect(201);
    orion.settle().await;
    let mails = orion.mailbox.to("eve@example.com").await;
    let second = mails.iter().filter_map(|mail| token_in(mail)).find(|token| *token != first).expect("a second link");

    let verify = |token: String| client.post("/api/v1/auth/verify-email", json!({ "token": token }));
    assert_problem!(verify(first).await, 422, "validation");
    verify(second).await.expect(204);
    let login = |password: &'static str| {
        client.post("/api/v1/auth/login", json!({ "email": "eve@example.com", "password": password }))
    };
    assert_problem!(login("the first long password").await, 401, "invalid-credentials");
    login("the second long password").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weak_passwords_are_refused_by_field() {
    let orion = TestPlatform::start().await;
    for password in ["short", "fourteen chars", "passwordpassword", "ada.lovelace@example.com", "aaaaaaaaaaaaaaaaaaaa"]
    {
        let order = json!({ "email": "Ada.Lovelace@example.com", "password": password });
        let answer = assert_problem!(orion.anonymous().post(PATH, order).await, 422, "validation");
        assert_eq!(answer.problem_fields(), ["password"], "{password}");
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_idempotency_key_registers_once() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let send = |password: &str| {
        let order = json!({ "email": "kay@example.com", "password": password });
        Answer::of(client.request("POST", PATH).header("idempotency-key", "key-1").json(&order))
    };
    let first = send(PASSWORD).await.expect(201);
    let again = send(PASSWORD).await.expect(201);
    assert_eq!(first.text, again.text);
    let made = "SELECT COUNT(*) AS n FROM auth_tokens WHERE type = 'email_verification'";
    assert_eq!(count(&orion, made, []).await, 1, "one link was made");
    assert_problem!(send("another long password").await, 422, "idempotency-key-reused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_registered_often_at_once_is_one_account() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(
                async move { client.post(PATH, json!({ "email": "zoe@example.com", "password": PASSWORD })).await },
            )
        })
        .collect();
    for call in calls {
        call.await.unwrap().expect(201);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
    let active = "SELECT COUNT(*) AS n FROM auth_tokens WHERE type = 'email_verification' AND status = 'active'";
    assert_eq!(count(&orion, active, []).await, 1, "one link counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_the_same_on_every_keyboard() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    // Composed, and as some systems type it: with combining accents, and the space of a Japanese keyboard.
    let (composed, decomposed) =
        ("très élégant caféteria", "tre\u{300}s\u{3000}e\u{301}le\u{301}gant cafe\u{301}teria");
    client.post(PATH, json!({ "email": "zoe@example.com", "password": decomposed })).await.expect(201);
    for password in [composed, decomposed] {
        client
            .post("/api/v1/auth/login", json!({ "email": "zoe@example.com", "password": password }))
            .await
            .expect(200);
    }
    let wide = composed.replace('t', "\u{ff54}");
    let login = json!({ "email": "zoe@example.com", "password": wide });
    assert_problem!(client.post("/api/v1/auth/login", login).await, 401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_with_characters_that_none_may_have_is_refused_by_field() {
    let orion = TestPlatform::start().await;
    for password in ["", "correct\0 horse battery", "correct horse\n battery", "correct horse battery \u{378}"] {
        let order = json!({ "email": "zoe@example.com", "password": password });
        let answer = assert_problem!(orion.anonymous().post(PATH, order).await, 422, "validation");
        assert_eq!(answer.problem_fields(), ["password"], "{password:?}");
        assert!(!answer.text.contains("horse"), "the password is not repeated: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spellings_of_one_address_are_one_account() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    for email in ["Ren\u{e9}@B\u{fc}cher.example", " rene\u{301}@xn--bcher-kva.EXAMPLE"] {
        client.post(PATH, json!({ "email": email, "password": PASSWORD })).await.expect(201);
        let login = json!({ "email": email.to_uppercase(), "password": PASSWORD });
        client.post("/api/v1/auth/login", login).await.expect(200);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM account_identifiers", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_address_is_refused_by_field() {
    let orion = TestPlatform::start().await;
    for email in ["ada", "ada@", "a@b@c.com", "a\u{202e}b@example.com", "a b@example.com", "ada@-example.com"] {
        for path in [PATH, "/api/v1/auth/login"] {
            let order = json!({ "email": email, "password": PASSWORD });
            let answer = assert_problem!(orion.anonymous().post(path, order).await, 422, "validation");
            assert_eq!(answer.problem_fields(), ["email"], "{path} {email:?}");
        }
    }
}
