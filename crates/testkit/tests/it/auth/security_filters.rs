//! `/api/v1/auth/admin/security-events` and `/login-attempts`: whose accounts they are, and what they are narrowed by.

use super::two_factor::enrol;
use orion_contracts::auth::{LoginAttempt, LoginFailure, SecurityEvent, Throttle};
use orion_contracts::bus::BusMessage;
use orion_contracts::{Author, Page, ServiceName};
use orion_infra::Change;
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;

const EVENTS: &str = "/api/v1/auth/admin/security-events";
const ATTEMPTS: &str = "/api/v1/auth/admin/login-attempts";
const THROTTLES: &str = "/api/v1/auth/admin/throttles";

async fn events(caller: &Client, query: &str) -> Vec<SecurityEvent> {
    caller.get(&format!("{EVENTS}?{query}")).await.expect(200).json::<Page<SecurityEvent>>().items
}

async fn attempts(caller: &Client, query: &str) -> Vec<LoginAttempt> {
    caller.get(&format!("{ATTEMPTS}?{query}")).await.expect(200).json::<Page<LoginAttempt>>().items
}

/// Tries to sign in at auth itself, which takes an address from whoever calls it as the gateway does.
async fn try_from(orion: &TestPlatform, place: &str, email: &str, password: &str) {
    let auth = Client::new(orion.service_url(ServiceName::Auth)).from(place);
    auth.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await;
}

/// Somebody who sees what happened to accounts, and may not see users.
async fn without_users(orion: &TestPlatform) -> TestUser {
    let eve = orion.user("eve").with_role("moderator").await;
    let take = "DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM roles WHERE name = 'moderator') \
                AND permission_id IN (SELECT id FROM permissions WHERE name = 'users.read')";
    let raise = "UPDATE role_catalogue SET version = version + 1 WHERE id = 1 RETURNING version AS n";
    let change = async |change: &mut Change| {
        change.unaudited("a role that means less in this test");
        assert_eq!(change.execute_raw(statement(change, take, [])).await?.rows_affected(), 1);
        let row = change.query_one_raw(statement(change, raise, [])).await?.expect("the catalogue");
        change.announce(BusMessage::RolesChanged { version: row.try_get("", "n")? });
        Ok::<_, orion_infra::DbError>(())
    };
    orion.infra(ServiceName::Users).write(Author::PLATFORM, change).await.unwrap();
    eventually("the role meaning less", || async {
        (eve.get("/api/v1/users?limit=1").await.status == 403).then_some(())
    })
    .await;
    eve
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_accounts_they_are_is_told_to_who_may_see_users_and_to_nobody_else() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1).start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    enrol(&orion, &ada).await;
    enrol(&orion, &bob).await;
    try_from(&orion, "203.0.113.9", &ada.email, "a wrong password").await;
    try_from(&orion, "203.0.113.9", "nobody@example.com", "a wrong password").await;
    let root = orion.administrator().await;
    let throttles = async |caller: &Client| caller.get(THROTTLES).await.expect(200).json::<Page<Throttle>>().items;
    let of_ada = Some(Some(ada.email.parse().unwrap()));
    let told = events(root, &format!("user_id={}", ada.id)).await;
    assert!(told.iter().all(|event| event.owner.clone().map(|owner| owner.email) == of_ada), "{told:?}");
    let told = attempts(root, "status=failed").await;
    assert_eq!(told.len(), 2);
    for attempt in &told {
        let email = attempt.owner.clone().map(|owner| owner.email);
        assert_eq!(
            email,
            if attempt.user_id.is_some() { of_ada.clone() } else { None },
            "nobody has the other address"
        );
    }
    let told = throttles(root).await;
    let owner = |throttle: &Throttle| throttle.owner.clone().and_then(|owner| owner.email);
    assert!(told.iter().any(|throttle| owner(throttle) == of_ada.clone().flatten()), "{told:?}");

    let eve = without_users(&orion).await;
    assert!(events(&eve, "kind=factor.added").await.iter().all(|event| event.owner.is_none()));
    assert!(attempts(&eve, "status=failed").await.iter().any(|attempt| attempt.user_id == Some(ada.id)));
    assert!(attempts(&eve, "").await.iter().all(|attempt| attempt.owner.is_none()));
    assert!(throttles(&eve).await.iter().all(|throttle| throttle.owner.is_none()));
    // Nor do they learn who has an address.
    for path in [EVENTS, ATTEMPTS] {
        assert_problem!(eve.get(&format!("{path}?email={}", ada.email)).await, 403, "permission-denied");
        assert_problem!(eve.get(&format!("{path}?email=nobody@example.com")).await, 403, "permission-denied");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_lists_are_narrowed_to_whoever_signs_in_by_an_address() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    enrol(&orion, &ada).await;
    enrol(&orion, &bob).await;
    let root = orion.administrator().await;
    let by = format!("email={}", ada.email.to_uppercase());
    let found = events(root, &by).await;
    assert!(!found.is_empty() && found.iter().all(|event| event.user_id == Some(ada.id)), "{found:?}");
    let found = attempts(root, &by).await;
    assert!(!found.is_empty() && found.iter().all(|attempt| attempt.user_id == Some(ada.id)), "{found:?}");
    let both = format!("{by}&user_id={}", bob.id);
    for nobody in ["email=nobody@example.com", &both] {
        assert!(events(root, nobody).await.is_empty() && attempts(root, nobody).await.is_empty(), "{nobody}");
    }
    for path in [EVENTS, ATTEMPTS] {
        let refused = root.get(&format!("{path}?email=ada")).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["email"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_are_narrowed_by_what_they_failed_by_their_method_and_their_address() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 2).start().await;
    let ada = orion.user("ada").await;
    for place in ["203.0.113.9", "2001:db8:1:2::7"] {
        try_from(&orion, place, &ada.email, "a wrong password").await;
    }
    for _ in 0..3 {
        try_from(&orion, "198.51.100.7", &ada.email, "a wrong password").await;
    }
    try_from(&orion, "203.0.113.9", &ada.email, PASSWORD).await;
    let root = orion.administrator().await;
    let count = async |query: &str| attempts(root, query).await.len();
    let wrong = attempts(root, "failure=wrong_credentials").await;
    assert!(wrong.iter().all(|attempt| attempt.failure == Some(LoginFailure::WrongCredentials)), "{wrong:?}");
    assert_eq!(wrong.len(), 4);
    let blocked = attempts(root, "failure=too_many_failures&status=blocked&method=password").await;
    assert_eq!(
        blocked.iter().map(|attempt| attempt.failure).collect::<Vec<_>>(),
        [Some(LoginFailure::TooManyFailures)]
    );
    assert_eq!(count("failure=too_many_failures&status=failed").await, 0, "both must be so");
    assert_eq!(
        (count("ip_address=203.0.113.9").await, count("ip_address=203.0.113.9&status=suspicious").await),
        (2, 1)
    );
    assert_eq!(count("ip_address=2001:db8:1:2:ffff::1").await, 1, "of the same /64");
    assert_eq!(count("ip_address=192.0.2.1").await, 0);
    assert_eq!((count("method=password%2Btotp").await, count("method=password&status=blocked").await), (0, 1));
    for (bad, field) in [
        ("failure=bad_luck", "failure"),
        ("ip_address=here", "ip_address"),
        ("ip_address=203.0.113.0/24", "ip_address"),
        ("method=", "method"),
        ("method=%00", "method"),
    ] {
        let refused = root.get(&format!("{ATTEMPTS}?{bad}")).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [field], "{bad}");
    }
}
