//! What a plan would break.

use super::{Author, PLATFORM, holder, shown};
use orion_testkit::TestPlatform;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_break_is_counted_by_people_and_named_by_keys() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(
        &PLATFORM.replace("{ role: desk, until: 2999-01-01T00:00:00Z }", "desk").replace("      - users.read\n", ""),
    )
    .applies(&[]);
    let ada = holder(&orion, "ada", "desk").await;
    holder(&orion, "bob", "desk_lead").await;
    // Whoever has it by another role loses nothing.
    orion.user("cleo").with_role("desk").with_role("moderator").await;
    let key = json!({ "name": "Nightly", "scopes": ["users.read", "profile.read"] });
    ada.post("/api/v1/api-keys", key).await.expect(201);
    let client = orion.administrator().await;
    let account = client.get("/api/v1/service-accounts").await.value()["items"][0]["id"].as_str().unwrap().to_owned();
    let key = json!({ "name": "Books", "scopes": ["users.read"] });
    client.post(&format!("/api/v1/service-accounts/{account}/api-keys"), key).await.expect(201);

    root.writes("version: 1\nroles:\n  desk: { permissions: [sessions.read] }\n");
    let (code, plan) = root.plans(&[]);
    assert_eq!(code, Some(2));
    assert_eq!(shown(&plan, "desk")["touches"], 4, "{plan}");
    let lost = &plan["breaks"][0];
    assert_eq!((&lost["what"], &lost["permission"]), (&json!("permission_lost"), &json!("users.read")));
    assert_eq!((&lost["people"], &lost["is_exact"]), (&json!(2), &json!(true)), "{lost}");
    assert_eq!(lost["roles"], json!(["desk", "desk_lead"]), "{lost}");
    assert_eq!((&lost["service_accounts"], &lost["caller"]), (&json!(["Warehouse"]), &json!(false)));
    let weak: Vec<_> = plan["breaks"].as_array().unwrap()[1..].iter().map(|one| (&one["key"], &one["owner"])).collect();
    let (nightly, books, of) = (json!("Nightly"), json!("Books"), json!("Warehouse"));
    assert!(
        weak.contains(&(&nightly, &json!(ada.email))) && weak.contains(&(&books, &of)) && weak.len() == 2,
        "{weak:?}"
    );
    let words = root.says(&["plan", "-f", &root.file]).1;
    assert!(words.contains("users.read is lost by 2 people (ada@example.com, bob@example.com)"), "{words}");
    assert!(words.contains("the API key Nightly ("), "{words}");

    // What is taken from a service account, and one that is disabled.
    root.writes("version: 1\nservice_accounts:\n  Warehouse: { roles: [], active: false }\n");
    let (_, plan) = root.plans(&[]);
    let breaks = plan["breaks"].to_string();
    assert!(breaks.contains(r#""keys":["Books"]"#) && breaks.contains(r#""permission":"sessions.read""#), "{breaks}");
    // Inside organisations it is said how many do at most.
    root.writes("version: 1\nroles: { packer: { permissions: [] } }\n");
    let (_, plan) = root.plans(&[]);
    assert_eq!((&plan["breaks"][0]["people"], &plan["breaks"][0]["is_exact"]), (&json!(1), &json!(false)), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_end_with_their_organisation_and_the_plan_says_so() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    root.writes("version: 1\norganisations: {}\n");
    let (code, plan) = root.plans(&["--prune"]);
    assert_eq!(code, Some(2), "{plan}");
    let ends = plan["breaks"].as_array().unwrap().iter().find(|one| one.get("service_accounts").is_some());
    assert_eq!(ends.expect("what ends")["service_accounts"], json!(["Warehouse"]), "{plan}");
    root.writes("version: 1\norganisations: {}\nservice_accounts: { Warehouse: { description: Packs } }\n");
    let said = root.obstacles(&["--prune"]);
    assert!(said.contains("its organisation is removed"), "{said}");

    // With their keys, also one that is no member any more.
    let client = orion.administrator().await;
    let accounts = client.get("/api/v1/service-accounts").await.value();
    let account = accounts["items"][0]["id"].as_str().unwrap();
    let key = json!({ "name": "Books", "scopes": ["users.read"] });
    client.post(&format!("/api/v1/service-accounts/{account}/api-keys"), key).await.expect(201);
    let engines = client.get("/api/v1/organisations").await.value()["items"][0]["id"].as_str().unwrap().to_owned();
    client.delete(&format!("/api/v1/organisations/{engines}/members/{account}")).await.expect(204);
    root.writes("version: 1\norganisations: {}\n");
    let (_, plan) = root.plans(&["--prune"]);
    let breaks = plan["breaks"].as_array().unwrap();
    let ends = breaks.iter().find(|one| one["what"] == "organisation_ends").unwrap();
    assert_eq!((&ends["service_accounts"], &ends["members"]), (&json!(["Warehouse"]), &json!(1)), "{plan}");
    let keys = breaks.iter().find(|one| one["what"] == "keys_end").expect("its keys");
    assert_eq!((&keys["service_account"], &keys["keys"]), (&json!("Warehouse"), &json!(["Books"])));
    let words = root.says(&["plan", "-f", &root.file, "--prune"]).1;
    assert!(words.contains("1 member holds nothing inside any more"), "{words}");
    assert!(words.contains("the API key of Warehouse is not taken any more: Books"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_under_a_condition_from_then_on_is_lost_for_certain() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes("version: 1\nservice_accounts:\n  Bot: { roles: [moderator] }\n").applies(&[]);
    root.writes("version: 1\nservice_accounts:\n  Bot: { roles: [{ role: moderator, when: request.mfa }] }\n");
    let (_, plan) = root.plans(&[]);
    let lost = plan["breaks"].as_array().unwrap().iter().find(|one| one["permission"] == "users.read");
    assert_eq!(lost.expect("what is lost")["service_accounts"], json!(["Bot"]), "{plan}");
    root.applies(&[]);
    // And what was held so at least is lost with it.
    root.writes("version: 1\nservice_accounts:\n  Bot: { roles: [] }\n");
    let (_, plan) = root.plans(&[]);
    let lost = plan["breaks"].as_array().unwrap().iter().find(|one| one["permission"] == "users.read");
    assert_eq!(lost.expect("what is lost")["service_accounts"], json!(["Bot"]), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_a_role_under_a_condition_loses_what_it_gives_no_more() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read, sessions.read] }\n").applies(&[]);
    let client = orion.administrator().await;
    let ada = orion.user("ada").await;
    let under = json!({ "condition": "request.mfa" });
    client.put(&format!("/api/v1/users/{}/roles/desk", ada.id), under.clone()).await.expect(204);
    let bot = client.post("/api/v1/service-accounts", json!({ "name": "Bot" })).await.expect(201).value();
    client.put(&format!("/api/v1/users/{}/roles/desk", bot["id"].as_str().unwrap()), under).await.expect(204);
    let key = json!({ "name": "Nightly", "scopes": ["profile.read"] });
    ada.post("/api/v1/api-keys", key).await.expect(201);

    root.writes("version: 1\nroles:\n  desk: { permissions: [sessions.read] }\n");
    let (_, plan) = root.plans(&[]);
    let lost = &plan["breaks"][0];
    assert_eq!((&lost["permission"], &lost["people"]), (&json!("users.read"), &json!(1)), "{plan}");
    assert_eq!((&lost["examples"], &lost["roles"]), (&json!([ada.email]), &json!(["desk"])), "{plan}");
    assert_eq!(lost["service_accounts"], json!(["Bot"]), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_service_account_loses_inside_its_organisation_is_said() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(&PLATFORM.replace("permissions: [organisations.read]", "permissions: [audit.read]")).applies(&[]);
    root.writes("version: 1\nservice_accounts:\n  Warehouse: { roles_inside: [], permissions_inside: [] }\n");
    let (_, plan) = root.plans(&[]);
    let lost: Vec<_> = plan["breaks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["permission"].as_str().unwrap(), &one["service_accounts"]))
        .collect();
    let inside = json!(["Warehouse (inside engines)"]);
    assert_eq!(lost, [("audit.read", &inside), ("teams.write", &inside)], "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_for_ones_own_things_makes_up_for_none_that_holds_everywhere() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let roles = "version: 1\nroles:\n  clerk: { level: 20, permissions: [users.write] }\n  mine: { level: 20, scope: user, permissions: [users.write] }\n";
    let bot = |held: &str| format!("{roles}service_accounts:\n  Bot: {{ roles: [{held}] }}\n");
    let losers = |held: &str| {
        let (_, plan) = root.writes(&bot(held)).plans(&[]);
        let lost = plan["breaks"].as_array().unwrap().iter().find(|one| one["permission"] == "users.write").cloned();
        lost.unwrap_or_else(|| panic!("{plan}"))["service_accounts"].clone()
    };
    root.writes(&bot("clerk, mine")).applies(&[]);
    assert_eq!(losers("mine"), json!(["Bot"]), "one that it keeps");
    assert_eq!(losers(""), json!(["Bot"]));
    root.writes(&bot("clerk")).applies(&[]);
    assert_eq!(losers("mine"), json!(["Bot"]), "one that it is given for it");
    root.writes(&bot("mine")).applies(&[]);
    assert_eq!(losers(""), json!(["Bot (for its own things)"]));

    // A role that gives less: of one that no file names as well, and of people.
    let client = orion.administrator().await;
    let ada = orion.user("ada").await;
    client.put(&format!("/api/v1/users/{}/roles/mine", ada.id), json!({})).await.expect(204);
    root.writes("version: 1\nroles:\n  mine: { permissions: [] }\n");
    let (_, plan) = root.plans(&[]);
    let lost = &plan["breaks"][0];
    assert_eq!((&lost["permission"], &lost["examples"]), (&json!("users.write"), &json!([ada.email])), "{plan}");
    assert_eq!(lost["service_accounts"], json!(["Bot (for its own things)"]), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_for_a_team_is_counted_where_it_is_not_named() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let mender = "  mender: { level: 10, scope: team, permissions: [teams.write] }\norganisations:\n";
    let text = PLATFORM.replace("organisations:\n", mender);
    root.writes(&text).applies(&[]);
    let client = orion.administrator().await;
    let account = client.get("/api/v1/service-accounts").await.value()["items"][0].clone();
    let (id, engines) = (account["id"].as_str().unwrap(), account["organisation_id"].as_str().unwrap());
    let engines = format!("/api/v1/organisations/{engines}");
    let team = client.get(&format!("{engines}/teams")).await.value()["items"][0]["id"].as_str().unwrap().to_owned();
    client.put(&format!("{engines}/teams/{team}/members/{id}"), json!({})).await.expect(204);
    client.put(&format!("{engines}/members/{id}/roles/mender"), json!({ "team_id": team })).await.expect(204);
    root.writes(&text.replace("scope: team, permissions: [teams.write]", "scope: team, permissions: []"));
    let (_, plan) = root.plans(&[]);
    let lost = &plan["breaks"][0];
    assert_eq!((&lost["permission"], &lost["roles"]), (&json!("teams.write"), &json!(["mender"])), "{plan}");
    assert_eq!((&lost["people"], &lost["is_exact"]), (&json!(1), &json!(false)), "{plan}");
}
