//! Whom an explanation names as who could give what is missing: it goes by rules of its own, so each of them is made to try.

use super::organisations::{ORGANISATIONS, acting_for, give_inside, organisation_of};
use orion_contracts::teams::Team;
use orion_contracts::users::Explanation;
use orion_contracts::{OrganisationId, ServiceName, TeamId, UserId};
use orion_testkit::{Client, TestPlatform, TestUser};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// As many as an explanation names at most.
const MOST_GIVERS: usize = 10;

/// The roles of this test: where they are held, how high they stand, and what they give.
const ROLES: [(&str, &str, i64, &[&str]); 7] = [
    ("lead", "team", 20, &["members.write", "teams.write"]),
    ("herald", "org", 20, &["teams.write", "organisations.write"]),
    ("recruiter", "org", 60, &["members.write"]),
    ("helper", "org", 5, &["members.write", "teams.write"]),
    ("veteran", "org", 15, &[]),
    ("steward", "global", 30, &["roles.assign", "teams.write", "organisations.write"]),
    ("clerk", "global", 30, &["roles.assign"]),
];

/// Somebody who may be able to give, and as whom they try: for the organisation, where they belong to it.
struct Somebody {
    name: &'static str,
    user: TestUser,
    acting: Option<Client>,
}

struct World {
    id: OrganisationId,
    mill: TeamId,
    bob: UserId,
    people: Vec<Somebody>,
}

/// An organisation with people who hold all sorts of things in it, and some who hold them on the platform.
async fn world(orion: &TestPlatform) -> World {
    let root = orion.administrator().await;
    for (name, scope, level, permissions) in ROLES {
        let role =
            json!({ "name": name, "display_name": name, "scope": scope, "level": level, "permissions": permissions });
        root.post("/api/v1/roles", role).await.expect(201);
    }
    let bob = orion.user("bob").await;
    let mut people = Vec::new();
    for name in ["ada", "ben", "cyd", "fay", "gil", "ivy", "jon", "liv", "max"] {
        let user = orion.user(name).await;
        people.push(Somebody { name, user, acting: None });
    }
    let is_outside = |name: &str| name == "liv";
    let members: Vec<_> =
        people.iter().filter(|one| !is_outside(one.name)).map(|one| &one.user).chain([&bob]).collect();
    let id = organisation_of(orion, "Engines", &members).await;
    let mill: Team =
        root.post(&format!("{ORGANISATIONS}/{id}/teams"), json!({ "name": "Mill" })).await.expect(201).json();
    let tomorrow = orion.infra(ServiceName::Users).clock.now() + chrono::Duration::days(1);
    for Somebody { name, user, .. } in &people {
        let inside = |role: &str| format!("{ORGANISATIONS}/{id}/members/{}/roles/{role}", user.id);
        let direct = |permission: &str| format!("/api/v1/users/{}/permissions/{permission}", user.id);
        match *name {
            "ada" => give_inside(orion, id, user, "organisation_admin").await,
            // Who can give for no longer than they hold it.
            "ben" => drop(root.put(&inside("organisation_admin"), json!({ "expires_at": tomorrow })).await.expect(204)),
            "cyd" => {
                let member = format!("{ORGANISATIONS}/{id}/teams/{}/members/{}", mill.id, user.id);
                root.put(&member, json!({})).await.expect(204);
                root.put(&inside("lead"), json!({ "team_id": mill.id })).await.expect(204);
            }
            "fay" => give_inside(orion, id, user, "helper").await,
            "gil" => {
                give_inside(orion, id, user, "organisation_admin").await;
                let denied = json!({ "effect": "denial", "organisation_id": id });
                root.put(&direct("teams.write"), denied).await.expect(204);
            }
            "ivy" | "jon" => {
                give_inside(orion, id, user, "herald").await;
                let mut given = json!({ "effect": "grant", "organisation_id": id });
                if *name == "ivy" {
                    given["condition"] = json!("request.mfa");
                }
                root.put(&direct("members.write"), given).await.expect(204);
            }
            "liv" => drop(root.put(&format!("/api/v1/users/{}/roles/steward", user.id), json!({})).await.expect(204)),
            _ => drop(root.put(&format!("/api/v1/users/{}/roles/clerk", user.id), json!({})).await.expect(204)),
        }
    }
    // Bob belongs to the team as well, so that he can be given something for it.
    let member = format!("{ORGANISATIONS}/{id}/teams/{}/members/{}", mill.id, bob.id);
    root.put(&member, json!({})).await.expect(204);
    orion.settle().await;
    for one in people.iter_mut().filter(|one| !is_outside(one.name)) {
        one.acting = Some(acting_for(&one.user, id).await);
    }
    World { id, mill: mill.id, bob: bob.id, people }
}

/// Every call that gives it, to be tried one after the other, and how what it gave is taken back; whether it is made for the organisation.
fn attempts(world: &World, permission: &str, of_team: bool, until: &str) -> Vec<(bool, String, Value, String)> {
    let World { id, mill, bob, .. } = world;
    let mut all = Vec::new();
    for (role, scope) in ROLES.map(|(role, scope, ..)| (role, scope)).into_iter().chain([("organisation_admin", "org")])
    {
        let gives = |role: &str| ROLES.iter().find(|one| one.0 == role).is_none_or(|one| one.3.contains(&permission));
        if !gives(role) {
            continue;
        }
        let path = match scope {
            "team" if !of_team => continue,
            "global" => format!("/api/v1/users/{bob}/roles/{role}"),
            _ => format!("{ORGANISATIONS}/{id}/members/{bob}/roles/{role}"),
        };
        let (mut order, mut back) = (json!({}), path.clone());
        if scope == "team" {
            order["team_id"] = json!(mill);
            back = format!("{path}?team_id={mill}");
        }
        all.push((scope != "global", path.clone(), order.clone(), back.clone()));
        // Who holds it for a time gives it for no longer.
        order["expires_at"] = json!(until);
        all.push((scope != "global", path, order, back));
    }
    let path = format!("/api/v1/users/{bob}/permissions/{permission}");
    let back = format!("{path}?organisation_id={id}");
    all.push((false, path, json!({ "effect": "grant", "organisation_id": id }), back));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_as_who_could_give_it_gives_it_and_no_other_member_does() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let world = world(&orion).await;
    let in_an_hour = orion.infra(ServiceName::Users).clock.now() + chrono::Duration::hours(1);
    let until = in_an_hour.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (mut wrong, mut named, mut tried) = (Vec::new(), BTreeSet::new(), 0);
    let height = |role: &str| format!("{ORGANISATIONS}/{}/members/{}/roles/{role}", world.id, world.bob);
    // Who stands as every member does, and who stands higher and has nothing to show for it.
    let questions = [("teams.write", false), ("teams.write", true), ("organisations.write", false)];
    for (holds, questions) in [(None, &questions[..]), (Some("recruiter"), &questions[..1])] {
        if let Some(role) = holds {
            root.put(&height(role), json!({})).await.expect(204);
        }
        for (permission, of_team) in questions.iter().copied() {
            let mut asked = json!({ "user_id": world.bob, "permission": permission, "organisation_id": world.id });
            if of_team {
                asked["team_id"] = json!(world.mill);
            }
            let told: Explanation = root.post("/api/v1/authz/explain", asked).await.expect(200).json();
            assert!(!told.decision.allowed && told.could_give.len() < MOST_GIVERS, "{told:?}");
            let told: BTreeSet<UserId> = told.could_give.iter().map(|giver| giver.user_id).collect();
            let attempts = attempts(&world, permission, of_team, &until);
            for somebody in &world.people {
                let mut gave = None;
                for (is_inside, path, order, back) in &attempts {
                    let client = match (&somebody.acting, is_inside) {
                        (Some(acting), true) => acting,
                        (None, true) => continue,
                        (_, false) => &*somebody.user,
                    };
                    tried += 1;
                    let answer = client.put(path, order).await;
                    assert!([204, 403].contains(&answer.status), "{} {path} {order}: {answer:?}", somebody.name);
                    if answer.status == 204 {
                        root.delete(back).await.expect(204);
                        gave = Some(path);
                        break;
                    }
                }
                let is_named = told.contains(&somebody.user.id);
                if is_named {
                    named.insert(somebody.name);
                }
                if is_named != gave.is_some() {
                    let name = somebody.name;
                    wrong.push(format!("{permission}, of the team: {of_team}, bob holds {holds:?}: {name} is named: {is_named}, gave {gave:?}"));
                }
            }
        }
        if let Some(role) = holds {
            root.delete(&height(role)).await.expect(204);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(named.len() >= 5 && named.len() < world.people.len(), "{named:?} are named in {tried} attempts");
}
