//! `/api/v1/organisations/{id}/members`: who belongs to an organisation, and the roles inside.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::Page;
use orion_contracts::organisations::{MembershipList, OrganisationMember};
use orion_contracts::users::{HeldRoleList, Role};
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_each_other_with_what_they_hold_inside_and_nobody_else_does() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let path = format!("{ORGANISATIONS}/{id}/members");
    let acting = acting_for(&bob, id).await;
    let members: Vec<OrganisationMember> = acting.get(&path).await.expect(200).json::<Page<_>>().items;
    let of = |user| members.iter().find(|member| member.user_id == user).unwrap();
    assert_eq!(members.len(), 2);
    let roles = |user| of(user).roles.iter().map(|held| held.role.as_str()).collect::<Vec<_>>();
    assert_eq!(roles(bob.id), ["organisation_member"]);
    assert_eq!(roles(root.id), ["organisation_member", "organisation_owner"]);
    let first: Page<OrganisationMember> = root.get(&format!("{path}?limit=1")).await.json();
    let next = format!("{path}?limit=1&cursor={}", first.next_cursor.unwrap());
    assert_eq!(root.get(&next).await.json::<Page<OrganisationMember>>().items[0], members[1]);
    acting.get(&format!("{path}/{}", root.id)).await.expect(200);
    assert_problem!(acting.get(&format!("{path}/{}", eve.id)).await, 404, "not-found");
    assert_problem!(eve.get(&path).await, 403, "permission-denied");
    // Nobody is made a member by another member without being asked.
    give_inside(&orion, id, &bob, "organisation_admin").await;
    assert_problem!(acting.put(&format!("{path}/{}", eve.id), json!({})).await, 403, "permission-denied");
    let nobody = format!("{path}/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10");
    assert_problem!(root.put(&nobody, json!({})).await, 404, "not-found");
    let guest = orion.user("gil").unverified().await;
    assert_problem!(root.put(&format!("{path}/{}", guest.id), json!({})).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_which_roles_can_be_held_inside_and_no_other_role() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let foreign = organisation_of(&orion, "Looms", &[&eve]).await;
    let role = json!({ "name": "inside_editor", "display_name": "Editor inside", "scope": "org", "level": 20 });
    root.post("/api/v1/roles", role).await.expect(201);
    let path = format!("{ORGANISATIONS}/{id}/roles");
    let acting = acting_for(&bob, id).await;
    let roles: Page<Role> = acting.get(&path).await.expect(200).json();
    let names: Vec<_> = roles.items.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["inside_editor", "organisation_admin", "organisation_member", "organisation_owner"]);
    let first: Page<Role> = acting.get(&format!("{path}?limit=3")).await.expect(200).json();
    let rest = format!("{path}?limit=3&cursor={}", first.next_cursor.unwrap());
    assert_eq!(acting.get(&rest).await.expect(200).json::<Page<Role>>().items, roles.items[3..]);
    assert_problem!(acting.get("/api/v1/roles").await, 403, "permission-denied");
    // Of one that is not theirs people learn what they learn of none.
    let nobodys = format!("{ORGANISATIONS}/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/roles");
    for other in [format!("{ORGANISATIONS}/{foreign}/roles"), nobodys] {
        assert_problem!(acting.get(&other).await, 404, "not-found");
    }
    assert_problem!(eve.get(&path).await, 403, "permission-denied");
    assert_problem!(root.get(&format!("{path}?cursor=x")).await, 400, "invalid-cursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_inside_holds_for_its_organisation_alone() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let other = organisation_of(&orion, "Looms", &[&bob]).await;
    give_inside(&orion, id, &bob, "organisation_admin").await;
    let acting = acting_for(&bob, id).await;
    let patch = |id| format!("{ORGANISATIONS}/{id}");
    acting.patch(&patch(id), json!({ "description": "Ours." })).await.expect(200);
    assert_problem!(acting.patch(&patch(other), json!({ "description": "Ours." })).await, 404, "not-found");
    assert_problem!(acting.get("/api/v1/users").await, 403, "permission-denied");
    // Everywhere it is given to nobody, nor promised.
    let everywhere = format!("/api/v1/users/{}/roles/organisation_admin", bob.id);
    assert_problem!(root.put(&everywhere, json!({})).await, 409, "conflict");
    let promised = json!({ "email": "zoe@example.com", "roles": ["organisation_admin"] });
    assert_problem!(root.post("/api/v1/users", promised).await, 422, "validation");
    // And a role of the platform is given to nobody inside.
    let inside = format!("{ORGANISATIONS}/{id}/members/{}/roles/admin", bob.id);
    assert_problem!(root.put(&inside, json!({})).await, 404, "not-found");
    let held: HeldRoleList = root.get(&format!("/api/v1/users/{}/roles", bob.id)).await.expect(200).json();
    let inside: Vec<_> = held.items.iter().filter(|held| held.organisation_id == Some(id)).collect();
    assert_eq!(inside.len(), 2, "{held:?}");
    let of_bob = format!("/api/v1/users/{}/organisations", bob.id);
    assert_eq!(root.get(&of_bob).await.expect(200).json::<MembershipList>().items.len(), 2);
    assert_problem!(bob.get(&of_bob).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_inside_what_they_do_not_hold_there_or_acts_on_who_stands_above() {
    let orion = TestPlatform::start().await;
    let (ada, bob, eve) = (orion.user("ada").await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob, &eve]).await;
    let root = orion.administrator().await;
    give_inside(&orion, id, &ada, "organisation_owner").await;
    give_inside(&orion, id, &bob, "organisation_admin").await;
    let path = |user: &orion_testkit::TestUser| format!("{ORGANISATIONS}/{id}/members/{}", user.id);
    let role = |user, role: &str| format!("{}/roles/{role}", path(user));
    let acting = acting_for(&bob, id).await;
    assert_problem!(acting.put(&role(&eve, "organisation_owner"), json!({})).await, 403, "permission-denied");
    assert_problem!(acting.put(&role(&bob, "organisation_owner"), json!({})).await, 403, "permission-denied");
    assert_problem!(acting.delete(&path(&ada)).await, 403, "permission-denied");
    assert_problem!(acting.delete(&role(&ada, "organisation_owner")).await, 403, "permission-denied");
    acting.put(&role(&eve, "organisation_admin"), json!({})).await.expect(204);
    // A role of more power than its giver's has at its level is no way up.
    let order = json!({ "name": "inside_reader", "display_name": "Reader", "level": 20, "scope": "org", "permissions": ["settings.read"] });
    root.post("/api/v1/roles", order).await.expect(201);
    assert_problem!(acting.put(&role(&eve, "inside_reader"), json!({})).await, 403, "permission-denied");
    root.put(&role(&eve, "inside_reader"), json!({})).await.expect(204);
    // What is held for a time is given for no longer.
    let soon = chrono::Utc::now() + chrono::Duration::minutes(10);
    root.put(&role(&bob, "organisation_admin"), json!({ "expires_at": soon })).await.expect(204);
    acting.delete(&role(&eve, "organisation_admin")).await.expect(204);
    assert_problem!(acting.put(&role(&eve, "organisation_admin"), json!({})).await, 403, "permission-denied");
    let sooner = soon - chrono::Duration::minutes(1);
    acting.put(&role(&eve, "organisation_admin"), json!({ "expires_at": sooner })).await.expect(204);
    let past = json!({ "expires_at": "2020-01-01T00:00:00Z" });
    assert_problem!(acting.put(&role(&eve, "organisation_admin"), past).await, 422, "validation");
    // Nobody who keeps their own permission loses the role of every member by it.
    assert_problem!(root.delete(&role(&eve, "organisation_member")).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_remove_each_other_at_once_one_stays() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let root = orion.administrator().await;
    let id = organisation_of(&orion, "Engines", &[&ada, &bob]).await;
    for owner in [&ada, &bob] {
        give_inside(&orion, id, owner, "organisation_owner").await;
    }
    root.delete(&format!("/api/v1/users/me/organisations/{id}")).await.expect(204);
    let (of_ada, of_bob) = (acting_for(&ada, id).await, acting_for(&bob, id).await);
    let path = |user: &orion_testkit::TestUser| format!("{ORGANISATIONS}/{id}/members/{}", user.id);
    let (path_of_bob, path_of_ada) = (path(&bob), path(&ada));
    let (one, two) = tokio::join!(of_ada.delete(&path_of_bob), of_bob.delete(&path_of_ada));
    let statuses = [one.status, two.status];
    assert!(statuses.contains(&204) && statuses.iter().any(|status| *status != 204), "{statuses:?}");
    let left: Page<OrganisationMember> = root.get(&format!("{ORGANISATIONS}/{id}/members")).await.json();
    assert_eq!(left.items.len(), 1);
    let last = &left.items[0];
    let owner = format!("{ORGANISATIONS}/{id}/members/{}/roles/organisation_owner", last.user_id);
    assert_problem!(root.delete(&owner).await, 409, "conflict");
    let soon = json!({ "expires_at": chrono::Utc::now() + chrono::Duration::days(1) });
    assert_problem!(root.put(&owner, soon).await, 409, "conflict");
    assert_problem!(root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", last.user_id)).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_holds_nothing_inside_and_their_keys_end() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let direct = format!("/api/v1/users/{}/permissions/audit.read", bob.id);
    // What is for an organisation is given to its members, and for one that there is.
    let elsewhere = organisation_of(&orion, "Looms", &[]).await;
    for stranger in [json!(elsewhere), json!("019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10")] {
        let grant = json!({ "effect": "grant", "organisation_id": stranger });
        assert_eq!(root.put(&direct, grant).await.problem_fields(), ["organisation_id"]);
        let key = json!({ "name": "Loom", "scopes": ["profile.read"], "organisation_id": stranger });
        assert_eq!(bob.post("/api/v1/api-keys", key).await.problem_fields(), ["organisation_id"]);
    }
    root.put(&direct, json!({ "effect": "grant", "organisation_id": id })).await.expect(204);
    let acting = acting_for(&bob, id).await;
    let key = json!({ "name": "Loom", "scopes": ["audit.read"], "organisation_id": id });
    let key: Value = acting.post("/api/v1/api-keys", key).await.expect(201).json();
    let program = bob.with_token(key["secret"].as_str().unwrap());
    program.get("/api/v1/audit").await.expect(200);
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id)).await.expect(204);
    eventually("the end of the key", || async { (program.get("/api/v1/audit").await.status == 401).then_some(()) })
        .await;
    let refused = acting.get("/api/v1/audit").await;
    assert!(matches!(refused.status, 401 | 403), "{refused:?}");
    orion.settle().await;
    assert_problem!(acting.get("/api/v1/users/me").await, 401, "invalid-token");
    let held: Value = root.get(&format!("/api/v1/users/{}/permissions", bob.id)).await.expect(200).json();
    assert_eq!(held["items"], json!([]));
    assert_problem!(root.delete(&format!("{ORGANISATIONS}/{id}/members/{}", bob.id)).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_of_an_organisation_belongs_to_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let unknown = json!({ "name": "Loom", "organisation_id": "019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10" });
    assert_eq!(root.post("/api/v1/service-accounts", unknown).await.problem_fields(), ["organisation_id"]);
    let made: Value = root
        .post("/api/v1/service-accounts", json!({ "name": "Loom", "organisation_id": id }))
        .await
        .expect(201)
        .json();
    let account = made["id"].as_str().unwrap();
    let role = format!("{ORGANISATIONS}/{id}/members/{account}/roles/organisation_member");
    root.put(&role, json!({})).await.expect(204);
    let key = json!({ "name": "Nightly", "scopes": ["organisations.read"], "organisation_id": id });
    let key: Value = root.post(&format!("/api/v1/service-accounts/{account}/api-keys"), key).await.expect(201).json();
    let program = root.with_token(key["secret"].as_str().unwrap());
    let members: Page<OrganisationMember> =
        program.get(&format!("{ORGANISATIONS}/{id}/members")).await.expect(200).json();
    assert!(members.items.iter().any(|member| member.is_service_account));
    let other = organisation_of(&orion, "Looms", &[]).await;
    assert_problem!(program.get(&format!("{ORGANISATIONS}/{other}")).await, 404, "not-found");
}

/// As whoever transfers or deletes one: with a session that was stolen, or a key that has leaked, it is not taken over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_are_made_promised_and_removed_by_who_has_just_signed_in() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob]).await;
    let root = orion.administrator().await;
    give_inside(&orion, id, &ada, "organisation_owner").await;
    let acting = acting_for(&ada, id).await;
    let member = |user: &TestUser| format!("{ORGANISATIONS}/{id}/members/{}", user.id);
    let owner = |user: &TestUser| format!("{}/roles/organisation_owner", member(user));
    let invitations = format!("{ORGANISATIONS}/{id}/invitations");
    let promise = json!({ "email": "zoe@example.com", "roles": ["organisation_owner"] });
    let scopes = root.get("/api/v1/roles/organisation_owner").await.expect(200).value()["role"]["permissions"].clone();
    let key = json!({ "name": "Loom", "scopes": scopes, "organisation_id": id });
    let key: Value = acting.post("/api/v1/api-keys", key).await.expect(201).json();
    let program = ada.with_token(key["secret"].as_str().unwrap());
    program.put(&format!("{}/roles/organisation_admin", member(&bob)), json!({})).await.expect(204);
    for refused in [
        program.put(&owner(&bob), json!({})).await,
        program.delete(&owner(root)).await,
        program.delete(&member(root)).await,
        program.post(&invitations, promise.clone()).await,
    ] {
        let detail = assert_problem!(refused, 403, "permission-denied").value()["detail"].to_string();
        assert!(detail.contains("API key"), "{detail}");
    }
    orion.advance(Duration::from_secs(400)).await;
    for refused in [
        acting.put(&owner(&bob), json!({})).await,
        acting.delete(&owner(root)).await,
        acting.delete(&member(root)).await,
        acting.post(&invitations, promise.clone()).await,
    ] {
        assert_problem!(refused, 401, "insufficient-user-authentication");
    }
    // What hands nothing over asks for no other sign-in.
    acting.delete(&format!("{}/roles/organisation_admin", member(&bob))).await.expect(204);
    acting.post(&invitations, json!({ "email": "zoe@example.com", "roles": ["organisation_admin"] })).await.expect(201);
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let acting = acting_for(&ada, id).await;
    acting.put(&owner(&bob), json!({})).await.expect(204);
    acting.post(&invitations, promise).await.expect(201);
    acting.delete(&member(root)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_runs_the_platform_for_a_time_makes_nobody_a_member_for_good() {
    let orion = TestPlatform::start().await;
    let (root, adam, bob) = (orion.administrator().await, orion.user("adam").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[]).await;
    let role = format!("/api/v1/users/{}/roles/admin", adam.id);
    let soon = chrono::Utc::now() + chrono::Duration::minutes(10);
    root.put(&role, json!({ "expires_at": soon })).await.expect(204);
    let member = |user: &TestUser| format!("{ORGANISATIONS}/{id}/members/{}", user.id);
    eventually("the role", || async { (adam.get(&member(root)).await.status == 200).then_some(()) }).await;
    for user in [&adam, &bob] {
        assert_problem!(adam.put(&member(user), json!({})).await, 403, "permission-denied");
    }
    root.put(&role, json!({})).await.expect(204);
    adam.put(&member(&bob), json!({})).await.expect(204);
}

/// They end with a membership, and not with its beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_has_sent_waits_on_when_they_become_a_member() {
    let orion = TestPlatform::start().await;
    let (root, adam, bob) =
        (orion.administrator().await, orion.user("adam").with_role("admin").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[]).await;
    let order = json!({ "email": bob.email });
    let sent: Value = adam.post(&format!("{ORGANISATIONS}/{id}/invitations"), order).await.expect(201).json();
    root.put(&format!("{ORGANISATIONS}/{id}/members/{}", adam.id), json!({})).await.expect(204);
    let own = format!("/api/v1/users/me/organisation-invitations/{}", sent["id"].as_str().unwrap());
    bob.post(&own, json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_members_under_a_condition_gives_and_promises_nothing_inside() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&bob, &eve]).await;
    let role = json!({ "name": "veteran", "display_name": "Veteran", "scope": "org", "level": 1, "permissions": [] });
    root.post("/api/v1/roles", role).await.expect(201);
    let direct = format!("/api/v1/users/{}/permissions/members.write", bob.id);
    let always = json!({ "effect": "grant", "organisation_id": id, "condition": "request.auth_age < 100000" });
    root.put(&direct, always).await.expect(204);
    let acting = acting_for(&bob, id).await;
    let invitations = format!("{ORGANISATIONS}/{id}/invitations");
    eventually("what holds", || async { (acting.get(&invitations).await.status == 200).then_some(()) }).await;
    let veteran = format!("{ORGANISATIONS}/{id}/members/{}/roles/veteran", eve.id);
    let refused = assert_problem!(acting.put(&veteran, json!({})).await, 403, "permission-denied");
    assert!(refused.value()["detail"].to_string().contains("members.write"), "{refused:?}");
    assert_problem!(acting.post(&invitations, json!({ "email": "zoe@example.com" })).await, 403, "permission-denied");
    root.put(&direct, json!({ "effect": "grant", "organisation_id": id })).await.expect(204);
    eventually("what has no condition any more", || async {
        (acting.put(&veteran, json!({})).await.status == 204).then_some(())
    })
    .await;
    acting.post(&invitations, json!({ "email": "zoe@example.com" })).await.expect(201);
}

/// Who accepts at the moment in which they are deleted owns it, or does not come: nobody leaves it to a deleted person.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_owns_it_whose_last_owner_leaves_while_the_next_one_accepts_and_is_deleted() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    for round in 0..6 {
        let bob = orion.user(&format!("bob{round}")).await;
        let id = organisation_of(&orion, &format!("Engines {round}"), &[&ada]).await;
        give_inside(&orion, id, &ada, "organisation_owner").await;
        root.delete(&format!("/api/v1/users/me/organisations/{id}")).await.expect(204);
        let acting = acting_for(&ada, id).await;
        let promise = json!({ "email": bob.email, "roles": ["organisation_owner"] });
        let sent: Value = acting.post(&format!("{ORGANISATIONS}/{id}/invitations"), promise).await.expect(201).json();
        let accept = format!("/api/v1/users/me/organisation-invitations/{}", sent["id"].as_str().unwrap());
        let (status, leave) =
            (format!("/api/v1/users/{}/status", bob.id), format!("/api/v1/users/me/organisations/{id}"));
        let deleted = json!({ "status": "deleted", "reason": "Ticket 4711" });
        let answers = tokio::join!(bob.post(&accept, json!({})), root.put(&status, deleted), ada.delete(&leave));
        let members: Page<OrganisationMember> =
            root.get(&format!("{ORGANISATIONS}/{id}/members")).await.expect(200).json();
        let bob_is = root.get(&format!("/api/v1/users/{}", bob.id)).await.expect(200).value()["status"].clone();
        let owns = |member: &OrganisationMember| {
            member.roles.iter().any(|held| held.role == "organisation_owner")
                && (member.user_id != bob.id || bob_is == "active")
        };
        assert!(members.items.iter().any(owns), "{round}: {members:?} {bob_is} {answers:?}");
    }
}
