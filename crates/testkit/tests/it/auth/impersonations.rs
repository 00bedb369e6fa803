//! `/api/v1/auth/impersonations`: acting as another user.

use orion_contracts::audit::AuditEntry;
use orion_contracts::auth::{Impersonation, Me, SessionList};
use orion_contracts::{Page, UserId};
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use std::time::Duration;

const BEGIN: &str = "/api/v1/auth/impersonations";
const CURRENT: &str = "/api/v1/auth/impersonations/current";
const ME: &str = "/api/v1/auth/me";
const SESSIONS: &str = "/api/v1/auth/sessions";
const REASON: &str = "Ticket 4711: the list is empty";

async fn ask(caller: &Client, user: UserId) -> Answer {
    caller.post(BEGIN, json!({ "user_id": user, "reason": REASON })).await
}

async fn act(orion: &TestPlatform, caller: &Client, user: UserId) -> (Client, Impersonation) {
    let given: Impersonation = ask(caller, user).await.expect(201).json();
    (orion.anonymous().with_token(given.access_token.expose()), given)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_as_somebody_is_seen_by_them_named_in_the_audit_log_and_told_of() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let root = orion.administrator().await;
    let (acting, given) = act(&orion, root, ada.id).await;
    assert_eq!((given.user_id, given.expires_in), (ada.id, 1800));
    let me: Me = acting.get(ME).await.expect(200).json();
    let actor = me.session.actor.expect("an actor");
    assert_eq!((me.user_id, actor.user_id, actor.reason.as_str()), (ada.id, root.id, REASON));
    assert_eq!(actor.email.map(|email| email.to_string()).as_deref(), Some("root@example.com"));
    let listed: SessionList = ada.get(SESSIONS).await.expect(200).json();
    assert_eq!(listed.items.iter().filter(|session| session.actor.is_some()).count(), 1);

    acting.patch("/api/v1/users/me", json!({ "display_name": "Ada L." })).await.expect(200);
    acting.delete(CURRENT).await.expect(204);
    assert_problem!(acting.get(ME).await, 401, "invalid-token");
    ada.get(ME).await.expect(200);
    orion.settle().await;
    let by: Page<AuditEntry> = root.get(&format!("/api/v1/audit?actor={}", root.id)).await.expect(200).json();
    let mut done: Vec<_> = by.items.iter().map(|entry| entry.action.as_str().to_owned()).collect();
    done.sort();
    assert_eq!(done, ["impersonation_begin", "impersonation_end", "update"]);
    assert!(by.items.iter().all(|entry| entry.principal.user_id() == Some(ada.id)));

    let events = ada.get("/api/v1/auth/security-events").await.expect(200).value();
    let noted = events["items"].as_array().unwrap().iter().find(|one| one["kind"] == "session.impersonated");
    let noted = noted.expect("a security event");
    assert_eq!(noted["details"], json!({ "actor_id": root.id, "reason": REASON, "until": given.expires_at }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_acts_as_somebody_without_permission_upward_in_chains_or_without_a_reason() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("admin").await);
    let root = orion.administrator().await;
    assert_problem!(ask(&bob, ada.id).await, 403, "permission-denied");
    assert_problem!(ask(root, root.id).await, 409, "conflict");
    let nobody: UserId = "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10".parse().unwrap();
    assert_problem!(ask(root, nobody).await, 404, "not-found");
    for reason in ["", " ", "a\u{202e}b", &"x".repeat(501)] {
        let order = json!({ "user_id": ada.id, "reason": reason });
        assert_problem!(root.post(BEGIN, order).await, 422, "validation");
    }
    assert_problem!(root.delete(CURRENT).await, 404, "not-found");
    let guest = orion.user("guest").unverified().await;
    assert_problem!(ask(root, guest.id).await, 409, "conflict");
    // By a permission of its own, an administrator may; but not as somebody above.
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    eventually("the permission", async || (ask(&bob, ada.id).await.status == 201).then_some(())).await;
    assert_problem!(ask(&bob, root.id).await, 403, "permission-denied");
    // Not out of another one either.
    let (acting, _) = act(&orion, root, bob.id).await;
    assert_problem!(ask(&acting, ada.id).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_as_somebody_changes_nothing_of_how_they_sign_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").with_role("admin").await;
    let root = orion.administrator().await;
    let (acting, given) = act(&orion, root, ada.id).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another horse battery staple" });
    let own = format!("{SESSIONS}/{}", ada.session_id);
    let refused: [Answer; 7] = [
        acting.post("/api/v1/auth/password", change).await,
        acting.delete(&own).await,
        acting.delete(SESSIONS).await,
        acting.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await,
        acting.post("/api/v1/auth/two-factor/totp", json!({})).await,
        acting.post("/api/v1/auth/passkeys/options", json!({})).await,
        acting.put(&format!("/api/v1/users/{}/roles/editor", ada.id), json!({})).await,
    ];
    for (position, answer) in refused.into_iter().enumerate() {
        assert_eq!(answer.problem_name().as_deref(), Some("permission-denied"), "{position}: {}", answer.status);
    }
    // The session of one's own alone.
    acting.delete(&format!("{SESSIONS}/{}", given.session_id)).await.expect(204);
    assert_problem!(acting.get(ME).await, 401, "invalid-token");
    ada.get(ME).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acting_as_somebody_gives_no_more_than_both_may_at_each_moment() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").with_role("moderator").await;
    let bob = orion.user("bob").with_role("moderator").await;
    let root = orion.administrator().await;
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    eventually("the permission", async || (ask(&bob, ada.id).await.status == 201).then_some(())).await;
    let (acting, _) = act(&orion, &bob, ada.id).await;
    acting.get("/api/v1/users").await.expect(200);
    // Ada is promoted: whoever acts as her gains nothing.
    root.put(&format!("/api/v1/users/{}/roles/admin", ada.id), json!({})).await.expect(204);
    eventually("the promotion", async || (ada.get("/api/v1/audit").await.status == 200).then_some(())).await;
    let refused = acting.get("/api/v1/audit").await;
    let detail = refused.value()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("no more than they may do themselves"), "{detail}");
    assert_problem!(refused, 403, "permission-denied");
    // Bob may not act as others any more.
    root.delete(&path).await.expect(204);
    eventually("the loss", async || (acting.get("/api/v1/users").await.status == 403).then_some(())).await;
    ada.get("/api/v1/users").await.expect(200);
}

/// What asks no permission of its owner asks of whoever acts as them whether they may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_act_as_others_no_more_reads_nothing_of_them_and_can_still_stop() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("moderator").await);
    let root = orion.administrator().await;
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    const READ: [&str; 8] = [
        ME,
        SESSIONS,
        "/api/v1/auth/security-events",
        "/api/v1/auth/login-attempts",
        "/api/v1/auth/devices",
        "/api/v1/auth/passkeys",
        "/api/v1/auth/two-factor",
        "/api/v1/auth/providers/linked",
    ];
    for stop in [CURRENT.to_owned(), SESSIONS.to_owned()] {
        root.put(&path, json!({ "effect": "grant" })).await.expect(204);
        eventually("the permission", async || (ask(&bob, ada.id).await.status == 201).then_some(())).await;
        let (acting, given) = act(&orion, &bob, ada.id).await;
        for read in READ {
            acting.get(read).await.expect(200);
        }
        root.delete(&path).await.expect(204);
        eventually("the loss", async || (acting.get(ME).await.status == 403).then_some(())).await;
        for read in READ {
            assert_problem!(acting.get(read).await, 403, "permission-denied");
        }
        let stop = if stop == SESSIONS { format!("{SESSIONS}/{}", given.session_id) } else { stop };
        acting.delete(&stop).await.expect(204);
        assert_problem!(acting.delete(&stop).await, 401, "invalid-token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_act_as_others_under_a_condition_does_so_while_it_holds() {
    let orion = TestPlatform::start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let bob = orion.user("bob").with_role("moderator").await;
    let root = orion.administrator().await;
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    let under = async |condition: &str| {
        root.put(&path, json!({ "effect": "grant", "condition": condition })).await.expect(204);
    };
    under("request.ip != '' && now > timestamp('2000-01-01T00:00:00Z') && subject.id != ''").await;
    eventually("the permission", async || (ask(&bob, ada.id).await.status == 201).then_some(())).await;
    let (acting, _) = act(&orion, &bob, ada.id).await;
    acting.get(ME).await.expect(200);
    acting.get("/api/v1/users/me").await.expect(200);
    acting.patch("/api/v1/users/me", json!({ "display_name": "Ada L." })).await.expect(200);
    // It is asked of whoever acts, and of the person as whom.
    under(&format!("subject.id == '{}' && object.owner_id == '{}'", bob.id, ada.id)).await;
    eventually("the other condition", async || (ask(&bob, eve.id).await.status == 403).then_some(())).await;
    let (acting, _) = act(&orion, &bob, ada.id).await;
    acting.get("/api/v1/users/me").await.expect(200);
    let asked = acting.post("/api/v1/authz/check", json!({ "questions": [{ "permission": "profile.write" }] })).await;
    assert_eq!(asked.expect(200).value()["items"][0]["allowed"], json!(true));
    under("now < timestamp('2000-01-01T00:00:00Z')").await;
    eventually("the end", async || (acting.get("/api/v1/users/me").await.status == 403).then_some(())).await;
    assert_problem!(acting.get(ME).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_after_half_an_hour_with_the_actors_session_and_by_order_of_the_person() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let root = orion.administrator().await;
    let anonymous = orion.anonymous();
    let again = || TestUser::sign_in(&anonymous, &root.email, PASSWORD);
    let out_of = again().await;
    let (acting, _) = act(&orion, &out_of, ada.id).await;
    let (second, _) = act(&orion, &out_of, ada.id).await;
    assert_problem!(acting.get(ME).await, 401, "invalid-token");
    out_of.post("/api/v1/auth/logout", json!({})).await.expect(204);
    assert_problem!(second.get(ME).await, 401, "invalid-token");

    let anew = again().await;
    let (acting, given) = act(&orion, &anew, ada.id).await;
    ada.delete(&format!("{SESSIONS}/{}", given.session_id)).await.expect(204);
    assert_problem!(acting.get(ME).await, 401, "invalid-token");

    let (acting, _) = act(&orion, &anew, ada.id).await;
    orion.advance(Duration::from_secs(29 * 60)).await;
    acting.get(ME).await.expect(200);
    orion.advance(Duration::from_secs(2 * 60)).await;
    let over: Answer = acting.get(ME).await;
    assert!(matches!(over.status, 401 | 404), "{}", over.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_it_ends_the_audit_log_says_so_once_among_what_is_about_the_person() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another horse battery staple" });
    for how in
        ["the actor signs out", "the actor acts anew", "all sessions", "another password", "the session", "stopped"]
    {
        let name = how.replace(' ', "-");
        let ada = orion.user(&name).await;
        let actor = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
        let (acting, given) = act(&orion, &actor, ada.id).await;
        let answer = match how {
            "the actor signs out" => actor.post("/api/v1/auth/logout", json!({})).await,
            "the actor acts anew" => ask(&actor, orion.user(&format!("{name}-other")).await.id).await,
            "all sessions" => ada.delete(&format!("{SESSIONS}?keep_current=true")).await,
            "another password" => ada.post("/api/v1/auth/password", &change).await,
            "the session" => ada.delete(&format!("{SESSIONS}/{}", given.session_id)).await,
            _ => acting.delete(CURRENT).await,
        };
        assert!(answer.status < 300, "{how}: {answer:?}");
        assert_problem!(acting.get(ME).await, 401, "invalid-token");
        orion.settle().await;
        let path = format!("/api/v1/audit?about={}&action=impersonation_end", ada.id);
        let ends: Page<AuditEntry> = root.get(&path).await.expect(200).json();
        let said: Vec<_> = ends.items.iter().map(|entry| entry.old_values.clone().unwrap_or_default()).collect();
        let ended_at = ends.items.first().map(|entry| entry.occurred_at);
        let acted = json!({
            "session_id": given.session_id, "actor_id": root.id, "reason": REASON, "ended_at": ended_at,
        });
        assert_eq!(said, [acted], "{how}");
        // By who brought it about, and not by whom they begin to act as next.
        let by = if ["the actor signs out", "the actor acts anew"].contains(&how) { root.id } else { ada.id };
        assert_eq!(ends.items[0].principal.user_id(), Some(by), "{how}");
        assert_eq!(ends.items[0].actor, (how == "stopped").then_some(root.id), "{how}");
    }
}

/// Nothing happens at that moment: what ends the session later says when it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_over_by_its_time_is_said_to_have_ended_then_and_not_when_somebody_signed_out() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let actor = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    let (_, given) = act(&orion, &actor, ada.id).await;
    orion.advance(Duration::from_secs(45 * 60)).await;
    actor.post("/api/v1/auth/logout", json!({})).await.expect(204);
    orion.settle().await;
    let path = format!("/api/v1/audit?about={}&action=impersonation_end", ada.id);
    let ends: Page<AuditEntry> = root.get(&path).await.expect(200).json();
    let [end] = &ends.items[..] else { panic!("{ends:?}") };
    assert!(end.occurred_at > given.expires_at, "{end:?}");
    let said = end.old_values.clone().unwrap_or_default();
    assert_eq!(said["ended_at"], json!(given.expires_at), "{end:?}");
    assert_eq!(end.description, "The time to act as the user was over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_person_is_mailed_who_acts_when_until_when_and_why_as_nothing_but_text() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let root = orion.administrator().await;
    let reason = "Ticket <b>4711</b> & {{product_name}}: \"list\"";
    let order = json!({ "user_id": ada.id, "reason": reason });
    let given: Impersonation = root.post(BEGIN, order).await.expect(201).json();
    let mail = eventually("the mail", async || {
        orion.mailbox.to(&ada.email).await.into_iter().find(|mail| mail.contains("began to act as you"))
    })
    .await;
    let until = given.expires_at.format("%Y-%m-%d %H:%M UTC").to_string();
    for part in ["When: ", &format!("Until: {until}"), &format!("({})", root.email), reason] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    // Nobody's password is known to anybody.
    assert!(!mail.contains("choose another password"), "{mail}");
}

/// A condition about how long ago somebody has proven who they are is asked of whoever acts, and not of the moment in which they began.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_to_act_as_somebody_has_not_signed_in_anew_by_that() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let path = format!("/api/v1/users/{}/permissions/users.read", bob.id);
    let recent = json!({ "effect": "grant", "condition": "request.auth_age < 100" });
    root.put(&path, recent).await.expect(204);
    const USERS: &str = "/api/v1/users";
    eventually("the grant", async || (bob.get(USERS).await.status == 200).then_some(())).await;
    // Recent enough to begin, and not for the condition.
    orion.advance(Duration::from_secs(200)).await;
    assert_problem!(bob.get(USERS).await, 403, "permission-denied");
    let (acting, _) = act(&orion, root, bob.id).await;
    assert_problem!(acting.get(USERS).await, 403, "permission-denied");
}
