//! `/api/v1/auth/register`

use super::{count, links_to};
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::mailbox::token_in;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

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
async fn the_answer_waits_for_nothing_that_depends_on_whether_the_address_is_taken() {
    let mut orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    orion.settle().await;
    // Who knows which addresses are taken is away: the answers come all the same, and alike.
    orion.stop_service(ServiceName::Users).await;
    let mut seen = Vec::new();
    for email in [ada.email.as_str(), "bob@example.com"] {
        let order = json!({ "email": email, "password": "another long password" });
        seen.push(shape(&orion.anonymous().post(PATH, order).await.expect(201)));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_an_address_again_changes_nothing_and_every_link_works() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let register = async |password: &'static str| {
        client.post(PATH, json!({ "email": "eve@example.com", "password": password })).await.expect(201);
        orion.settle().await;
    };
    let login = |password: &'static str| {
        client.post("/api/v1/auth/login", json!({ "email": "eve@example.com", "password": password }))
    };
    register("the first long password").await;
    register("the second long password").await;
    assert_problem!(login("the second long password").await, 401, "invalid-credentials");
    login("the first long password").await.expect(200);

    let links = links_to(&orion, "eve@example.com").await;
    assert_eq!(links.len(), 2, "each registration has its mail");
    for token in links {
        let order = json!({ "token": token, "password": "the first long password" });
        client.post("/api/v1/auth/verify-email", order).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_each_mail_works_when_an_address_is_registered_often_at_once() {
    let orion = TestPlatform::start().await;
    let registering = (0..4).map(|_| {
        let client = orion.anonymous();
        tokio::spawn(
            async move { client.post(PATH, json!({ "email": "zoe@example.com", "password": PASSWORD })).await },
        )
    });
    for call in registering.collect::<Vec<_>>() {
        call.await.unwrap().expect(201);
    }
    orion.settle().await;
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1);
    let links = links_to(&orion, "zoe@example.com").await;
    assert_eq!(links.len(), 4);
    for token in links {
        let order = json!({ "token": token, "password": PASSWORD });
        orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_registers_so_many_addresses_a_minute() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 3).start().await;
    let client = orion.anonymous();
    for number in 0..3 {
        let order = json!({ "email": format!("user-{number}@example.com"), "password": PASSWORD });
        client.post(PATH, order).await.expect(201);
    }
    let order = json!({ "email": "user-4@example.com", "password": PASSWORD });
    let refused = assert_problem!(client.post(PATH, &order).await, 429, "rate-limited");
    assert!(refused.header("retry-after").is_some());
    orion.settle().await;
    orion.advance(Duration::from_secs(61)).await;
    client.post(PATH, order).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_for_their_place_shuts_no_address() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 2).start().await;
    let register = async |from: &str, email: &str| {
        let auth = Client::new(orion.service_url(ServiceName::Auth));
        let order = json!({ "email": email, "password": PASSWORD });
        Answer::of(auth.request("POST", PATH).header("x-forwarded-for", from).json(&order)).await
    };
    for number in 0..2 {
        register("198.51.100.7", &format!("user-{number}@example.com")).await.expect(201);
    }
    for _ in 0..12 {
        register("198.51.100.7", "owner@example.com").await.expect(429);
    }
    register("203.0.113.9", "owner@example.com").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_outlasts_a_users_service_that_is_away() {
    let mut orion = TestPlatform::start().await;
    orion.stop_service(ServiceName::Users).await;
    orion.anonymous().post(PATH, json!({ "email": "eve@example.com", "password": PASSWORD })).await.expect(201);
    for _ in 0..60 {
        orion.advance(Duration::from_secs(2)).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    orion.restart().await;
    orion.advance(Duration::from_secs(1200)).await;
    orion.mailbox.verification_token("eve@example.com").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_registered_so_often_an_hour_whether_or_not_it_is_taken() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    orion.user("ada").await;
    let mut refused = Vec::new();
    for email in ["ada@example.com", "new@example.com"] {
        let mut answers = Vec::new();
        for _ in 0..12 {
            answers.push(client.post(PATH, json!({ "email": email, "password": PASSWORD })).await);
        }
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!((statuses[8], statuses[11]), (201, 429), "{email}: {statuses:?}");
        let answer = answers.pop().unwrap();
        let told = answer.value();
        let (request, wait) = (told["request_id"].to_string(), told["retry_after"].as_u64().unwrap());
        // The hour began with the first, some moments ago.
        assert!((3500..=3601).contains(&wait), "{answer:?}");
        refused.push((shape(&answer).2, answer.text.replace(&request, "").replace(&wait.to_string(), "")));
    }
    assert_eq!(refused[0], refused[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_whose_user_a_restored_database_has_forgotten_can_be_registered_again() {
    let orion = TestPlatform::start().await;
    let forgotten = orion.user("ada").await;
    orion.settle().await;
    let users = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    users.execute_unprepared("DELETE FROM user_roles").await.unwrap();
    users.execute_unprepared("DELETE FROM users").await.unwrap();
    users.commit().await.unwrap();

    let client = orion.anonymous();
    let order = json!({ "email": forgotten.email, "password": "another long password" });
    client.post(PATH, order).await.expect(201);
    orion.settle().await;
    let mails = orion.mailbox.to(&forgotten.email).await;
    let token = mails.last().and_then(|mail| token_in(mail)).unwrap();
    let verify = json!({ "token": token, "password": "another long password" });
    client.post("/api/v1/auth/verify-email", verify).await.expect(204);
    let again = TestUser::sign_in(&client, &forgotten.email, "another long password").await;
    again.get("/api/v1/users/me").await.expect(200);
    assert_eq!(forgotten.get("/api/v1/users/me").await.status, 401);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tagged_addresses_fill_no_mailbox_and_shut_no_address() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 0).start().await;
    let client = orion.anonymous();
    let register = async |email: &str| client.post(PATH, json!({ "email": email, "password": PASSWORD })).await;
    for number in 0..50 {
        register(&format!("ada+{number}@example.com")).await.expect(201);
    }
    assert_problem!(register("ada+50@example.com").await, 429, "rate-limited");
    register("ada@example.com").await.expect(201);
    register("eve+50@example.com").await.expect(201);
    // Strangers elsewhere take nothing from the owner of the mailbox, unless they are many.
    let owner = Client::new(orion.service_url(ServiceName::Auth)).from("203.0.113.9");
    let register_at_home = async |email: &str| owner.post(PATH, json!({ "email": email, "password": PASSWORD })).await;
    register_at_home("ada+50@example.com").await.expect(201);
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let many = "UPDATE rate_limits SET count = 500 WHERE key_type = 'registration_mailbox' AND count = 51";
    let raised = txn.execute_raw(statement(txn.connection(), many, [])).await.unwrap().rows_affected();
    txn.commit().await.unwrap();
    assert_eq!(raised, 1, "all networks together");
    assert_problem!(register_at_home("ada+51@example.com").await, 429, "rate-limited");
    register_at_home("ada@example.com").await.expect(201);
    orion.settle().await;
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
async fn the_same_idempotency_key_registers_once_also_at_once() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let send = |email: &str, password: &str| {
        let order = json!({ "email": email, "password": password });
        Answer::of(client.request("POST", PATH).header("idempotency-key", "key-1").json(&order))
    };
    let calls: Vec<_> = (0..4).map(|_| tokio::spawn(send("kay@example.com", PASSWORD))).collect();
    let mut texts = Vec::new();
    for call in calls {
        texts.push(call.await.unwrap().expect(201).text);
    }
    texts.push(send("kay@example.com", PASSWORD).await.expect(201).text);
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
    orion.settle().await;
    let links = links_to(&orion, "kay@example.com").await;
    assert_eq!(links.len(), 1, "one mail");
    let order = json!({ "token": links[0], "password": PASSWORD });
    client.post("/api/v1/auth/verify-email", order).await.expect(204);

    assert_problem!(send("kay@example.com", "another long password").await, 422, "idempotency-key-reused");
    // Nobody is in the way of others by a key that they may choose as well.
    send("zoe@example.com", PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_the_same_on_every_keyboard() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    // Composed, and as some systems type it: with combining accents, and the space of a Japanese keyboard.
    let (composed, decomposed) =
        ("très élégant caféteria", "tre\u{300}s\u{3000}e\u{301}le\u{301}gant cafe\u{301}teria");
    client.post(PATH, json!({ "email": "zoe@example.com", "password": decomposed })).await.expect(201);
    orion.settle().await;
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
        orion.settle().await;
        let login = json!({ "email": email.to_uppercase(), "password": PASSWORD });
        client.post("/api/v1/auth/login", login).await.expect(200);
    }
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM account_identifiers", []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_hide_characters_and_locales_that_are_none_are_refused_by_field() {
    let orion = TestPlatform::start().await;
    for (field, value) in [
        ("display_name", "Ada \u{202e}moc.live"),
        ("display_name", "evil.\u{200b}com"),
        ("display_name", "Ada\u{2066}"),
        ("display_name", "\u{feff}Ada"),
        ("display_name", "   "),
        ("locale", "not_one"),
    ] {
        let mut order = json!({ "email": "ada@example.com", "password": PASSWORD });
        order[field] = json!(value);
        let answer = assert_problem!(orion.anonymous().post(PATH, order).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field], "{value:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_local_part_is_told_as_what_it_is() {
    let orion = TestPlatform::start().await;
    let order = json!({ "email": format!("{}@example.com", "a".repeat(65)), "password": PASSWORD });
    let answer = assert_problem!(orion.anonymous().post(PATH, order).await, 422, "validation");
    assert!(answer.text.contains("64 bytes before the @"), "{}", answer.text);
    assert_eq!(answer.problem_codes(), ["too_long"]);
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
