//! What auth has for the other services.

use super::{count, facts, tell, tell_unheard};
use orion_contracts::ServiceName;
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::bus::{RevocationQuery, RevokedSubject};
use orion_contracts::events::UserFacts;
use orion_contracts::internal::{Endpoint, ListRevocations, MakeAdministrator};
use orion_contracts::users::UserStatus;
use orion_infra::peers::PeerError;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_peers_get_in_and_not_through_the_gateway() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let auth = ada.at(orion.service_url(ServiceName::Auth));
    assert_problem!(auth.get("/internal/v1/revocations").await, 401, "peer-refused");
    assert_eq!(ada.get("/internal/v1/revocations").await.status, 404);
    let order = CreateAdministrator {
        email: ada.email.parse().unwrap(),
        password: PASSWORD.parse().unwrap(),
        display_name: None,
    };
    let make = MakeAdministrator { id: ada.id };
    assert_problem!(auth.put(&make.path(), &order).await, 401, "peer-refused");
    let outcome = orion.infra(ServiceName::Notifications).peers.call(&make, &order).await;
    assert!(matches!(outcome, Err(PeerError::Problem { problem, .. }) if problem.status == 403));
    ada.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspending_ends_all_sessions_and_an_older_order_changes_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let elsewhere = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let peers = &orion.infra(ServiceName::Users).peers;
    for _ in 0..2 {
        tell(&orion, &facts(&ada, UserStatus::Suspended), 1000).await;
    }
    for user in [&ada, &elsewhere] {
        let own = user.at(orion.service_url(ServiceName::Auth));
        own.post("/api/v1/auth/logout", json!({})).await.expect(204);
        let users = user.at(orion.service_url(ServiceName::Users));
        assert_problem!(users.get("/api/v1/users/me").await, 401, "invalid-token");
        let refresh = json!({ "refresh_token": user.refresh_token });
        assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    }
    tell(&orion, &facts(&ada, UserStatus::Active), 999).await;
    let login = json!({ "email": ada.email, "password": PASSWORD });
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", login).await, 401, "invalid-credentials");

    let list = peers.call(&ListRevocations {}, &RevocationQuery { after: 0 }).await.unwrap();
    let sessions = [ada.session_id, elsewhere.session_id];
    for sid in sessions {
        assert!(list.items.iter().any(|line| line.subject == RevokedSubject::Session { sid }), "{list:?}");
    }
    assert!(list.items.iter().any(|line| matches!(line.subject, RevokedSubject::Subject { sub, .. } if sub == ada.id)));
    assert_eq!(list.items.len(), 3, "the same order twice revokes once: {list:?}");
    // Also a token that was given while the configuration allowed the longest life has died by then.
    let longest = orion.infra(ServiceName::Auth).clock.now() + chrono::Duration::hours(1);
    assert!(list.items.iter().all(|line| line.expires_at > longest), "{list:?}");
    let last = list.items.last().unwrap().sequence;
    let rest = peers.call(&ListRevocations {}, &RevocationQuery { after: last }).await.unwrap();
    assert!(rest.items.is_empty() && !rest.more);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_ends_all_sessions_and_is_what_signs_in_from_then_on() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let client = orion.anonymous();
    let login = async |email: &str| {
        client.post("/api/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await.status
    };
    let verified = "SELECT COUNT(*) AS n FROM account_identifiers WHERE user_id = $1 AND verified_at IS NOT NULL";
    assert_eq!(count(&orion, verified, [ada.id.0.into()]).await, 1);

    let with = |user: &TestUser, email: &str| UserFacts {
        email: email.parse().unwrap(),
        is_verified: false,
        ..facts(user, UserStatus::Active)
    };
    tell(&orion, &with(&ada, "countess@example.com"), 1000).await;
    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    assert_eq!((login("ada@example.com").await, login(" Countess@EXAMPLE.com").await), (401, 200));
    assert_eq!(count(&orion, verified, [ada.id.0.into()]).await, 0, "nobody has proven the new one");

    // Bob has it next, which is heard before Ada has given it up.
    tell_unheard(&orion, &with(&bob, "countess@example.com"), 1000).await;
    assert_eq!(login("bob@example.com").await, 200, "nothing of it happens before");
    tell_unheard(&orion, &facts(&ada, UserStatus::Deleted), 1001).await;
    eventually("the address has changed hands", || async { (login("bob@example.com").await == 401).then_some(()) })
        .await;
    assert_eq!(login("countess@example.com").await, 200);
    let all = "SELECT COUNT(*) AS n FROM account_identifiers WHERE user_id = $1";
    assert_eq!(count(&orion, all, [ada.id.0.into()]).await, 0, "a deleted user has none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_is_made_once_and_by_the_same_policy() {
    let orion = TestPlatform::start().await;
    let admin = orion.infra(ServiceName::Admin);
    let id: orion_contracts::UserId = admin.random.id(&admin.clock);
    let order = |email: &str, password: &str| CreateAdministrator {
        email: email.parse().unwrap(),
        password: password.parse().unwrap(),
        display_name: None,
    };
    let put = async |id, order| admin.peers.call(&MakeAdministrator { id }, &order).await;
    let weak = put(id, order("root@example.com", "short")).await;
    assert!(matches!(weak, Err(PeerError::Problem { problem, .. }) if problem.status == 422));
    for _ in 0..2 {
        let made = put(id, order("root@example.com", PASSWORD)).await.unwrap();
        assert_eq!((made.id, made.roles, made.is_verified), (id, vec!["super_admin".to_owned()], true));
    }
    let noted = async || {
        let sql = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'password.reset' AND user_id = $1";
        count(&orion, sql, [id.0.into()]).await
    };
    assert_eq!(noted().await, 0, "who is new has no password to lose, and an order that comes again changes none");
    put(id, order("root@example.com", "quite another battery staple")).await.unwrap();
    assert_eq!(noted().await, 1);
    put(id, order("root@example.com", PASSWORD)).await.unwrap();
    assert_eq!(noted().await, 2);
    let asked = json!({ "email": "root@example.com" });
    orion.anonymous().post("/api/v1/auth/password/reset", asked).await.expect(202);
    let mailed = async || orion.mailbox.reset_tokens("root@example.com").await.pop();
    let order_by_mail =
        json!({ "token": eventually("the mail", mailed).await, "new_password": "yet another one of many" });
    put(id, order("root@example.com", PASSWORD)).await.unwrap();
    let late = orion.anonymous().post("/api/v1/auth/password/reset/confirm", order_by_mail).await;
    assert_eq!(assert_problem!(late, 422, "validation").problem_fields(), ["token"], "what was mailed before is void");
    let other = put(admin.random.id(&admin.clock), order("root@example.com", PASSWORD)).await;
    assert!(matches!(other, Err(PeerError::Problem { problem, .. }) if problem.status == 409));
    let root = TestUser::sign_in(&orion.anonymous(), "root@example.com", PASSWORD).await;
    assert_eq!(root.id, id);
}
