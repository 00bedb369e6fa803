//! `/api/v1/service-accounts`: subjects that are programs.

use super::organisations::{acting_for, give_inside, organisation_of};
use super::{new_id, pending, problem, put};
use orion_contracts::api_keys::{ApiKey, NewApiKey};
use orion_contracts::audit::AuditEntry;
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::{Page, Principal, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const ACCOUNTS: &str = "/api/v1/service-accounts";

async fn make(by: &TestUser, name: &str) -> ServiceAccount {
    by.post(ACCOUNTS, json!({ "name": name, "description": "Books what comes in." })).await.expect(201).json()
}

fn path(account: &ServiceAccount) -> String {
    format!("{ACCOUNTS}/{}", account.id)
}

async fn key(by: &TestUser, account: &ServiceAccount, scopes: &[&str]) -> (ApiKey, Client) {
    let request = json!({ "name": "Nightly", "scopes": scopes });
    let made: NewApiKey = by.post(&format!("{}/api-keys", path(account)), request).await.expect(201).json();
    (made.key, by.with_token(made.secret.expose()))
}

async fn comes_to(who: &Client, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_may_what_it_is_given_by_roles_and_by_itself_and_no_more() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let account = make(root, "Warehouse").await;
    let (made, program) = key(root, &account, &["users.read", "users.write", "roles.read"]).await;
    assert_eq!((made.user_id, account.roles.len(), account.is_active), (account.id, 0, true));
    assert_problem!(program.get("/api/v1/users").await, 403, "permission-denied");
    root.put(&format!("/api/v1/users/{}/roles/moderator", account.id), json!({})).await.expect(204);
    comes_to(&program, "/api/v1/users", 200).await;
    let denial = format!("/api/v1/users/{}/permissions/roles.read", account.id);
    root.put(&denial, json!({ "effect": "denial" })).await.expect(204);
    comes_to(&program, "/api/v1/roles", 403).await;
    let shown: ServiceAccount = root.get(&path(&account)).await.expect(200).json();
    assert_eq!(shown.roles, ["moderator"]);
    // What it changes, the log says of it.
    root.put(&format!("/api/v1/users/{}/roles/admin", account.id), json!({})).await.expect(204);
    let bob = orion.user("bob").await;
    let bobs = format!("/api/v1/users/{}", bob.id);
    eventually("the role", || async {
        (program.patch(&bobs, json!({ "display_name": "Bob" })).await.status == 200).then_some(())
    })
    .await;
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let by_it = Principal::ServiceAccount { id: account.id.0 };
    assert!(page.items.iter().any(|entry| entry.principal == by_it), "{:?}", page.items.first());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_is_nobody_who_signs_in_or_stands_among_people() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let account = make(root, "Warehouse").await;
    root.put(&format!("/api/v1/users/{}/roles/super_admin", account.id), json!({})).await.expect(204);
    orion.settle().await;
    let people: Value = root.get("/api/v1/users?limit=200").await.json();
    assert!(!people.to_string().contains(&account.id.to_string()), "{people}");
    let found: Value = root.get("/api/v1/users?search=Warehouse").await.json();
    assert_eq!(found["items"], json!([]));
    let user = format!("/api/v1/users/{}", account.id);
    assert_problem!(root.get(&user).await, 404, "not-found");
    assert_problem!(root.patch(&user, json!({ "display_name": "Somebody" })).await, 404, "not-found");
    let order = json!({ "status": "suspended", "reason": "Left" });
    assert_problem!(root.put(&format!("{user}/status"), order).await, 404, "not-found");
    assert_problem!(root.get(&format!("{ACCOUNTS}/{}", root.id)).await, 404, "not-found");
    assert_problem!(root.delete(&format!("{ACCOUNTS}/{}", root.id)).await, 404, "not-found");
    // A program is nobody who could help: the last person keeps the role.
    let own = format!("/api/v1/users/{}/roles/super_admin", root.id);
    assert_problem!(root.delete(&own).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_disabled_or_deleted_has_no_keys_that_are_taken() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let account = make(root, "Warehouse").await;
    root.put(&format!("/api/v1/users/{}/roles/moderator", account.id), json!({})).await.expect(204);
    let (_, program) = key(root, &account, &["users.read"]).await;
    let users = program.at(orion.service_url(ServiceName::Users));
    comes_to(&program, "/api/v1/users", 200).await;
    let disabled: ServiceAccount = root.patch(&path(&account), json!({ "is_active": false })).await.expect(200).json();
    assert!(!disabled.is_active && disabled.version == 2);
    for client in [&program, &users] {
        comes_to(client, "/api/v1/users", 401).await;
        assert_problem!(client.get("/api/v1/users").await, 401, "api-key-suspended");
    }
    let stale = root.request("PATCH", &path(&account)).header("if-match", "\"1\"");
    let stale = stale.json(&json!({ "is_active": true }));
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    root.patch(&path(&account), json!({ "is_active": true, "description": null })).await.expect(200);
    comes_to(&program, "/api/v1/users", 200).await;
    root.delete(&path(&account)).await.expect(204);
    comes_to(&program, "/api/v1/users", 401).await;
    assert_problem!(root.get(&path(&account)).await, 404, "not-found");
    let page: Page<ServiceAccount> = root.get(ACCOUNTS).await.json();
    assert!(page.items.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_by_a_service_account_what_they_do_not_hold_themselves() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let adam = orion.user("adam").with_role("admin").await;
    comes_to(&adam, "/api/v1/users", 200).await;
    assert_problem!(bob.get(ACCOUNTS).await, 403, "permission-denied");
    assert_problem!(bob.post(ACCOUNTS, json!({ "name": "Mine" })).await, 403, "permission-denied");
    let account = make(root, "Warehouse").await;
    let direct = format!("/api/v1/users/{}/permissions/settings.write", account.id);
    root.put(&direct, json!({ "effect": "grant" })).await.expect(204);
    let (of_root, _) = key(root, &account, &["settings.write"]).await;
    let request = json!({ "name": "More", "scopes": ["settings.write"] });
    let keys = format!("{}/api-keys", path(&account));
    assert_problem!(adam.post(&keys, request.clone()).await, 403, "permission-denied");
    let rotate = format!("/api/v1/api-keys/{}/rotate", of_root.id);
    assert_problem!(adam.post(&rotate, json!({})).await, 403, "permission-denied");
    let (of_adam, _) = key(&adam, &account, &["users.read"]).await;
    let wider = json!({ "scopes": ["users.read", "settings.write"] });
    assert_problem!(adam.patch(&format!("/api/v1/api-keys/{}", of_adam.id), wider).await, 403, "permission-denied");
    // One that stands above them they do not touch at all.
    root.put(&format!("/api/v1/users/{}/roles/super_admin", account.id), json!({})).await.expect(204);
    let narrow = json!({ "name": "Less", "scopes": ["users.read"] });
    for refused in [
        adam.post(&keys, narrow).await,
        adam.patch(&path(&account), json!({ "is_active": false })).await,
        adam.delete(&path(&account)).await,
        adam.delete(&format!("/api/v1/api-keys/{}", of_root.id)).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    for wrong in [json!({ "name": "" }), json!({ "name": "x".repeat(201) }), json!({ "name": "N", "description": "" })]
    {
        assert_problem!(root.post(ACCOUNTS, wrong).await, 422, "validation");
    }
    // A key of somebody else's is nobody's to change.
    let own = json!({ "name": "Own", "scopes": ["profile.read"] });
    let of_bob: NewApiKey = bob.post("/api/v1/api-keys", own).await.expect(201).json();
    let path = format!("/api/v1/api-keys/{}", of_bob.key.id);
    assert_problem!(root.patch(&path, json!({ "name": "Mine" })).await, 404, "not-found");
    assert_problem!(root.post(&format!("{path}/rotate"), json!({})).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_belongs_to_an_organisation_only_where_whoever_makes_it_may_make_somebody_a_member() {
    let orion = TestPlatform::start().await;
    let (root, bob, cyd) = (orion.administrator().await, orion.user("bob").await, orion.user("cyd").await);
    let own = organisation_of(&orion, "Engines", &[&bob]).await;
    let other = organisation_of(&orion, "Looms", &[]).await;
    let give = async |who: &TestUser, permission: &str| {
        let path = format!("/api/v1/users/{}/permissions/{permission}", who.id);
        root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    };
    for who in [&bob, &cyd] {
        give(who, "service-accounts.write").await;
        eventually("they make service accounts", || async {
            (who.post(ACCOUNTS, json!({ "name": "Nobody's" })).await.status == 201).then_some(())
        })
        .await;
    }
    let order = |organisation| json!({ "name": "Loom", "organisation_id": organisation });
    // What they do not see is none that there is.
    let acting = acting_for(&bob, own).await;
    for (who, organisation) in [(&*bob, own), (&acting, other), (&*cyd, own)] {
        let refused = assert_problem!(who.post(ACCOUNTS, order(organisation)).await, 422, "validation");
        assert_eq!(refused.problem_fields(), ["organisation_id"]);
    }
    // A member brings nobody in, and whoever may do so inside brings programs in too.
    assert_problem!(acting.post(ACCOUNTS, order(own)).await, 403, "permission-denied");
    give_inside(&orion, own, &bob, "organisation_admin").await;
    let made: ServiceAccount = eventually("the role inside", || async {
        let made = acting.post(ACCOUNTS, order(own)).await;
        (made.status == 201).then(|| made.json())
    })
    .await;
    let member = format!("/api/v1/organisations/{own}/members/{}", made.id);
    acting.get(&member).await.expect(200);
    // Who may make members everywhere, and does not hold what every member does, gives it to no program either.
    give(&cyd, "members.write").await;
    eventually("they may make members", || async {
        (cyd.post(ACCOUNTS, order(own)).await.status == 403).then_some(())
    })
    .await;
    give(&cyd, "organisations.read").await;
    eventually("they hold what members hold", || async {
        (cyd.post(ACCOUNTS, order(other)).await.status == 201).then_some(())
    })
    .await;
    let listed: Page<ServiceAccount> = root.get(&format!("{ACCOUNTS}?limit=200")).await.expect(200).json();
    let of = |organisation| listed.items.iter().filter(|one| one.organisation_id == Some(organisation)).count();
    assert_eq!((of(own), of(other)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_program_an_account_that_signs_in_by_registering_its_address() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let account = make(root, "Warehouse").await;
    let organisation = organisation_of(&orion, "Engines", &[]).await;
    let email = format!("{}@service-accounts.invalid", account.id);
    let anybody = orion.anonymous();
    let registration = json!({ "email": email, "password": PASSWORD });
    let invitations = format!("/api/v1/organisations/{organisation}/invitations");
    for (who, path, order) in [
        (&anybody, "/api/v1/auth/register", &registration),
        (&**root, "/api/v1/users", &json!({ "email": email })),
        (&**root, "/api/v1/users/me/email-change", &json!({ "email": "any@Service-Accounts.INVALID" })),
        (&**root, &*invitations, &json!({ "email": email })),
    ] {
        let refused = who.post(path, order).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["email"], "{path}");
    }
    // Nor does a service that orders it, be it by the program's id.
    for id in [new_id(&orion), account.id] {
        let refused = put(&orion, id, &pending(&email)).await.expect_err("a program's");
        assert_eq!(problem(refused), (409, "conflict".to_owned()));
    }
    orion.settle().await;
    anybody.post("/api/v1/auth/password/reset", json!({ "email": email })).await.expect(202);
    orion.settle().await;
    assert!(orion.mailbox.to(&email).await.is_empty());
    let auth = orion.infra(ServiceName::Auth).db.read();
    let select = statement(auth, "SELECT user_id FROM accounts WHERE user_id = $1", [account.id.0.into()]);
    assert!(auth.query_one_raw(select).await.unwrap().is_none(), "it has an account");
}
