//! `/api/v1/auth/admin/throttles`

use super::count;
use super::flows::{Flow, begin};
use super::two_factor::enrol;
use orion_contracts::auth::Throttle;
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Backend, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";
const RESET: &str = "/api/v1/auth/password/reset";
const LIST: &str = "/api/v1/auth/admin/throttles";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_sees_what_delays_and_lifts_it_without_seeing_its_key() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let list = async || root.get(LIST).await.expect(200).json::<Page<Throttle>>().items;
    assert!(list().await.is_empty());
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    assert_problem!(orion.anonymous().post(LOGIN, &wrong).await, 429, "rate-limited");

    let found = list().await;
    assert_eq!((found.len(), found[0].policy.as_str(), found[0].user_id), (1, "login", Some(ada.id)));
    let path = format!("{LIST}/{}", found[0].id);
    assert_problem!(ada.delete(&path).await, 403, "permission-denied");
    root.delete(&path).await.expect(204);
    assert!(list().await.is_empty());
    orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    assert_problem!(root.delete(&path).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lifting_what_delays_an_owner_where_they_are_known_gives_strangers_no_more_guesses() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let thief = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    thief.post(LOGIN, &wrong).await.expect(401);
    let elsewhere = "SELECT COUNT(*) AS n FROM rate_limits WHERE key LIKE 'login:%:elsewhere'";
    assert_eq!(count(&orion, elsewhere, []).await, 1);
    // Where she has signed in before.
    orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    assert_problem!(orion.anonymous().post(LOGIN, &wrong).await, 429, "rate-limited");
    let newest = listed(root).await.swap_remove(0);
    root.delete(&format!("{LIST}/{}", newest.id)).await.expect(204);
    orion.anonymous().post(LOGIN, json!({ "email": ada.email, "password": PASSWORD })).await.expect(200);
    assert_eq!(count(&orion, elsewhere, []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_counted_in_all_networks_together_is_lifted_as_well() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let thief = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    thief.post(LOGIN, &wrong).await.expect(401);
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let many = "UPDATE rate_limits SET count = 100 WHERE key LIKE 'login:%:elsewhere'";
    let many = txn.connection().execute_raw(statement(txn.connection(), many, [])).await.unwrap();
    assert_eq!(many.rows_affected(), 1);
    txn.commit().await.unwrap();
    // The first failure there delays already, for a quarter of an hour.
    thief.post(LOGIN, &wrong).await.expect(401);
    assert_problem!(thief.post(LOGIN, &wrong).await, 429, "rate-limited");
    let found = root.get(LIST).await.expect(200).json::<Page<Throttle>>().items;
    root.delete(&format!("{LIST}/{}", found[0].id)).await.expect(204);
    for _ in 0..3 {
        thief.post(LOGIN, &wrong).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_delays_one_account_is_listed_apart_from_what_delays_others() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let root = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    for email in [&ada.email, &bob.email] {
        let wrong = json!({ "email": email, "password": "a wrong password" });
        orion.anonymous().post(LOGIN, &wrong).await.expect(401);
    }
    assert_eq!(listed(root).await.len(), 2);
    let of = async |id| root.get(&format!("{LIST}?user_id={id}")).await.expect(200).json::<Page<Throttle>>().items;
    for user in [&ada, &bob] {
        let found = of(user.id).await;
        assert_eq!(found.iter().map(|one| one.user_id).collect::<Vec<_>>(), [Some(user.id)]);
    }
    assert!(of(root.id).await.is_empty());
    let wrong = root.get(&format!("{LIST}?user_id=x")).await;
    assert!(matches!(wrong.status, 400 | 422), "{wrong:?}");
}

async fn register(client: &Client, email: &str) -> Answer {
    client.post(REGISTER, json!({ "email": email, "password": PASSWORD })).await
}

async fn ask(client: &Client, email: &str) -> Answer {
    client.post(RESET, json!({ "email": email })).await
}

async fn listed(root: &TestUser) -> Vec<Throttle> {
    root.get(LIST).await.expect(200).json::<Page<Throttle>>().items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_that_are_used_up_are_listed_with_whose_they_are_and_lifted() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    for _ in 0..9 {
        ask(&client, &ada.email).await.expect(202);
    }
    assert!(listed(root).await.is_empty(), "the next one passes");
    ask(&client, &ada.email).await.expect(202);
    for _ in 0..10 {
        ask(&client, "nobody@example.com").await.expect(202);
        register(&client, "new@example.com").await.expect(201);
    }
    let found: Vec<_> =
        listed(root).await.into_iter().map(|one| (one.policy, one.user_id, one.failures, one.id)).collect();
    let told: Vec<_> =
        found.iter().map(|(policy, whose, count, _)| (policy.as_str(), *whose == Some(ada.id), *count)).collect();
    let expected = [("registration_address", false, 10), ("reset_address", false, 10), ("reset_address", true, 10)];
    assert_eq!(found[1].1, None, "nobody has the address");
    assert_eq!(told, expected);

    assert_problem!(ask(&client, &ada.email).await, 429, "rate-limited");
    assert_problem!(register(&client, "new@example.com").await, 429, "rate-limited");
    for (.., id) in found {
        root.delete(&format!("{LIST}/{id}")).await.expect(204);
    }
    assert!(listed(root).await.is_empty());
    ask(&client, &ada.email).await.expect(202);
    register(&client, "new@example.com").await.expect(201);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_outlast_a_restart() {
    let mut orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 12).start().await;
    for _ in 0..10 {
        register(&orion.anonymous(), "new@example.com").await.expect(201);
        ask(&orion.anonymous(), "nobody@example.com").await.expect(202);
    }
    for number in 0..2 {
        register(&orion.anonymous(), &format!("number-{number}@example.com")).await.expect(201);
    }
    orion.settle().await;
    orion.restart().await;
    let client = orion.anonymous();
    let address = assert_problem!(ask(&client, "nobody@example.com").await, 429, "rate-limited");
    assert!(address.header("retry-after").unwrap().parse::<u64>().unwrap() > 1700, "{address:?}");
    // Refused for the place, which has tried twelve.
    assert_problem!(register(&client, "other@example.com").await, 429, "rate-limited");
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_at_once_exactly_as_many_pass_as_may() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 20).start().await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let passed = |answers: Vec<Answer>| {
        assert!(answers.iter().all(|answer| [201, 202, 429].contains(&answer.status)), "{answers:?}");
        answers.iter().filter(|answer| answer.status != 429).count()
    };
    // The second time rows are there, and over.
    for _ in 0..2 {
        let (client, of_one) = (auth.from("192.0.2.1"), auth.from("198.51.100.1"));
        let by_place = (0..100).map(|number| {
            let client = client.clone();
            async move { ask(&client, &format!("nobody-{number}@example.com")).await }
        });
        assert_eq!(passed(futures_util::future::join_all(by_place).await), 30, "of one place");
        // Each from another place of one network.
        let by_address = (0..100).map(|number| {
            let client = auth.from(&format!("203.0.113.{number}"));
            async move { ask(&client, "nobody@example.com").await }
        });
        assert_eq!(passed(futures_util::future::join_all(by_address).await), 10, "of one address");
        let registered = (0..100).map(|_| register(&of_one, "new@example.com"));
        assert_eq!(passed(futures_util::future::join_all(registered).await), 10, "registrations of one address");
        orion.settle().await;
        orion.advance(Duration::from_secs(3601)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_elsewhere_use_up_nothing_of_the_owners() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let (stranger, owner) = (auth.from("198.51.100.7"), auth.from("203.0.113.9"));
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for _ in 0..10 {
            ask(&stranger, email).await.expect(202);
            register(&stranger, email).await.expect(201);
        }
        for client in [&stranger, &auth.from("198.51.100.8")] {
            assert_problem!(ask(client, email).await, 429, "rate-limited");
            assert_problem!(register(client, email).await, 429, "rate-limited");
        }
        ask(&owner, email).await.expect(202);
        register(&owner, email).await.expect(201);
        orion.advance(Duration::from_secs(61)).await;
    }
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_or_repeated_uses_nothing_up() {
    let orion = TestPlatform::builder().set("auth.registrations_per_address_per_minute", 0).start().await;
    let root = orion.administrator().await;
    let client = orion.anonymous();
    for number in 0..50 {
        register(&client, &format!("ada+{number}@example.com")).await.expect(201);
    }
    // Refused for the mailbox, and more often than one address may be registered.
    for _ in 0..12 {
        assert_problem!(register(&client, "ada+50@example.com").await, 429, "rate-limited");
    }
    let found = listed(root).await;
    assert_eq!((found.len(), found[0].policy.as_str()), (1, "registration_mailbox"));
    root.delete(&format!("{LIST}/{}", found[0].id)).await.expect(204);
    register(&client, "ada+50@example.com").await.expect(201);

    let order = json!({ "email": "eve@example.com", "password": PASSWORD });
    let send = || Answer::of(client.request("POST", REGISTER).header("idempotency-key", "key-1").json(&order));
    for answer in futures_util::future::join_all((0..8).map(|_| send())).await {
        answer.expect(201);
    }
    for _ in 0..12 {
        send().await.expect(201);
    }
    orion.settle().await;
    for _ in 0..9 {
        register(&client, "eve@example.com").await.expect(201);
    }
    assert_problem!(register(&client, "eve@example.com").await, 429, "rate-limited");
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opened_link_gives_its_owner_further_ones() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    for _ in 0..10 {
        ask(&client, &ada.email).await.expect(202);
    }
    assert_problem!(ask(&client, &ada.email).await, 429, "rate-limited");
    let token = eventually("the mail", async || orion.mailbox.reset_tokens(&ada.email).await.pop()).await;
    let chosen = json!({ "token": token, "new_password": "a wholly different passphrase" });
    client.post("/api/v1/auth/password/reset/confirm", chosen).await.expect(204);
    ask(&client, &ada.email).await.expect(202);
    orion.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_clock_that_was_ahead_has_counted_holds_nobody_up() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    for _ in 0..10 {
        ask(&client, "nobody@example.com").await.expect(202);
    }
    let auth = orion.infra(ServiceName::Auth);
    let ahead = auth.clock.now() + chrono::Duration::days(300);
    let txn = auth.db.begin().await.unwrap();
    let set = "UPDATE rate_limits SET blocked_until = $1, reset_at = $1";
    txn.execute_raw(statement(txn.connection(), set, [ahead.into()])).await.unwrap();
    txn.commit().await.unwrap();
    for _ in 0..10 {
        ask(&client, "nobody@example.com").await.expect(202);
    }
    assert_problem!(ask(&client, "nobody@example.com").await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_that_ran_out_leave_no_rows() {
    let orion = TestPlatform::start().await;
    for number in 0..5 {
        register(&orion.anonymous(), &format!("number-{number}@example.com")).await.expect(201);
    }
    orion.settle().await;
    let rows = async || count(&orion, "SELECT COUNT(*) AS n FROM rate_limits", []).await;
    assert_eq!(rows().await, 6, "one for each address, and one for the place");
    // Rows go by the server's time, which no test moves.
    if orion.backend() == Backend::Embedded {
        orion.advance(Duration::from_secs(2 * 3600)).await;
        let is_cut = async || {
            // Old rows are looked for every ten minutes.
            orion.advance(Duration::from_secs(620)).await;
            (rows().await == 0).then_some(())
        };
        eventually("no row", is_cut).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_clears_what_is_held_against_the_password_of_before_and_nothing_of_codes() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let change = json!({ "current_password": "a wrong password", "new_password": "a wholly different passphrase" });
    ada.post("/api/v1/auth/password", change).await.expect(422);
    let begun = ada.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &begun);
    flow.step("password", json!({ "password": "a wrong password" })).await.expect(422);
    begin(&orion, &ada.email).await.step("totp", json!({ "code": "00000a" })).await.expect(422);
    let held = async |policy: &str| {
        let held = "SELECT COUNT(*) AS n FROM rate_limits WHERE key_type = $1 AND user_id = $2";
        count(&orion, held, [policy.into(), ada.id.0.into()]).await
    };
    for policy in ["password_change", "flow_password", "code"] {
        assert!(held(policy).await > 0, "{policy}");
    }
    let client = orion.anonymous();
    client.post("/api/v1/auth/password/reset", json!({ "email": ada.email })).await.expect(202);
    let token = eventually("the link", || async { orion.mailbox.reset_tokens(&ada.email).await.pop() }).await;
    let order = json!({ "token": token, "new_password": "a wholly different passphrase" });
    client.post("/api/v1/auth/password/reset/confirm", order).await.expect(204);
    assert_eq!((held("password_change").await, held("flow_password").await), (0, 0));
    assert!(held("code").await > 0, "whoever reads mails has no second factor by that");
}
