//! `/api/v1/organisations`: making, finding, changing, handing over and deleting them.

use orion_contracts::audit::AuditEntry;
use orion_contracts::auth::ActingFor;
use orion_contracts::organisations::{Membership, MembershipList, Organisation, OrganisationMember};
use orion_contracts::users::User;
use orion_contracts::{OrganisationId, Page};
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};

pub(crate) const ORGANISATIONS: &str = "/api/v1/organisations";

/// An organisation that the first administrator owns, with members.
pub(crate) async fn organisation_of(orion: &TestPlatform, name: &str, members: &[&TestUser]) -> OrganisationId {
    let root = orion.administrator().await;
    let made: Organisation = root.post(ORGANISATIONS, json!({ "name": name })).await.expect(201).json();
    for member in members {
        root.put(&format!("{ORGANISATIONS}/{}/members/{}", made.id, member.id), json!({})).await.expect(204);
    }
    made.id
}

/// Somebody with a token that acts for an organisation of theirs.
pub(crate) async fn acting_for(user: &TestUser, organisation: OrganisationId) -> Client {
    let order = json!({ "organisation_id": organisation });
    let acting = user.put("/api/v1/auth/sessions/current/organisation", order).await.expect(200);
    user.with_token(acting.json::<ActingFor>().access_token.expose())
}

/// Gives a role inside, by the first administrator.
pub(crate) async fn give_inside(orion: &TestPlatform, organisation: OrganisationId, user: &TestUser, role: &str) {
    let path = format!("{ORGANISATIONS}/{organisation}/members/{}/roles/{role}", user.id);
    orion.administrator().await.put(&path, json!({})).await.expect(204);
}

async fn own(user: &Client) -> Vec<Membership> {
    user.get("/api/v1/users/me/organisations").await.expect(200).json::<MembershipList>().items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_makes_an_organisation_owns_it_and_others_may_not_make_one() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    assert_problem!(bob.post(ORGANISATIONS, json!({ "name": "Mine" })).await, 403, "permission-denied");
    let order = json!({ "name": "  Analytical Engines, Ltd. ", "description": "Weaves algebra." });
    let made = root.post(ORGANISATIONS, &order).await.expect(201);
    assert_eq!(made.header("etag").as_deref(), Some("\"1\""));
    let made: Organisation = made.json();
    assert_eq!((made.name.as_str(), made.slug.as_str()), ("Analytical Engines, Ltd.", "analytical-engines-ltd"));
    // Another of that name is told apart in addresses; who wants the same address hears that it is taken.
    let second: Organisation = root.post(ORGANISATIONS, &order).await.expect(201).json();
    assert!(second.slug.starts_with("analytical-engines-ltd-"), "{}", second.slug);
    let taken = root.post(ORGANISATIONS, json!({ "name": "A", "slug": made.slug })).await;
    assert_eq!(assert_problem!(taken, 409, "conflict").problem_fields(), ["slug"]);
    let belongs = own(root).await;
    assert_eq!(belongs.len(), 2);
    assert_eq!(belongs[0].roles, ["organisation_member", "organisation_owner"]);
    let nameless: Organisation = root.post(ORGANISATIONS, json!({ "name": "数学" })).await.expect(201).json();
    assert_eq!(nameless.slug.len(), 12);
    // A product whose people make their own gives them the permission.
    let grant = format!("/api/v1/users/{}/permissions/organisations.create", bob.id);
    root.put(&grant, json!({ "effect": "grant" })).await.expect(204);
    let bobs = eventually("the permission", || async {
        let made = bob.post(ORGANISATIONS, json!({ "name": "Bob's" })).await;
        (made.status == 201).then(|| made.json::<Organisation>())
    })
    .await;
    let acting = acting_for(&bob, bobs.id).await;
    let seen: Page<Organisation> = acting.get(ORGANISATIONS).await.expect(200).json();
    assert_eq!(seen.items, [bobs]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organisations_are_listed_by_name_page_by_page_and_found_by_how_it_begins() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for name in ["Éclair", "beta", "Alpha", "alpine", "100% pure"] {
        root.post(ORGANISATIONS, json!({ "name": name })).await.expect(201);
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Page<Organisation> = root.get(&format!("{ORGANISATIONS}?limit=2{cursor}")).await.expect(200).json();
        names.extend(page.items.into_iter().map(|one| one.name));
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names[..4], ["100% pure", "Alpha", "alpine", "beta"]);
    let found = async |search: &str| -> Vec<String> {
        let page = root.get(&format!("{ORGANISATIONS}?search={search}")).await.expect(200);
        page.json::<Page<Organisation>>().items.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(found("ALP").await, ["Alpha", "alpine"]);
    assert_eq!(found("100%25").await, ["100% pure"]);
    let named: Page<Organisation> = root.get(&format!("{ORGANISATIONS}?search=100%25")).await.expect(200).json();
    let slug = &named.items[0].slug;
    assert!(!slug.contains('%'), "{slug}");
    assert_eq!(found(&slug.to_uppercase()).await, ["100% pure"], "by what it is called in addresses");
    assert!(found("%25").await.is_empty() && found("_").await.is_empty());
    for bad in ["cursor=zz", "limit=0", "search=%00", "sort=name", "cursor=5b22610022"] {
        let refused = root.get(&format!("{ORGANISATIONS}?{bad}")).await;
        assert!(matches!(refused.status, 400 | 422), "{bad}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_for_who_may_and_overwrites_nothing_unseen() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    let path = format!("{ORGANISATIONS}/{id}");
    // Who is no member, or acts for none, learns nothing of it.
    assert_problem!(eve.get(&path).await, 403, "permission-denied");
    assert_problem!(bob.get(&path).await, 403, "permission-denied");
    let acting = acting_for(&bob, id).await;
    acting.get(&path).await.expect(200);
    assert_problem!(acting.patch(&path, json!({ "name": "Bob's" })).await, 403, "permission-denied");
    give_inside(&orion, id, &bob, "organisation_admin").await;
    let changed = eventually("the role inside", || async {
        let changed = acting.patch(&path, json!({ "name": "Looms", "slug": "looms", "description": null })).await;
        (changed.status == 200).then(|| changed.json::<Organisation>())
    })
    .await;
    assert_eq!((changed.name.as_str(), changed.slug.as_str(), changed.version), ("Looms", "looms", 2));
    let stale = root.request("PATCH", &path).header("if-match", "\"1\"").json(&json!({ "name": "Other" }));
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    let bad = acting.patch(&path, json!({ "slug": "Not a slug", "name": "" })).await;
    assert_problem!(bad, 422, "validation");
    // Only an owner deletes.
    assert_problem!(acting.delete(&path).await, 403, "permission-denied");
    orion.settle().await;
    let log = format!("/api/v1/audit?organisation={id}");
    let entries: Vec<_> = root.get(&log).await.json::<Page<AuditEntry>>().items;
    assert!(entries.iter().any(|entry| entry.description == "Changed an organisation"), "{entries:?}");
    // What the platform's administrator does to an organisation stands in its log as well.
    assert!(entries.iter().any(|entry| entry.principal.user_id() == Some(root.id)), "{entries:?}");
    let seen: Page<AuditEntry> = acting.get("/api/v1/audit").await.expect(200).json();
    assert_eq!(seen.items.len(), entries.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_is_handed_over_in_one_step() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob]).await;
    let root = orion.administrator().await;
    give_inside(&orion, id, &ada, "organisation_owner").await;
    root.delete(&format!("/api/v1/users/me/organisations/{id}")).await.expect(204);
    let path = format!("{ORGANISATIONS}/{id}/transfer");
    let acting = acting_for(&ada, id).await;
    let eve = orion.user("eve").await;
    assert_problem!(acting.post(&path, json!({ "user_id": eve.id })).await, 404, "not-found");
    acting.post(&path, json!({ "user_id": bob.id })).await.expect(204);
    let roles = async |user: &TestUser| own(user).await.remove(0).roles;
    assert_eq!(roles(&bob).await, ["organisation_member", "organisation_owner"]);
    assert_eq!(roles(&ada).await, ["organisation_admin", "organisation_member"]);
    // It is Bob's to give away now.
    eventually("what was handed over", || async {
        (acting.post(&path, json!({ "user_id": ada.id })).await.status == 403).then_some(())
    })
    .await;
    let members = format!("{ORGANISATIONS}/{id}/members/{}", bob.id);
    assert_problem!(acting.delete(&members).await, 403, "permission-denied");
    let own_membership = format!("/api/v1/users/me/organisations/{id}");
    assert_problem!(bob.delete(&own_membership).await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_organisation_that_was_deleted_nothing_is_held_any_more() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&bob]).await;
    give_inside(&orion, id, &bob, "organisation_owner").await;
    let acting = acting_for(&bob, id).await;
    let order = json!({ "name": "Loom", "scopes": ["organisations.read"], "organisation_id": id });
    let key: Value = acting.post("/api/v1/api-keys", order).await.expect(201).json();
    let program = bob.with_token(key["secret"].as_str().unwrap());
    let path = format!("{ORGANISATIONS}/{id}");
    program.get(&path).await.expect(200);
    root.post(&format!("{path}/invitations"), json!({ "email": "zoe@example.com" })).await.expect(201);
    acting.delete(&path).await.expect(204);
    assert_problem!(root.get(&path).await, 404, "not-found");
    orion.settle().await;
    eventually("the end of keys for it", || async { (program.get(&path).await.status == 401).then_some(()) }).await;
    assert_problem!(acting.get("/api/v1/users/me").await, 401, "invalid-token");
    // A token that does not name it is as good as before.
    assert!(own(&bob).await.is_empty() && own(root).await.is_empty());
    let refused = bob.put("/api/v1/auth/sessions/current/organisation", json!({ "organisation_id": id })).await;
    assert_problem!(refused, 404, "not-found");
    // Its address is free again.
    let again: Organisation = root.post(ORGANISATIONS, json!({ "name": "Engines" })).await.expect(201).json();
    assert_eq!(again.slug, "engines");
    let members: Page<OrganisationMember> = root.get(&format!("{ORGANISATIONS}/{}/members", again.id)).await.json();
    assert_eq!(members.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_found_by_the_organisation_that_they_belong_to() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada]).await;
    let found = async |query: &str| -> Vec<String> {
        let page: Page<User> = root.get(&format!("/api/v1/users?{query}")).await.expect(200).json();
        page.items.into_iter().map(|user| user.email.to_string()).collect()
    };
    let mut members = found(&format!("organisation={id}")).await;
    members.sort();
    assert_eq!(members, [ada.email.as_str(), "root@example.com"]);
    assert_eq!(found(&format!("organisation={id}&search=ada")).await, [ada.email.as_str()]);
    assert!(!found("search=bob").await.is_empty() && bob.email.starts_with("bob"));
    assert!(found("organisation=019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10").await.is_empty());
    assert_problem!(root.get("/api/v1/users?organisation=engines").await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_alone_owns_an_organisation_is_suspended_but_not_deleted() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob]).await;
    let root = orion.administrator().await;
    give_inside(&orion, id, &ada, "organisation_owner").await;
    root.delete(&format!("/api/v1/users/me/organisations/{id}")).await.expect(204);
    let status = format!("/api/v1/users/{}/status", ada.id);
    let to = |status: &str| json!({ "status": status, "reason": "Ticket 4711" });
    root.put(&status, to("suspended")).await.expect(200);
    let refused = root.put(&status, to("deleted")).await;
    let told = assert_problem!(refused, 409, "conflict").value()["detail"].to_string();
    assert!(told.contains("Engines") && told.contains("transfer"), "{told}");
    root.post(&format!("{ORGANISATIONS}/{id}/transfer"), json!({ "user_id": bob.id })).await.expect(204);
    root.put(&status, to("deleted")).await.expect(200);
    // Of two owners who are deleted at once, one stays.
    root.put(&status, to("active")).await.expect(200);
    let of_bob = format!("/api/v1/users/{}/status", bob.id);
    let (first, second) = tokio::join!(root.put(&status, to("deleted")), root.put(&of_bob, to("deleted")));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_accounts_end_with_their_organisation() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let id = organisation_of(&orion, "Engines", &[]).await;
    let accounts = "/api/v1/service-accounts";
    let mut programs = Vec::new();
    for name in ["Loom", "Removed"] {
        let made: Value = root.post(accounts, json!({ "name": name, "organisation_id": id })).await.expect(201).json();
        let account = format!("{accounts}/{}", made["id"].as_str().unwrap());
        let key: Value = root
            .post(&format!("{account}/api-keys"), json!({ "name": "Nightly", "scopes": ["profile.read"] }))
            .await
            .expect(201)
            .json();
        let program = root.with_token(key["secret"].as_str().unwrap());
        assert_ne!(program.get("/api/v1/users/me").await.status, 401, "{name}");
        programs.push((account, program));
    }
    // One that is no member any more is still its own.
    let removed = programs[1].0.rsplit('/').next().unwrap();
    root.delete(&format!("{ORGANISATIONS}/{id}/members/{removed}")).await.expect(204);
    root.delete(&format!("{ORGANISATIONS}/{id}")).await.expect(204);
    orion.settle().await;
    for (account, program) in programs {
        eventually("the service account is gone", || async { (root.get(&account).await.status == 404).then_some(()) })
            .await;
        eventually("its key is refused", || async {
            (program.get("/api/v1/users/me").await.status == 401).then_some(())
        })
        .await;
    }
}
