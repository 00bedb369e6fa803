//! `POST /api/v1/users` and `/api/v1/users/{id}/invitation`: creating people and inviting them.

use orion_contracts::Page;
use orion_contracts::audit::AuditEntry;
use orion_contracts::invitations::Invitation;
use orion_contracts::users::{RoleDetail, User, UserStatus};
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const USERS: &str = "/api/v1/users";
const EVE: &str = "eve@example.com";

fn invitation(user: &User) -> String {
    format!("{USERS}/{}/invitation", user.id)
}

/// Follows the newest link to an address, and chooses a password there.
async fn choose(orion: &TestPlatform, email: &str) -> Answer {
    let token = orion.mailbox.verification_token(email).await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_chooses_their_password_and_holds_what_they_were_promised() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let order = json!({ "email": "Eve@Example.com", "first_name": "Eve", "display_name": "Eve", "locale": "de", "roles": ["moderator"] });
    let user: User = root.post(USERS, order).await.expect(201).json();
    assert_eq!((user.email.as_str(), user.status, user.is_verified), (EVE, UserStatus::PendingVerification, false));
    assert_eq!(user.roles, ["guest"], "nothing of what was promised before they come");
    orion.settle().await;
    let mails = orion.mailbox.to(EVE).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("eingeladen") && mails[0].contains("Hallo Eve"), "{}", mails[0]);
    choose(&orion, EVE).await.expect(204);
    orion.settle().await;
    let eve = TestUser::sign_in(&orion.anonymous(), EVE, PASSWORD).await;
    let own: User = eve.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!((own.id, own.roles), (user.id, vec!["moderator".to_owned(), "user".to_owned()]));
    assert_eq!(
        (own.display_name.as_deref(), own.first_name.as_deref(), &*own.locale),
        (Some("Eve"), Some("Eve"), "de")
    );
    let told: Invitation = root.get(&invitation(&user)).await.expect(200).json();
    assert!(told.accepted_at.is_some() && told.roles == ["moderator"], "{told:?}");
    assert_problem!(root.post(&invitation(&user), json!({})).await, 409, "conflict");
    assert_problem!(root.delete(&invitation(&user)).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_somebody_has_is_refused_and_nobody_is_taken_over() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").unverified().await);
    for email in [&bob.email, &eve.email] {
        let before = orion.mailbox.to(email).await.len();
        let refused = root.post(USERS, json!({ "email": email, "roles": ["admin"] })).await;
        assert_eq!(assert_problem!(refused, 409, "conflict").problem_fields(), ["email"]);
        orion.settle().await;
        assert_eq!(orion.mailbox.to(email).await.len(), before);
    }
    let invited = json!({ "email": "zoe@example.com" });
    let (first, second) = tokio::join!(root.post(USERS, &invited), root.post(USERS, &invited));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_promises_what_they_could_not_give() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("admin").await;
    let invite = async |roles: Value| adam.post(USERS, json!({ "email": EVE, "roles": roles })).await;
    assert_problem!(invite(json!(["super_admin"])).await, 403, "permission-denied");
    for unknown in [json!(["nobody"]), json!(["guest"]), json!(["Admin"])] {
        assert_eq!(assert_problem!(invite(unknown).await, 422, "validation").problem_fields(), ["roles"]);
    }
    let bob = orion.user("bob").await;
    assert_problem!(bob.post(USERS, json!({ "email": EVE })).await, 403, "permission-denied");
    let user: User = invite(json!(["admin", "user"])).await.expect(201).json();
    orion.settle().await;
    // Who promised it may not give it any more.
    root.delete(&format!("{USERS}/{}/roles/admin", adam.id)).await.expect(204);
    choose(&orion, EVE).await.expect(204);
    let now: User = root.get(&format!("{USERS}/{}", user.id)).await.json();
    assert_eq!(now.roles, ["user"]);
}

/// A role of a low level that gives what administrators do not hold.
async fn make_strong(root: &TestUser) {
    let strong = json!({ "name": "strong", "display_name": "Strong", "level": 30, "permissions": ["settings.write"] });
    root.post("/api/v1/roles", strong).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_promises_a_permission_that_they_do_not_hold() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    make_strong(root).await;
    let adam = orion.user("adam").with_role("admin").await;
    let order = json!({ "email": EVE, "roles": ["strong"] });
    assert_problem!(adam.post(USERS, &order).await, 403, "permission-denied");
    // Neither by sending what somebody else has promised.
    let user: User = root.post(USERS, &order).await.expect(201).json();
    assert_problem!(adam.post(&invitation(&user), json!({})).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_is_kept_as_far_as_who_made_it_could_make_it_still() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let roles_of = async |email: &str| {
        orion.settle().await;
        choose(&orion, email).await.expect(204);
        let eve = TestUser::sign_in(&orion.anonymous(), email, PASSWORD).await;
        eve.get("/api/v1/users/me").await.json::<User>().roles
    };
    // What is denied them they do not hold any more.
    let adam = orion.user("adam").with_role("admin").await;
    adam.post(USERS, json!({ "email": EVE, "roles": ["moderator"] })).await.expect(201);
    let denial = json!({ "effect": "denial" });
    root.put(&format!("{USERS}/{}/permissions/sessions.revoke", adam.id), denial.clone()).await.expect(204);
    assert_eq!(roles_of(EVE).await, ["user"]);
    // Nor does who assigns no roles any more, or may not sign in.
    let bert = orion.user("bert").with_role("admin").await;
    bert.post(USERS, json!({ "email": "b@example.com", "roles": ["moderator"] })).await.expect(201);
    root.put(&format!("{USERS}/{}/permissions/roles.assign", bert.id), denial.clone()).await.expect(204);
    assert_eq!(roles_of("b@example.com").await, ["user"]);
    let carl = orion.user("carl").with_role("admin").await;
    carl.post(USERS, json!({ "email": "c@example.com", "roles": ["moderator"] })).await.expect(201);
    let suspended = json!({ "status": "suspended", "reason": "Ticket 4711" });
    root.put(&format!("{USERS}/{}/status", carl.id), suspended).await.expect(200);
    assert_eq!(roles_of("c@example.com").await, ["user"]);
    // Whoever is denied something becomes no super_admin.
    let zoe = json!({ "email": "z@example.com", "roles": ["moderator", "super_admin"] });
    let zoe: User = root.post(USERS, zoe).await.expect(201).json();
    root.put(&format!("{USERS}/{}/permissions/inbox.read", zoe.id), denial).await.expect(204);
    assert_eq!(roles_of("z@example.com").await, ["moderator", "user"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_invited_is_kept_for_a_while_when_the_invitation_has_ended() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let user: User = root.post(USERS, json!({ "email": EVE, "roles": ["moderator"] })).await.expect(201).json();
    // Seven days for the link, and seven more to send it again.
    orion.advance(Duration::from_secs(13 * 86_400)).await;
    orion.settle().await;
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    root.delete(&invitation(&user)).await.expect(204);
    orion.advance(Duration::from_secs(6 * 86_400)).await;
    orion.settle().await;
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    root.post(&invitation(&user), json!({})).await.expect(200);
    orion.advance(Duration::from_secs(15 * 86_400)).await;
    eventually("the user is removed", || async {
        let root = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
        (root.get(&format!("{USERS}/{}", user.id)).await.status == 404).then_some(())
    })
    .await;
    // Nothing of what they were stands in the log of their end.
    orion.settle().await;
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    let ended = format!("/api/v1/audit?action=delete&resource=user&resource_id={}", user.id);
    let entries: Page<AuditEntry> = root.get(&ended).await.json();
    assert_eq!(entries.items.len(), 1);
    assert!(!format!("{:?}", entries.items).contains(EVE), "{entries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_gone_is_promised_no_more() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    make_strong(root).await;
    let order = json!({ "email": EVE, "roles": ["moderator", "strong"], "invite": false });
    let user: User = root.post(USERS, order).await.expect(201).json();
    root.delete("/api/v1/roles/strong").await.expect(204);
    root.post(&invitation(&user), json!({})).await.expect(200);
    orion.settle().await;
    choose(&orion, EVE).await.expect(204);
    assert_eq!(root.get(&format!("{USERS}/{}", user.id)).await.json::<User>().roles, ["moderator", "user"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_is_removed_that_an_open_invitation_promises() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    make_strong(root).await;
    let order = json!({ "email": EVE, "roles": ["moderator", "strong"] });
    let user: User = root.post(USERS, order).await.expect(201).json();
    let refused = async |words: &str| {
        let refused = assert_problem!(root.delete("/api/v1/roles/strong").await, 409, "conflict");
        assert!(refused.value()["detail"].as_str().unwrap().starts_with(words), "{refused:?}");
    };
    let promises = async |root: &TestUser| {
        let detail: RoleDetail = root.get("/api/v1/roles/strong").await.expect(200).json();
        (detail.promises, detail.holders)
    };
    refused("One invitation promises this role.").await;
    assert_eq!(promises(root).await, (1, 0), "and who asks before hears of it");
    root.post(USERS, json!({ "email": "zoe@example.com", "roles": ["strong"] })).await.expect(201);
    refused("2 invitations promise this role.").await;
    assert_eq!(promises(root).await, (2, 0));
    root.delete(&format!("{USERS}/{}/roles/strong", user.id)).await.expect(204);
    refused("One invitation promises this role.").await;
    // One that ran out promises nothing.
    orion.advance(Duration::from_secs(8 * 86_400)).await;
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    assert_eq!(promises(root).await, (0, 0));
    root.delete("/api/v1/roles/strong").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promised_role_is_taken_back_by_who_may_take_it_and_audited() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("admin").await;
    let order = json!({ "email": EVE, "roles": ["editor", "moderator", "super_admin"] });
    let user: User = root.post(USERS, order).await.expect(201).json();
    let role = |name: &str| format!("{USERS}/{}/roles/{name}", user.id);
    let promised = async || root.get(&invitation(&user)).await.expect(200).json::<Invitation>().roles;
    // Nobody takes back what stands above them, as they do not take it.
    assert_problem!(adam.delete(&role("super_admin")).await, 403, "permission-denied");
    assert_eq!(promised().await, ["editor", "moderator", "super_admin"]);
    root.delete(&role("super_admin")).await.expect(204);
    adam.delete(&role("moderator")).await.expect(204);
    assert_eq!(promised().await, ["editor"]);
    // What is not promised any more is not taken again.
    adam.delete(&role("moderator")).await.expect(204);
    let now: User = root.get(&format!("{USERS}/{}", user.id)).await.json();
    assert_eq!(now.version, user.version + 2);
    orion.settle().await;
    let taken = format!("/api/v1/audit?action=role_revoke&resource=user&resource_id={}", user.id);
    let entries: Page<AuditEntry> = root.get(&taken).await.json();
    let by: Vec<_> = entries.items.iter().map(|entry| entry.principal.user_id()).collect();
    assert_eq!(by, [Some(adam.id), Some(root.id)]);
    // Sent once more, and accepted, it gives what is left.
    root.delete(&invitation(&user)).await.expect(204);
    root.post(&invitation(&user), json!({})).await.expect(200);
    orion.settle().await;
    choose(&orion, EVE).await.expect(204);
    assert_eq!(root.get(&format!("{USERS}/{}", user.id)).await.json::<User>().roles, ["editor", "user"]);
    // What was accepted is held, and stays written in the invitation.
    root.delete(&role("editor")).await.expect(204);
    assert_eq!(promised().await, ["editor"]);
    assert_eq!(root.get(&format!("{USERS}/{}", user.id)).await.json::<User>().roles, ["user"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_withdrawn_invitation_promised_is_taken_back_before_it_is_sent_again() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let user: User = root.post(USERS, json!({ "email": EVE, "roles": ["moderator"] })).await.expect(201).json();
    root.delete(&invitation(&user)).await.expect(204);
    root.delete(&format!("{USERS}/{}/roles/moderator", user.id)).await.expect(204);
    let sent: Invitation = root.post(&invitation(&user), json!({})).await.expect(200).json();
    assert!(sent.roles.is_empty(), "{sent:?}");
    orion.settle().await;
    choose(&orion, EVE).await.expect(204);
    assert_eq!(root.get(&format!("{USERS}/{}", user.id)).await.json::<User>().roles, ["user"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_sent_again_and_withdrawn() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let order = json!({ "email": EVE, "roles": ["moderator"], "invite": false });
    let user: User = root.post(USERS, order).await.expect(201).json();
    // Longer than those are kept who never opened a link.
    orion.advance(Duration::from_secs(10 * 86_400)).await;
    orion.settle().await;
    assert!(orion.mailbox.to(EVE).await.is_empty());
    let root = &TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    let sent: Invitation = root.post(&invitation(&user), json!({})).await.expect(200).json();
    assert!(sent.sent_at.is_some() && sent.invited_by == root.id);
    orion.settle().await;
    root.delete(&invitation(&user)).await.expect(204);
    root.delete(&invitation(&user)).await.expect(204);
    assert_problem!(choose(&orion, EVE).await, 422, "validation");
    orion.settle().await;
    assert_problem!(choose(&orion, EVE).await, 422, "validation");
    let again: Invitation = root.post(&invitation(&user), json!({})).await.expect(200).json();
    assert_eq!(again.withdrawn_at, None);
    orion.settle().await;
    choose(&orion, EVE).await.expect(204);
    assert_eq!(root.get(&format!("{USERS}/{}", user.id)).await.json::<User>().roles, ["moderator", "user"]);
    let came_by_themselves = orion.user("bob").await;
    assert_problem!(root.get(&format!("{USERS}/{}/invitation", came_by_themselves.id)).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_invites_once_and_a_link_ends_with_its_time() {
    let orion = TestPlatform::builder().set("users.invitation_days", 2).start().await;
    let root = orion.administrator().await;
    let invite = || {
        let request = root.request("POST", USERS).header("idempotency-key", "k1");
        Answer::of(request.json(&json!({ "email": EVE, "roles": ["moderator"] })))
    };
    let (first, again): (User, User) = (invite().await.expect(201).json(), invite().await.expect(201).json());
    assert_eq!(first.id, again.id);
    orion.settle().await;
    assert_eq!(orion.mailbox.to(EVE).await.len(), 1);
    orion.advance(Duration::from_secs(3 * 86_400)).await;
    assert_problem!(choose(&orion, EVE).await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_link_asks_for_a_password_and_not_for_one_of_before() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    root.post(USERS, json!({ "email": EVE })).await.expect(201);
    let token = orion.mailbox.verification_token(EVE).await;
    let page = orion.anonymous().get(&format!("/auth/verify-email?token={token}")).await.expect(200).text;
    assert!(page.contains("You were invited") && page.contains(r#"name="repeated""#), "{page}");
    // A stranger who registers the address meanwhile has the password replaced, and changes nothing of what stands there.
    let stranger = json!({ "email": EVE, "password": "the words of a stranger", "display_name": "Mallory" });
    orion.anonymous().post("/api/v1/auth/register", &stranger).await.expect(201);
    orion.settle().await;
    // They are not let in to what an administrator wrote there.
    let sign_in = json!({ "email": EVE, "password": stranger["password"] });
    assert_problem!(orion.anonymous().post("/api/v1/auth/login", sign_in).await, 401, "invalid-credentials");
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    TestUser::sign_in(&orion.anonymous(), EVE, PASSWORD).await;
    orion.settle().await;
    let entries: Page<AuditEntry> = root.get("/api/v1/audit?resource=user&action=create").await.json();
    assert!(entries.items.iter().all(|entry| !format!("{entry:?}").contains("Mallory")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_takes_the_name_of_a_promised_one_was_promised_to_nobody() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let role = |permissions: &[&str], scope: &str| {
        json!({
            "name": "helper", "display_name": "Helper", "description": "Helps.", "level": 20,
            "permissions": permissions, "scope": scope
        })
    };
    root.post("/api/v1/roles", role(&["users.read"], "global")).await.expect(201);
    let user: User =
        root.post(USERS, json!({ "email": EVE, "roles": ["helper", "moderator"] })).await.expect(201).json();
    root.delete(&invitation(&user)).await.expect(204);
    root.delete("/api/v1/roles/helper").await.expect(204);
    root.post("/api/v1/roles", role(&["users.read", "users.write"], "global")).await.expect(201);
    // Sent once more, it promises what it did.
    root.post(&invitation(&user), json!({})).await.expect(200);
    orion.settle().await;
    choose(&orion, EVE).await.expect(204);
    orion.settle().await;
    let eve = TestUser::sign_in(&orion.anonymous(), EVE, PASSWORD).await;
    let own: User = eve.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!(own.roles, ["moderator", "user"]);
}
