//! `/api/v1/authz`: whether somebody may do something, why, and who may.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::Page;
use orion_contracts::teams::Team;
use orion_contracts::users::{
    AuthzDecision, AuthzDecisionList, AuthzPathState, AuthzReason, AuthzStepUp, Explanation, Role, WhoCan,
};
use orion_contracts::{ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

async fn check(who: &TestUser, body: Value) -> Vec<AuthzDecision> {
    who.post("/api/v1/authz/check", body).await.expect(200).json::<AuthzDecisionList>().items
}

async fn explain(who: &Client, body: Value) -> Explanation {
    who.post("/api/v1/authz/explain", body).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_questions_are_answered_at_once_with_why() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").with_role("moderator").await;
    let questions = json!([
        { "permission": "users.read" }, { "permission": "profile.write" }, { "permission": "settings.write" },
    ]);
    let answers = check(root, json!({ "user_id": bob.id, "questions": questions })).await;
    let told: Vec<_> = answers
        .iter()
        .map(|answer| (answer.allowed, answer.reason, answer.role.as_deref(), answer.inherited_from.as_deref()))
        .collect();
    assert_eq!(told[0], (true, AuthzReason::Role, Some("moderator"), None));
    assert!(told[1].0 && told[1].1 == AuthzReason::Role, "{told:?}");
    assert_eq!(told[2], (false, AuthzReason::NotHeld, None, None));
    // About oneself nothing else is needed.
    assert_eq!(check(&bob, json!({ "questions": questions })).await, answers);
    let eve = orion.user("eve").await;
    let asked = json!({ "user_id": bob.id, "questions": [{ "permission": "users.read" }] });
    assert_problem!(eve.post("/api/v1/authz/check", asked).await, 403, "permission-denied");
    assert!(!check(&eve, json!({ "questions": [{ "permission": "users.read" }] })).await[0].allowed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explanation_names_the_way_and_who_could_give_what_is_missing() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let role = json!({ "name": "desk", "display_name": "Desk", "level": 65, "parent": "moderator" });
    root.post("/api/v1/roles", role).await.expect(201).json::<Role>();
    root.put(&format!("/api/v1/users/{}/roles/desk", bob.id), json!({})).await.expect(204);
    let asked = json!({ "user_id": bob.id, "permission": "users.read" });
    let told = explain(root, asked.clone()).await;
    assert_eq!(
        (told.decision.role.as_deref(), told.decision.inherited_from.as_deref()),
        (Some("desk"), Some("moderator"))
    );
    assert_eq!(told.paths.len(), 1);
    assert_eq!(
        (&told.paths[0].roles[..], told.paths[0].state),
        (&["desk".to_owned(), "moderator".to_owned()][..], AuthzPathState::Holds)
    );
    assert_eq!(told.given_by, ["admin", "desk", "moderator", "super_admin"]);
    assert_eq!(told.assigned_by, ["admin", "super_admin"]);

    let denied = format!("/api/v1/users/{}/permissions/users.read", bob.id);
    root.put(&denied, json!({ "effect": "denial" })).await.expect(204);
    let told = explain(root, asked.clone()).await;
    assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::Denied));
    let states: Vec<_> = told.paths.iter().map(|path| path.state).collect();
    assert_eq!(states, [AuthzPathState::Denies, AuthzPathState::Holds]);
    let own = explain(&bob, json!({ "permission": "users.read" })).await;
    assert_eq!((&own.decision, &own.paths), (&told.decision, &told.paths), "past what processes keep");
    let could_give: Vec<_> = told.could_give.iter().map(|giver| giver.user_id).collect();
    assert_eq!(could_give, [root.id]);
    // Who may not read roles hears of no addresses, without an organisation of theirs.
    let eve = orion.user("eve").await;
    let told = explain(&eve, json!({ "permission": "users.read" })).await;
    assert!(told.could_give.is_empty() && told.given_by.is_empty(), "{told:?}");
}

fn people(told: &Explanation) -> BTreeSet<UserId> {
    told.could_give.iter().map(|giver| giver.user_id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_could_give_it_inside_an_organisation_is_named_to_its_members_and_to_nobody_else() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (ada, bob, cyd) = (orion.user("ada").await, orion.user("bob").await, orion.user("cyd").await);
    let (dan, eve, fay) = (orion.user("dan").await, orion.user("eve").await, orion.user("fay").await);
    let id = organisation_of(&orion, "Engines", &[&ada, &bob, &cyd, &dan, &fay]).await;
    let other = organisation_of(&orion, "Looms", &[&eve, &bob]).await;
    for (name, scope, level, permissions) in [
        ("lead", "team", 20, &["members.write", "teams.write"][..]),
        ("herald", "org", 20, &["teams.write", "organisations.write"]),
        // Who has nothing to give, or stands below who would be given it.
        ("recruiter", "org", 60, &["members.write"]),
        ("helper", "org", 5, &["members.write", "teams.write"]),
        ("veteran", "org", 15, &[]),
    ] {
        let role =
            json!({ "name": name, "display_name": name, "scope": scope, "level": level, "permissions": permissions });
        root.post("/api/v1/roles", role).await.expect(201);
    }
    give_inside(&orion, id, &ada, "organisation_admin").await;
    give_inside(&orion, id, &dan, "recruiter").await;
    give_inside(&orion, id, &fay, "helper").await;
    give_inside(&orion, id, &bob, "veteran").await;
    give_inside(&orion, other, &eve, "organisation_admin").await;
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    let mill: Team = root.post(&teams, json!({ "name": "Mill" })).await.expect(201).json();
    root.put(&format!("{teams}/{}/members/{}", mill.id, cyd.id), json!({})).await.expect(204);
    root.put(&format!("{ORGANISATIONS}/{id}/members/{}/roles/lead", cyd.id), json!({ "team_id": mill.id }))
        .await
        .expect(204);

    let asked = json!({ "permission": "teams.write", "organisation_id": id });
    let of_team = json!({ "permission": "teams.write", "organisation_id": id, "team_id": mill.id });
    let of_bob = |asked: &Value| {
        let mut asked = asked.clone();
        asked["user_id"] = json!(bob.id);
        asked
    };
    // Who runs the platform hears of all of it; the owner of it is one of them here.
    let told = explain(root, of_bob(&asked)).await;
    assert_eq!(told.given_by, ["admin", "helper", "herald", "organisation_admin", "organisation_owner", "super_admin"]);
    assert_eq!(told.assigned_by, ["admin", "helper", "organisation_admin", "organisation_owner", "super_admin"]);
    assert_eq!(people(&told), BTreeSet::from([root.id, ada.id]));
    let told = explain(root, of_bob(&of_team)).await;
    assert!(told.given_by.contains(&"lead".to_owned()) && told.assigned_by.contains(&"lead".to_owned()), "{told:?}");
    assert_eq!(people(&told), BTreeSet::from([root.id, ada.id, cyd.id]));

    // A member hears of what is inside.
    let acting = acting_for(&bob, id).await;
    let told = explain(&acting, asked.clone()).await;
    assert_eq!(told.given_by, ["helper", "herald", "organisation_admin", "organisation_owner"]);
    assert_eq!(told.assigned_by, ["helper", "organisation_admin", "organisation_owner"]);
    assert_eq!(people(&told), BTreeSet::from([root.id, ada.id]));
    assert_eq!(people(&explain(&acting, of_team.clone()).await), BTreeSet::from([root.id, ada.id, cyd.id]));
    // Of what is not to be had inside there is nothing to hear.
    let told = explain(&acting, json!({ "permission": "settings.write", "organisation_id": id })).await;
    assert!(told.given_by.is_empty() && told.assigned_by.is_empty() && told.could_give.is_empty(), "{told:?}");
    // While they act for it, and never of another.
    for (who, about) in [(&acting, other), (&*bob, id), (&acting_for(&bob, other).await, id), (&*eve, id)] {
        let told = explain(who, json!({ "permission": "teams.write", "organisation_id": about })).await;
        assert!(told.given_by.is_empty() && told.assigned_by.is_empty() && told.could_give.is_empty(), "{told:?}");
    }
    // What is denied nobody inside gives.
    let denied = json!({ "effect": "denial", "organisation_id": id });
    root.put(&format!("/api/v1/users/{}/permissions/teams.write", bob.id), denied).await.expect(204);
    let told = explain(root, of_bob(&asked)).await;
    assert_eq!((told.decision.reason, people(&told)), (AuthzReason::Denied, BTreeSet::from([root.id])));
    assert!(people(&explain(&acting, asked).await).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gives_is_found_behind_many_who_hold_it_for_less() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let own = json!({ "name": "own_desk", "display_name": "Own", "scope": "user", "level": 10, "permissions": ["roles.assign"] });
    let own: Role = root.post("/api/v1/roles", own).await.expect(201).json();
    let db = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    for number in 0..100 {
        let id = Uuid::now_v7();
        let made = "INSERT INTO users (id, email, timezone, locale, status, social_links, tags, metadata, name_key, \
                    version, grants_version, created_at, updated_at) SELECT $1, $2, timezone, locale, status, social_links, \
                    tags, metadata, name_key, 1, 1, created_at, updated_at FROM users WHERE id = $3";
        let email = format!("crowd{number}@example.com");
        db.execute_raw(statement(&db, made, [id.into(), email.into(), bob.id.0.into()])).await.unwrap();
        let held = "INSERT INTO user_narrow_roles (id, user_id, role_id, assigned_at) SELECT $1, id, $2, created_at \
                    FROM users WHERE id = $1";
        db.execute_raw(statement(&db, held, [id.into(), own.id.0.into()])).await.unwrap();
    }
    db.commit().await.unwrap();
    let late = orion.user("late").with_role("admin").await;
    let told = explain(root, json!({ "user_id": bob.id, "permission": "users.read" })).await;
    assert_eq!(people(&told), BTreeSet::from([root.id, late.id]));
    // Who stands below them gives them nothing.
    let told = explain(root, json!({ "user_id": root.id, "permission": "users.read" })).await;
    assert!(told.decision.allowed && told.could_give.is_empty(), "{told:?}");
    let chief = orion.user("chief").with_role("super_admin").await;
    let denied = json!({ "effect": "denial" });
    let high = json!({ "name": "high", "display_name": "High", "level": 90, "permissions": [] });
    root.post("/api/v1/roles", high).await.expect(201);
    root.put(&format!("/api/v1/users/{}/roles/high", bob.id), json!({})).await.expect(204);
    root.put(&format!("/api/v1/users/{}/permissions/users.read", bob.id), denied).await.expect(204);
    let told = explain(root, json!({ "user_id": bob.id, "permission": "users.read" })).await;
    assert_eq!(people(&told), BTreeSet::from([root.id, chief.id]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn near_misses_are_what_has_ended_and_what_is_held_elsewhere() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let path = format!("/api/v1/users/{}/permissions/users.read", bob.id);
    let organisation = organisation_of(&orion, "Engines", &[&bob]).await;
    root.put(&path, json!({ "effect": "grant", "organisation_id": organisation })).await.expect(204);
    let role = format!("/api/v1/users/{}/roles/moderator", bob.id);
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    root.put(&role, json!({ "expires_at": soon })).await.expect(204);
    let asked = json!({ "user_id": bob.id, "permission": "users.read" });
    assert!(explain(root, asked.clone()).await.decision.allowed);
    orion.advance(Duration::from_secs(121)).await;
    let told = explain(root, asked).await;
    assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::Elsewhere));
    let states: Vec<_> = told.paths.iter().map(|path| path.state).collect();
    assert_eq!(states, [AuthzPathState::Expired, AuthzPathState::Elsewhere]);
    let inside = json!({ "user_id": bob.id, "permission": "users.read", "organisation_id": organisation });
    assert_eq!(explain(root, inside).await.decision.reason, AuthzReason::Direct);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_do_something_is_listed_page_by_page() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let mut expected = vec![root.id];
    for name in ["ann", "bob", "cid"] {
        expected.push(orion.user(name).with_role("moderator").await.id);
    }
    let dora = orion.user("dora").await;
    root.put(&format!("/api/v1/users/{}/permissions/users.read", dora.id), json!({ "effect": "grant" }))
        .await
        .expect(204);
    expected.push(dora.id);
    let denied = format!("/api/v1/users/{}/permissions/users.read", expected[2]);
    root.put(&denied, json!({ "effect": "denial" })).await.expect(204);
    expected.remove(2);
    expected.sort_unstable();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/authz/who-can?permission=users.read&limit=2{cursor}");
        let page: Page<WhoCan> = root.get(&path).await.json();
        found.extend(page.items.into_iter().map(|who| (who.user_id, who.decision.reason)));
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected);
    assert!(found.contains(&(dora.id, AuthzReason::Direct)), "{found:?}");
    assert_problem!(dora.get("/api/v1/authz/who-can?permission=users.read").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_are_refused() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let many: Vec<_> = (0..201).map(|_| json!({ "permission": "users.read" })).collect();
    for questions in [json!([]), json!(many), json!([{ "permission": "users.fly" }]), json!([{ "permission": "" }])] {
        assert_problem!(root.post("/api/v1/authz/check", json!({ "questions": questions })).await, 422, "validation");
    }
    let refused = root.post("/api/v1/authz/check", json!({ "questions": many })).await;
    assert_eq!(refused.value()["errors"][0]["message"], "must have at most 200 entries", "{refused:?}");
    let nobody = super::new_id(&orion);
    let asked = json!({ "user_id": nobody, "permission": "users.read" });
    assert_problem!(root.post("/api/v1/authz/explain", asked).await, 404, "not-found");
    assert_problem!(root.post("/api/v1/authz/explain", json!({ "permission": "a\u{0}" })).await, 422, "validation");
    assert_problem!(root.get("/api/v1/authz/who-can?permission=users.fly").await, 422, "validation");
    let bad = "/api/v1/authz/who-can?permission=users.read&cursor=22";
    assert_problem!(root.get(bad).await, 400, "invalid-cursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_that_failed_is_told_with_what_it_was_asked_of_and_the_step_up_that_would_do() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let give = async |condition: &str| {
        let path = format!("/api/v1/users/{}/roles/moderator", bob.id);
        root.put(&path, json!({ "condition": condition })).await.expect(204);
    };
    let own = json!({ "permission": "users.read" });
    let other = json!({ "user_id": bob.id, "permission": "users.read" });
    let facts = |told: &Explanation| -> Vec<(String, Value)> {
        told.paths[0].asked_of.iter().map(|fact| (fact.name.clone(), json!(fact.value))).collect()
    };

    give("request.mfa && request.acr == 'aal2'").await;
    let told = explain(&bob, own.clone()).await;
    assert_eq!((told.decision.reason, told.step_up), (AuthzReason::Unmet, Some(AuthzStepUp::SecondFactor)));
    assert_eq!(told.paths[0].step_up, Some(AuthzStepUp::SecondFactor));
    assert_eq!(facts(&told), [("request.acr".to_owned(), json!("aal1")), ("request.mfa".to_owned(), json!(false))]);
    // Of somebody else nobody hears from where and how they signed in; that a second factor would do is known without.
    let told = explain(root, other.clone()).await;
    assert!(told.paths[0].asked_of.iter().all(|fact| !fact.known && fact.value.is_none()), "{told:?}");
    assert_eq!((told.paths[0].asked_of.len(), told.step_up), (2, Some(AuthzStepUp::SecondFactor)));

    // What no step-up changes.
    give("now < timestamp('2000-01-01T00:00:00Z') && subject.id == object.owner_id").await;
    let told = explain(&bob, json!({ "permission": "users.read", "owner_id": eve.id })).await;
    assert_eq!((told.decision.allowed, told.step_up, told.paths[0].step_up), (false, None, None));
    let names: Vec<_> = told.paths[0].asked_of.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(names, ["now", "object.owner_id", "subject.id"]);
    assert_eq!(facts(&told)[1].1, json!(eve.id));
    let told = explain(&bob, own.clone()).await;
    assert!(!told.paths[0].asked_of[1].known, "whose it is is not known: {told:?}");

    // Proven long ago: a password is enough.
    give("request.auth_age < 600").await;
    assert!(explain(&bob, own.clone()).await.decision.allowed);
    orion.advance(Duration::from_secs(700)).await;
    let told = explain(&bob, own.clone()).await;
    assert_eq!((told.decision.allowed, told.step_up), (false, Some(AuthzStepUp::Recent)));
    assert!(facts(&told)[0].1.as_i64().unwrap() >= 700, "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_of_the_object_are_asked_where_they_are_known_and_have_no_answer_elsewhere() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let path = format!("/api/v1/users/{}/permissions/users.read", bob.id);
    let condition = "object.attributes.region in ['eu', 'ch'] && object.attributes.size <= 3";
    root.put(&path, json!({ "effect": "grant", "condition": condition })).await.expect(204);
    let decided = async |attributes: Value| {
        let question = json!({ "permission": "users.read", "attributes": attributes });
        let checked = check(root, json!({ "user_id": bob.id, "questions": [question.clone()] })).await.remove(0);
        let mut asked = question;
        asked["user_id"] = json!(bob.id);
        let told = explain(root, asked).await;
        assert_eq!(told.decision, checked);
        (checked.allowed, told.paths[0].why.is_some(), told.paths[0].asked_of[0].known)
    };
    assert_eq!(decided(json!({ "region": "eu", "size": 3 })).await, (true, false, true));
    assert_eq!(decided(json!({ "region": "us", "size": 3 })).await, (false, false, true));
    assert_eq!(decided(json!({ "region": "eu", "size": 3.5 })).await, (false, false, true));
    // What is not there has no answer, and neither has what is of another type.
    assert_eq!(decided(json!({ "size": 3 })).await, (false, true, false));
    assert_eq!(decided(json!({ "region": "eu", "size": "big" })).await, (false, true, true));
    assert_eq!(decided(json!({})).await, (false, true, false));
    // Endpoints of ORION ask without any.
    assert_problem!(bob.get(&format!("/api/v1/users/{}", bob.id)).await, 403, "permission-denied");
    let many: serde_json::Map<_, _> = (0..33).map(|number| (format!("a{number}"), json!(1))).collect();
    for bad in [
        json!(many),
        json!({ "a b": 1 }),
        json!({ "": 1 }),
        json!({ "a": "x".repeat(256) }),
        json!({ "a": {} }),
        json!({ "a": null }),
        json!([1]),
    ] {
        let asked = json!({ "permission": "users.read", "attributes": bad });
        assert_problem!(root.post("/api/v1/authz/explain", asked).await, 422, "validation");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_allowed_names_the_sign_in_that_changes_by_it_demand() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let step_up = async |permission: &str| explain(root, json!({ "permission": permission })).await.step_up;
    assert_eq!(step_up("roles.assign").await, None, "signed in just now");
    orion.advance(Duration::from_secs(400)).await;
    assert_eq!(step_up("roles.assign").await, Some(AuthzStepUp::Recent));
    assert_eq!(step_up("users.read").await, None, "nothing asks for more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_of_the_object_is_answered_as_endpoints_decide() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let grant = json!({ "effect": "grant", "condition": "!has(object.attributes.secret)" });
    root.put(&format!("/api/v1/users/{}/permissions/users.read", bob.id), grant).await.expect(204);
    let path = format!("/api/v1/users/{}", root.id);
    assert_problem!(bob.get(&path).await, 403, "permission-denied");
    let question = json!({ "permission": "users.read", "owner_id": root.id });
    for asked in [json!({ "questions": [question] }), json!({ "user_id": bob.id, "questions": [question] })] {
        let who = if asked["user_id"].is_null() { &bob } else { root };
        let answer = check(who, asked).await.remove(0);
        assert_eq!((answer.allowed, answer.reason), (false, AuthzReason::Unmet));
    }
    assert_eq!(explain(&bob, question.clone()).await.decision.reason, AuthzReason::Unmet);
    let mut told = question;
    told["attributes"] = json!({ "region": "eu" });
    assert!(check(&bob, json!({ "questions": [told] })).await[0].allowed);
}

/// Roles and permissions of the platform are given by who has just signed in, and no key has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_program_is_named_as_who_could_give_it_on_the_platform() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let made: Value = root.post("/api/v1/service-accounts", json!({ "name": "Loom" })).await.expect(201).json();
    let program: UserId = made["id"].as_str().unwrap().parse().unwrap();
    root.put(&format!("/api/v1/users/{program}/roles/admin"), json!({})).await.expect(204);
    let asked = json!({ "user_id": bob.id, "permission": "users.read" });
    let told: Explanation = root.post("/api/v1/authz/explain", asked).await.expect(200).json();
    let named: Vec<_> = told.could_give.iter().map(|giver| giver.user_id).collect();
    assert!(named.contains(&root.id) && !named.contains(&program), "{named:?}");
}
