//! Invitations to organisations: sent, accepted, declined, withdrawn, and kept as far as who promised may still promise.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::events::{Event, EventBatch, OrganisationInvited};
use orion_contracts::internal::TakeEvents;
use orion_contracts::organisations::{MembershipList, OrganisationInvitation, OrganisationInvitationList};
use orion_contracts::users::UserStatus;
use orion_contracts::{EventId, OrganisationId, OrganisationInvitationId, Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::json;
use serde_json::value::to_raw_value;
use std::time::Duration;

const OWN: &str = "/api/v1/users/me/organisation-invitations";

async fn invite(by: &Client, id: OrganisationId, email: &str, roles: &[&str]) -> OrganisationInvitation {
    let order = json!({ "email": email, "roles": roles });
    by.post(&format!("{ORGANISATIONS}/{id}/invitations"), order).await.expect(201).json()
}

async fn waiting(user: &Client) -> Vec<OrganisationInvitation> {
    user.get(OWN).await.expect(200).json::<OrganisationInvitationList>().items
}

async fn roles_inside(user: &Client) -> Vec<Vec<String>> {
    let own: MembershipList = user.get("/api/v1/users/me/organisations").await.expect(200).json();
    own.items.into_iter().map(|membership| membership.roles).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_account_is_told_and_decides() {
    let orion = TestPlatform::start().await;
    let (ada, bob, eve) = (orion.user("ada").await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let acting = acting_for(&ada, id).await;
    let known = orion.mailbox.to(&bob.email).await.len();
    let sent = invite(&acting, id, &bob.email, &["organisation_admin"]).await;
    orion.settle().await;
    let mails = orion.mailbox.to(&bob.email).await;
    assert!(mails.len() == known + 1 && mails[known].contains("Engines"), "{mails:?}");
    assert_eq!(waiting(&bob).await, std::slice::from_ref(&sent));
    assert!(roles_inside(&bob).await.is_empty());
    // It is nobody else's to answer, or to see.
    let path = format!("{OWN}/{}", sent.id);
    assert_problem!(eve.post(&path, json!({})).await, 404, "not-found");
    assert_problem!(eve.delete(&path).await, 404, "not-found");
    assert!(waiting(&eve).await.is_empty());
    bob.post(&path, json!({})).await.expect(204);
    assert_eq!(roles_inside(&bob).await, [["organisation_admin", "organisation_member"]]);
    assert!(waiting(&bob).await.is_empty());
    assert_problem!(bob.post(&path, json!({})).await, 404, "not-found");
    let again = json!({ "email": bob.email });
    let invitations = format!("{ORGANISATIONS}/{id}/invitations");
    assert_problem!(acting.post(&invitations, again).await, 409, "conflict");
    let second = invite(&acting, id, &eve.email, &[]).await;
    eve.delete(&format!("{OWN}/{}", second.id)).await.expect(204);
    assert!(acting.get(&invitations).await.json::<Page<OrganisationInvitation>>().items.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_account_gets_one_and_joins_with_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let acting = acting_for(&ada, id).await;
    let sent = invite(&acting, id, "zoe@example.com", &[]).await;
    let listed: Page<OrganisationInvitation> =
        acting.get(&format!("{ORGANISATIONS}/{id}/invitations")).await.expect(200).json();
    assert_eq!(listed.items, [sent]);
    let token = orion.mailbox.verification_token("zoe@example.com").await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    let zoe = TestUser::sign_in(&orion.anonymous(), "zoe@example.com", PASSWORD).await;
    assert_eq!(roles_inside(&zoe).await, [["organisation_member"]]);
    // Nothing of the platform was promised with it.
    let me: orion_contracts::users::User = zoe.get("/api/v1/users/me").await.json();
    assert_eq!((me.status, me.roles), (UserStatus::Active, vec!["user".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_promises_what_they_do_not_hold_and_a_promise_ends_with_who_made_it() {
    let orion = TestPlatform::start().await;
    let (root, ada, bob) = (orion.administrator().await, orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let acting = acting_for(&ada, id).await;
    let path = format!("{ORGANISATIONS}/{id}/invitations");
    let owner = json!({ "email": bob.email, "roles": ["organisation_owner"] });
    assert_problem!(acting.post(&path, owner).await, 403, "permission-denied");
    for unknown in ["admin", "nobody", "Bad name"] {
        let refused = acting.post(&path, json!({ "email": bob.email, "roles": [unknown] })).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["roles"]);
    }
    let sent = invite(&acting, id, &bob.email, &["organisation_admin"]).await;
    let own = format!("{OWN}/{}", sent.id);
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}/roles/organisation_admin", ada.id)).await.expect(204);
    assert_problem!(bob.post(&own, json!({})).await, 409, "conflict");
    assert!(roles_inside(&bob).await.is_empty());
    // Invited anew by somebody who may, it is theirs to answer.
    let anew = invite(root, id, &bob.email, &[]).await;
    assert_eq!(anew.id, sent.id);
    root.delete(&format!("{path}/{}", anew.id)).await.expect(204);
    assert_problem!(bob.post(&own, json!({})).await, 404, "not-found");
    let last = invite(root, id, &bob.email, &[]).await;
    orion.advance(Duration::from_secs(8 * 86_400)).await;
    let bob = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    assert_problem!(bob.post(&format!("{OWN}/{}", last.id), json!({})).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_by_a_link_joins_what_it_was_mailed_for_and_answers_the_rest() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (first, second) = (organisation_of(&orion, "Engines", &[]).await, organisation_of(&orion, "Looms", &[]).await);
    for (email, links, joined) in [("zoe@example.com", 1, first), ("yan@example.com", 2, second)] {
        invite(root, first, email, &[]).await;
        let of_first = orion.mailbox.verification_token(email).await;
        invite(root, second, email, &[]).await;
        orion.settle().await;
        let mails = orion.mailbox.to(email).await;
        // Each mail names its own, and has a link: without a password nobody could sign in to answer.
        assert!(mails.len() == 2 && mails[0].contains("Engines") && mails[1].contains("Looms"), "{mails:?}");
        let token = if links == 1 { of_first } else { orion.mailbox.verification_token(email).await };
        let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
        orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
        let person = TestUser::sign_in(&orion.anonymous(), email, PASSWORD).await;
        let own: MembershipList = person.get("/api/v1/users/me/organisations").await.expect(200).json();
        assert_eq!(own.items.iter().map(|one| one.organisation.id).collect::<Vec<_>>(), [joined], "{email}");
        assert_eq!(waiting(&person).await.len(), 1, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_twice_before_they_have_a_password_joins_by_the_newest_link() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let before = invite(root, id, "zoe@example.com", &[]).await;
    let again = invite(root, id, "zoe@example.com", &["organisation_admin"]).await;
    assert_eq!(before.id, again.id);
    orion.settle().await;
    let token = orion.mailbox.verification_token("zoe@example.com").await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    let zoe = TestUser::sign_in(&orion.anonymous(), "zoe@example.com", PASSWORD).await;
    assert_eq!(roles_inside(&zoe).await, [["organisation_admin", "organisation_member"]]);
    // Somebody who came by themselves and waits for their own link gets none by it, and takes nothing over.
    let guest = orion.user("gil").unverified().await;
    let known = orion.mailbox.to(&guest.email).await.len();
    invite(root, id, &guest.email, &[]).await;
    orion.settle().await;
    let mails = orion.mailbox.to(&guest.email).await;
    assert!(mails[known..].iter().all(|mail| !mail.contains("verify-email?token=")), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_ends_with_who_joined_was_removed_or_sent_it_and_its_link_with_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    give_inside(&orion, id, &ada, "organisation_admin").await;
    let acting = acting_for(&ada, id).await;
    // Who was made a member meanwhile, and removed, does not come back by what was sent before.
    invite(&acting, id, &bob.email, &["organisation_admin"]).await;
    let member = |user: &TestUser| format!("{ORGANISATIONS}/{id}/members/{}", user.id);
    root.put(&member(&bob), json!({})).await.expect(204);
    root.delete(&member(&bob)).await.expect(204);
    assert!(waiting(&bob).await.is_empty());
    // Nor by that of somebody who was removed, though they are back.
    let sent = invite(&acting, id, &bob.email, &["organisation_admin"]).await;
    root.delete(&member(&ada)).await.expect(204);
    root.put(&member(&ada), json!({})).await.expect(204);
    give_inside(&orion, id, &ada, "organisation_admin").await;
    assert_problem!(bob.post(&format!("{OWN}/{}", sent.id), json!({})).await, 404, "not-found");
    let hal = invite(root, id, "hal@example.com", &[]).await;
    let token = orion.mailbox.verification_token("hal@example.com").await;
    root.delete(&format!("{ORGANISATIONS}/{id}/invitations/{}", hal.id)).await.expect(204);
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    assert_problem!(orion.anonymous().post("/api/v1/auth/verify-email", order).await, 422, "validation");
    // Who has not proven an address is not told what it is invited to.
    let guest = orion.user("gil").unverified().await;
    assert_problem!(guest.get(OWN).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_takes_the_name_of_a_promised_one_is_not_given_inside() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let root = orion.administrator().await;
    let role = json!({
        "name": "clerk", "display_name": "Clerk", "description": "Files.", "level": 2,
        "permissions": [], "scope": "org"
    });
    root.post("/api/v1/roles", role.clone()).await.expect(201);
    invite(root, id, &bob.email, &["clerk"]).await;
    let write = async |sql: &str| {
        let old = orion.infra(ServiceName::Users).db.begin().await.unwrap();
        old.execute_unprepared(sql).await.unwrap();
        old.commit().await.unwrap();
    };
    let refused = async || {
        let refused = assert_problem!(root.delete("/api/v1/roles/clerk").await, 409, "conflict");
        let detail = refused.value()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("One invitation promises this role."), "{detail}");
    };
    refused().await;
    // A version of before wrote no ids.
    write("UPDATE organisation_invitations SET role_ids = NULL").await;
    refused().await;
    write("DELETE FROM organisation_invitations").await;
    let sent = invite(root, id, &bob.email, &["clerk"]).await;
    // Who is invited is no member yet, of whom a role could be taken.
    let member = format!("{ORGANISATIONS}/{id}/members/{}/roles/clerk", bob.id);
    assert_problem!(root.delete(&member).await, 404, "not-found");
    // As if a version that does not look for promises had removed it.
    write("DELETE FROM roles WHERE name = 'clerk'").await;
    root.post("/api/v1/roles", role).await.expect(201);
    bob.post(&format!("{OWN}/{}", sent.id), json!({})).await.expect(204);
    assert_eq!(roles_inside(&bob).await, [["organisation_member"]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_answers_for_whom_they_act_as() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let sent = invite(root, id, &bob.email, &[]).await;
    let order = json!({ "user_id": bob.id, "reason": "Ticket 4711" });
    let given = root.post("/api/v1/auth/impersonations", order).await.expect(201).value();
    let acting = orion.anonymous().with_token(given["access_token"].as_str().unwrap());
    let path = format!("{OWN}/{}", sent.id);
    assert_problem!(acting.post(&path, json!({})).await, 403, "permission-denied");
    assert_problem!(acting.delete(&path).await, 403, "permission-denied");
    assert_eq!(waiting(&bob).await, [sent]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_declines_or_joins_while_they_are_invited_anew_comes_before_or_after() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    // One mailbox is invited five times a day to one of them.
    for round in 0..8 {
        let id = organisation_of(&orion, &format!("Engines {round}"), &[]).await;
        let path = format!("{ORGANISATIONS}/{id}/invitations");
        let sent = invite(root, id, &bob.email, &[]).await;
        let own = format!("{OWN}/{}", sent.id);
        let (declined, invited) =
            tokio::join!(bob.delete(&own), root.post(&path, json!({ "email": bob.email, "roles": [] })));
        declined.expect(204);
        let invited: OrganisationInvitation = invited.expect(201).json();
        // Whichever came first: it was declined as it was sent last, or sent as one that is new.
        let left: Vec<_> = waiting(&bob).await.into_iter().filter(|left| left.organisation_id == id).collect();
        assert!(left.iter().all(|left| left.id == invited.id && left.id != sent.id), "{left:?}");
        assert_eq!(left.is_empty(), invited.id == sent.id);
    }
    let id = organisation_of(&orion, "Engines", &[]).await;
    let path = format!("{ORGANISATIONS}/{id}/invitations");
    for number in 0..5 {
        let email = format!("zoe{number}@example.com");
        invite(root, id, &email, &[]).await;
        let token = orion.mailbox.verification_token(&email).await;
        let joins = json!({ "token": token, "password": PASSWORD, "replace_password": true });
        let (joined, invited) = tokio::join!(
            async { orion.anonymous().post("/api/v1/auth/verify-email", joins).await },
            root.post(&path, json!({ "email": email, "roles": [] })),
        );
        // The link of before is void once another one was sent; whoever has come by it is invited to nothing more.
        assert!(matches!((joined.status, invited.status), (204 | 422, 201) | (204, 409)), "{joined:?} {invited:?}");
        orion.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_a_version_of_before_has_told_of_is_mailed_without_a_link() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.settle().await;
    let known = orion.mailbox.to(&bob.email).await.len();
    let users = orion.infra(ServiceName::Users);
    let (id, invitation): (EventId, OrganisationInvitationId) =
        (users.random.id(&users.clock), users.random.id(&users.clock));
    let told = OrganisationInvited {
        user: crate::auth::facts(&bob, UserStatus::Active),
        organisation_id: users.random.id(&users.clock),
        organisation_name: "Engines".to_owned(),
        invited_by: None,
        expires_at: users.clock.now() + chrono::TimeDelta::days(1),
        invitation_id: Some(invitation),
    };
    let event = Event::of(id, ServiceName::Users, (invitation.0, 1), users.clock.now(), &told).unwrap();
    let mut event = serde_json::to_value(&event).unwrap();
    event["data"].as_object_mut().unwrap().remove("invitation_id").expect("a field that is new");
    let event = to_raw_value(&event).unwrap();
    let batch = EventBatch { events: vec![&*event] };
    let taken = users.peers.to(ServiceName::Notifications).call(&TakeEvents {}, &batch).await.unwrap();
    assert!(taken.refused.is_empty(), "{taken:?}");
    orion.settle().await;
    let mails = orion.mailbox.to(&bob.email).await;
    let mail = &mails[known];
    assert!(mail.contains("Engines") && mail.contains("Sign in to") && !mail.contains("http"), "{mail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_mailbox_is_invited_a_few_times_a_day_whatever_its_tags_and_nobody_elses_invitation_is_lost_by_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (noisy, quiet) = (organisation_of(&orion, "Noisy", &[]).await, organisation_of(&orion, "Quiet", &[]).await);
    let path = |id: OrganisationId| format!("{ORGANISATIONS}/{id}/invitations");
    for tag in 0..5 {
        let sent = invite(root, noisy, &format!("victim+{tag}@example.com"), &[]).await;
        // To withdraw one gives no place back.
        root.delete(&format!("{}/{}", path(noisy), sent.id)).await.expect(204);
    }
    let refused = root.post(&path(noisy), json!({ "email": "victim+5@example.com" })).await;
    let wait: u64 =
        assert_problem!(refused, 429, "rate-limited").header("retry-after").unwrap().parse().expect("seconds");
    assert!((86_000..=86_400).contains(&wait), "{wait}");
    assert_problem!(root.post(&path(noisy), json!({ "email": "victim@example.com" })).await, 429, "rate-limited");
    invite(root, noisy, "somebody@example.com", &[]).await;
    // What another organisation sends is mailed.
    let bob = orion.user("bob").await;
    orion.settle().await;
    for _ in 0..5 {
        invite(root, noisy, &bob.email, &[]).await;
    }
    invite(root, quiet, &bob.email, &[]).await;
    orion.settle().await;
    let mails = orion.mailbox.to(&bob.email).await;
    assert!(mails.iter().any(|mail| mail.contains("Quiet")), "{mails:?}");
    // The end is a moment with its zone, as on the page.
    assert!(mails.iter().filter(|mail| mail.contains("Quiet")).all(|mail| mail.contains(" UTC")), "{mails:?}");
    orion.advance(Duration::from_secs(wait + 1)).await;
    let root = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    invite(&root, noisy, "victim+5@example.com", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_invites_a_bounded_number_a_day_whatever_became_of_them() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    let (full, other) = (organisation_of(&orion, "Full", &[&ada]).await, organisation_of(&orion, "Other", &[]).await);
    give_inside(&orion, full, &ada, "organisation_admin").await;
    let acting = acting_for(&ada, full).await;
    let users = orion.infra(ServiceName::Users);
    let write = users.db.begin().await.unwrap();
    for number in 0..499 {
        let insert = "INSERT INTO sent_organisation_invitations (id, organisation_id, mailbox, sent_at) \
                      VALUES ($1, $2, $3, $4)";
        let id: EventId = users.random.id(&users.clock);
        let values = [id.0.into(), full.0.into(), format!("mac{number}").into(), users.clock.now().into()];
        write.execute_raw(statement(&write, insert, values)).await.unwrap();
    }
    write.commit().await.unwrap();
    invite(root, full, "last@example.com", &[]).await;
    let refused =
        acting.post(&format!("{ORGANISATIONS}/{full}/invitations"), json!({ "email": "more@example.com" })).await;
    let wait = assert_problem!(refused, 429, "rate-limited").header("retry-after").unwrap();
    assert!(wait.parse::<u64>().expect("seconds") > 86_000, "{wait}");
    // Nobody was made for it.
    let found = root.get("/api/v1/users?search=more@example.com").await.expect(200).value();
    assert_eq!(found["items"], json!([]));
    invite(root, other, "more@example.com", &[]).await;
    // Who runs the platform goes on where somebody inside has used it up.
    invite(root, full, "more@example.com", &[]).await;
}
