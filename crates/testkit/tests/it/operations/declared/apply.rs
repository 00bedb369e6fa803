//! What is done, in which order, and what is not.

use super::super::signed_in::Person;
use super::{Author, PLATFORM, holder, names, shown};
use orion_testkit::TestPlatform;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_says_is_made_and_then_in_sync() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM);
    let (code, answer, _) = root.says(&["plan", "-f", &root.file]);
    assert_eq!(code, Some(0), "without --exit-code it has been shown, and that is all");
    for told in [
        "+ role desk\n",
        "+ sessions.read",
        "+ team engines/Mill",
        "users.read",
        "7 to make, 0 to change, 0 to remove; 0 in sync.",
    ] {
        assert!(answer.contains(told), "{told}: {answer}");
    }
    let (code, plan) = root.plans(&[]);
    assert_eq!(code, Some(2), "{plan}");
    assert_eq!(names(&plan, "create").len(), 7);
    assert!(root.person.refused(&["role", "show", "desk"], "").contains("no such role"), "a plan makes nothing");

    let (code, _, complaint) = root.says(&["apply", "-f", &root.file]);
    assert!(code == Some(1) && complaint.contains("no terminal to ask at; say --yes"), "{complaint}");
    let done = root.applies(&[]);
    assert_eq!((&done["left"], &done["failed"]), (&json!([]), &Value::Null));
    let at = |step: &str| done["done"].as_array().unwrap().iter().position(|done| done == step).unwrap();
    assert!(at("make the role desk") < at("make the role desk_lead"), "parents come first");
    assert!(at("deny Warehouse sessions.revoke") < at("give Warehouse the role desk"), "and denials");
    for _ in 0..2 {
        let (code, plan) = root.plans(&[]);
        assert_eq!((code, &plan["in_sync"], &plan["changes"]), (Some(0), &json!(true), &json!([])), "{plan}");
        assert_eq!(root.applies(&[])["done"], json!([]));
    }
    assert!(root.says(&["plan", "-f", &root.file]).1.contains("In sync: 7 as in the files"));

    let client = orion.administrator().await;
    let role = client.get("/api/v1/roles/desk_lead").await.value();
    assert_eq!((&role["role"]["parent"], &role["role"]["level"]), (&json!("desk"), &json!(35)));
    let account = client.get("/api/v1/service-accounts").await.value()["items"][0].clone();
    let path = format!("/api/v1/users/{}", account["id"].as_str().unwrap());
    let held = client.get(&format!("{path}/roles")).await.value();
    let held: Vec<_> =
        held["items"].as_array().unwrap().iter().map(|held| (&held["role"], &held["expires_at"])).collect();
    let (member, packer) = (json!("organisation_member"), json!("packer"));
    let (desk, until) = (json!("desk"), json!("2999-01-01T00:00:00Z"));
    assert_eq!(held, [(&desk, &until), (&member, &Value::Null), (&packer, &Value::Null)]);
    // A condition is as good as an end.
    root.writes(&PLATFORM.replace("until: 2999-01-01T00:00:00Z }", "when: request.mfa }"));
    let changed = root.plans(&[]).1;
    assert!(changed.to_string().contains("desk when request.mfa"), "{changed}");
    root.applies(&[]);
    let of = client.get(&format!("{path}/roles")).await.value();
    assert_eq!((&of["items"][0]["role"], &of["items"][0]["condition"]), (&desk, &json!("request.mfa")));
    assert_eq!(root.plans(&[]).0, Some(0));
    root.writes(PLATFORM);
    root.applies(&[]);
    let given = client.get(&format!("{path}/permissions")).await.value();
    let given: Vec<_> =
        given["items"].as_array().unwrap().iter().map(|given| given["effect"].as_str().unwrap()).collect();
    assert_eq!(given, ["denial", "grant", "grant"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_is_changed_and_what_is_not_named_is_left() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    let client = orion.administrator().await;
    let other = json!({ "name": "other", "display_name": "Other", "level": 5 });
    client.post("/api/v1/roles", other).await.expect(201);
    client.post("/api/v1/organisations", json!({ "name": "Other" })).await.expect(201);
    client.post("/api/v1/service-accounts", json!({ "name": "Other" })).await.expect(201);
    let text = PLATFORM
        .replace("permissions: [users.read, sessions.read]", "permissions: [sessions.read, roles.read]")
        .replace("description: Answers people who write to us.", "description: null")
        .replace("level: 30", "level: 32")
        .replace("name: Analytical Engines", "name: Looms")
        .replace("      Store:\n", "      STORE: { description: Keeps things. }\n")
        .replace("    roles_inside: [packer]\n", "    roles_inside: []\n    active: false\n")
        .replace("      - users.read\n", "      - { permission: users.read, effect: denial }\n");
    root.writes(&text);
    let (code, plan) = root.plans(&[]);
    assert_eq!((code, names(&plan, "create"), names(&plan, "remove")), (Some(2), vec![], vec![]), "{plan}");
    let desk = shown(&plan, "desk");
    let field =
        |name: &str| desk["fields"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap().clone();
    assert_eq!(field("level"), json!({ "field": "level", "before": 30, "after": 32 }));
    assert_eq!(field("description")["after"], Value::Null);
    let words = root.says(&["plan", "-f", &root.file]).1;
    for told in
        ["~ role desk", "30 -> 32", "- users.read", "+ roles.read", "Store -> STORE", "true -> false", "- packer"]
    {
        assert!(words.contains(told), "{told}: {words}");
    }
    root.applies(&[]);
    assert_eq!(root.plans(&[]).0, Some(0));
    let role = client.get("/api/v1/roles/desk").await.value();
    assert_eq!(role["role"]["own_permissions"], json!(["roles.read", "sessions.read"]));
    assert_eq!((&role["role"]["display_name"], &role["role"]["description"]), (&json!("Desk"), &Value::Null));
    client.get("/api/v1/roles/other").await.expect(200);
    let accounts = client.get("/api/v1/service-accounts").await.value();
    let active: Vec<_> =
        accounts["items"].as_array().unwrap().iter().map(|one| (&one["name"], &one["is_active"])).collect();
    assert_eq!(active, [(&json!("Other"), &json!(true)), (&json!("Warehouse"), &json!(false))]);

    // A field that is not named stays as it is.
    root.writes(
        "version: 1\nroles:\n  desk: { level: 32 }\norganisations: { engines: {} }\nservice_accounts: { Warehouse: }\n",
    );
    assert_eq!(root.plans(&[]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_an_invitation_promises_is_in_the_way_before_anything_is_done() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let herald = "herald: { level: 20, scope: org, permissions: [organisations.read] }";
    root.writes(&format!(
        "version: 1\nroles: {{ desk: {{ level: 30 }}, {herald} }}\norganisations: {{ looms: , mills: }}\n"
    ));
    root.applies(&[]);
    let client = orion.administrator().await;
    let order = json!({ "email": "eve@example.com", "roles": ["desk"] });
    let eve = client.post("/api/v1/users", order).await.expect(201).value()["id"].as_str().unwrap().to_owned();
    root.writes(&format!("version: 1\nroles: {{ {herald} }}\norganisations: {{}}\n"));
    let said = root.obstacles(&["--prune"]);
    assert!(said.contains("\"role desk\"") && said.contains("promised by 1 invitation that"), "{said}");
    let (code, _, complaint) = root.says(&["apply", "-f", &root.file, "--prune", "--yes"]);
    assert!(code == Some(1) && complaint.contains("nothing is done"), "{complaint}");
    let organisations = client.get("/api/v1/organisations").await.value();
    assert_eq!(organisations["items"].as_array().unwrap().len(), 2, "what would have been removed before it");
    let (_, shown, _) = root.says(&["role", "show", "desk"]);
    assert!(shown.contains("Promised by    1 invitation"), "{shown}");
    client.delete(&format!("/api/v1/users/{eve}/invitation")).await.expect(204);
    assert_eq!(root.plans(&["--prune"]).0, Some(2));

    // Invitations to an organisation end with it, which is before its roles go.
    let id = |slug: &str| {
        let all = organisations["items"].as_array().unwrap();
        all.iter().find(|one| one["slug"] == slug).unwrap()["id"].as_str().unwrap().to_owned()
    };
    for (slug, email) in [("looms", "zoe@example.com"), ("mills", "mia@example.com")] {
        let order = json!({ "email": email, "roles": ["herald"] });
        client.post(&format!("/api/v1/organisations/{}/invitations", id(slug)), order).await.expect(201);
    }
    root.writes("version: 1\nroles: {}\norganisations: { mills: }\n");
    let said = root.obstacles(&["--prune"]);
    assert!(said.contains("\"role herald\"") && said.contains("promised by 1 invitation that"), "{said}");
    root.writes("version: 1\nroles: {}\norganisations: {}\n");
    let done = root.applies(&["--prune"]);
    assert_eq!(done["left"], json!([]), "{done}");
    assert_eq!(root.plans(&["--prune"]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_no_file_goes_by_prune_alone() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    let system = |person: &Person| {
        let roles = person.done(&["role", "list"], "");
        roles.as_array().unwrap().iter().filter(|role| role["is_system"] == true).cloned().collect::<Vec<_>>()
    };
    let before = system(&root.person);
    // A section that no file has is not managed.
    root.writes("version: 1\norganisations: { engines: { teams: { Mill: } } }\n");
    let (_, plan) = root.plans(&["--prune"]);
    assert_eq!(names(&plan, "remove"), ["engines/Store"], "{plan}");
    root.writes("version: 1\nroles: {}\norganisations: {}\nservice_accounts: {}\n");
    assert_eq!(root.plans(&[]).0, Some(0), "nothing goes without --prune");
    let ada = holder(&orion, "ada", "desk").await;
    let told = root.obstacles(&["--prune"]);
    assert!(told.contains("role desk") && told.contains(&format!("held by {}:", ada.email)), "{told}");
    let client = orion.administrator().await;
    client.delete(&format!("/api/v1/users/{}/roles/desk", ada.id)).await.expect(204);
    let (code, plan) = root.plans(&["--prune"]);
    assert_eq!(code, Some(2), "the service account, which goes too, is no hindrance: {plan}");
    let breaks = plan["breaks"].to_string();
    assert!(breaks.contains(r#""what":"organisation_ends""#) && breaks.contains(r#""members":2"#), "{breaks}");
    let done = root.applies(&["--prune"]);
    let steps: Vec<_> = done["done"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
    let at =
        |step: &str| steps.iter().position(|done| done.contains(step)).unwrap_or_else(|| panic!("{step}: {steps:?}"));
    assert!(at("remove the role desk_lead") < steps.iter().position(|step| *step == "remove the role desk").unwrap());
    assert!(at("take the role desk from Warehouse") < at("delete the service account Warehouse"));
    assert_eq!(system(&root.person), before, "ORION's own roles stay");
    assert_eq!(root.plans(&["--prune"]).0, Some(0));
    assert_eq!(client.get("/api/v1/service-accounts").await.value()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_account_that_goes_leaves_its_roles_of_teams_first() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let mender = "  mender: { level: 10, scope: team, permissions: [teams.write] }\norganisations:\n";
    root.writes(&PLATFORM.replace("organisations:\n", mender)).applies(&[]);
    let client = orion.administrator().await;
    let account = client.get("/api/v1/service-accounts").await.value()["items"][0].clone();
    let (id, engines) = (account["id"].as_str().unwrap(), account["organisation_id"].as_str().unwrap());
    let engines = format!("/api/v1/organisations/{engines}");
    let teams = client.get(&format!("{engines}/teams")).await.value();
    for team in teams["items"].as_array().unwrap() {
        let team = team["id"].as_str().unwrap();
        client.put(&format!("{engines}/teams/{team}/members/{id}"), json!({})).await.expect(204);
        client.put(&format!("{engines}/members/{id}/roles/mender"), json!({ "team_id": team })).await.expect(204);
    }
    root.writes("version: 1\nroles: {}\nservice_accounts: {}\n");
    let (code, plan) = root.plans(&["--prune"]);
    assert_eq!((code, &plan["obstacles"]), (Some(2), &json!([])), "{plan}");
    let done = root.applies(&["--prune"])["done"].to_string();
    for team in ["Mill", "Store"] {
        let step = format!("take the role mender from Warehouse for the team {team} inside engines");
        assert!(done.contains(&step), "{step}: {done}");
    }
    assert_eq!(root.plans(&["--prune"]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changed_since_the_plan_is_not_overwritten() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    root.writes(&PLATFORM.replace("permissions: [users.read, sessions.read]", "permissions: [users.read]"));
    let plan = format!("{}.plan.json", root.file);
    std::fs::write(&plan, root.plans(&[]).1.to_string()).unwrap();
    let client = orion.administrator().await;
    client.patch("/api/v1/roles/desk", json!({ "permissions": ["roles.read"] })).await.expect(200);
    let (code, _, complaint) = root.says(&["apply", "--plan", &plan, "--yes", "-o", "json"]);
    assert_eq!(code, Some(1), "{complaint}");
    assert!(complaint.contains("nothing is done, for it says something else of the role desk"), "{complaint}");
    let role = client.get("/api/v1/roles/desk").await.value();
    assert_eq!(role["role"]["own_permissions"], json!(["roles.read"]), "what the other one did stands");

    std::fs::write(&plan, root.plans(&[]).1.to_string()).unwrap();
    root.person.done(&["apply", "--plan", &plan, "--yes"], "");
    assert_eq!(root.plans(&[]).0, Some(0));
    // A service account that came since is not made a second time.
    root.writes("version: 1\nservice_accounts: { Bot: }\n");
    std::fs::write(&plan, root.plans(&[]).1.to_string()).unwrap();
    client.post("/api/v1/service-accounts", json!({ "name": "Bot" })).await.expect(201);
    let (code, _, complaint) = root.says(&["apply", "--plan", &plan, "--yes"]);
    assert!(code == Some(1) && complaint.contains("something else of the service account Bot"), "{complaint}");
    let moved = std::fs::read_to_string(&plan).unwrap().replace(&orion.gateway_url(), "http://127.0.0.1:1");
    std::fs::write(&plan, moved).unwrap();
    assert!(root.says(&["apply", "--plan", &plan, "--yes"]).2.contains("this plan is for http://127.0.0.1:1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_that_was_killed_goes_on_when_it_is_run_again() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let roles: String =
        (0..40).map(|n| format!("  r{n:02}: {{ level: {}, permissions: [users.read] }}\n", n + 1)).collect();
    let accounts: String = (0..5).map(|n| format!("  Bot {n}: {{ roles: [r01, r02] }}\n")).collect();
    root.writes(&format!("version: 1\nroles:\n{roles}service_accounts:\n{accounts}"));
    let mut command = root.person.command(&["apply", "-f", &root.file, "--yes"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let begun = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("done: make the role r02")));
    assert!(begun.is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, plan) = root.plans(&[]);
    let left = names(&plan, "create").len();
    assert!(code == Some(2) && (1..=42).contains(&left), "it was killed in the middle: {left} are left");
    root.applies(&[]);
    assert_eq!(root.plans(&[]).0, Some(0));
    let accounts = root.person.done(&["service-account", "list"], "");
    assert_eq!(accounts.as_array().unwrap().len(), 5, "none is made twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changes_while_it_is_applied_is_not_overwritten() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let client = orion.administrator().await;
    let last = json!({ "name": "zz", "display_name": "Last", "level": 90 });
    client.post("/api/v1/roles", last).await.expect(201);
    let roles: String = (0..40).map(|n| format!("  r{n:02}: {{ level: {} }}\n", n + 1)).collect();
    root.writes(&format!("version: 1\nroles:\n{roles}  zz: {{ display_name: Mine }}\n"));
    let mut command = root.person.command(&["apply", "-f", &root.file, "--yes"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("done: make the role r00"))));
    client.patch("/api/v1/roles/zz", json!({ "display_name": "Theirs" })).await.expect(200);
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    for told in ["could not change the role zz", "40 of 41 steps are done", "not done:\n  change the role zz"] {
        assert!(complaint.contains(told), "{told}: {complaint}");
    }
    let role = client.get("/api/v1/roles/zz").await.value();
    assert_eq!(role["role"]["display_name"], "Theirs", "what the other one did stands");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_no_moment_does_a_service_account_hold_more_than_the_file_gives() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let done = |account: &str| {
        let done = root.writes(&format!("version: 1\nservice_accounts:\n  Bot: {account}\n")).applies(&[]);
        done["done"].as_array().unwrap().iter().map(|step| step.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    done("{ active: true }");
    assert_eq!(
        done("{ roles: [moderator], permissions: [{ permission: users.read, effect: denial }, audit.read] }"),
        ["deny Bot users.read", "give Bot the role moderator", "give Bot audit.read"],
        "what is denied is denied before a role gives it"
    );
    assert_eq!(
        done("{ active: false, roles: [moderator, editor], permissions: [] }"),
        [
            "change the service account Bot",
            "give Bot the role editor",
            "clear audit.read of Bot",
            "clear users.read of Bot"
        ],
        "it is disabled before it is given anything"
    );
    assert_eq!(
        done("{ active: true, roles: [editor] }"),
        ["take the role moderator from Bot", "change the service account Bot"],
        "and active once it holds no more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_apply_one_file_at_once_make_one_service_account() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let eve = holder(&orion, "eve", "super_admin").await;
    let places = [root.person.elsewhere(), root.person.elsewhere(), root.person.elsewhere()];
    places[0].login_as("root@example.com", "");
    places[1].login_as("root@example.com", "");
    places[2].login_as(&eve.email, "");
    let client = orion.administrator().await;
    for round in 0..4 {
        let name = format!("Bot {round}");
        root.writes(&format!("version: 1\nservice_accounts:\n  {name}: {{ permissions: [users.read] }}\n"));
        // Two times one person does it, and two times another one does it as well.
        let together = if round < 2 { &places[..2] } else { &places[1..] };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let run = |person: &Person| person.types(&["apply", "-f", &root.file, "--yes"], "");
            let running: Vec<_> = together.iter().map(|person| scope.spawn(move || run(person))).collect();
            running.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for output in outcomes.iter().filter(|output| !output.status.success()) {
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(complaint.contains("somebody else has made it"), "{complaint}");
        }
        let called = || async {
            let there = client.get("/api/v1/service-accounts?limit=200").await.value();
            there["items"].as_array().unwrap().iter().filter(|account| account["name"] == name.as_str()).count()
        };
        assert!(called().await <= 1, "{outcomes:?}");
        // Both may have taken theirs back: whoever goes on makes it.
        root.applies(&[]);
        assert_eq!(called().await, 1);
    }
    // One that was deleted since is made anew, whatever the platform has answered before.
    let accounts = client.get("/api/v1/service-accounts?limit=200").await.value();
    let bot = accounts["items"].as_array().unwrap().iter().find(|account| account["name"] == "Bot 3").unwrap();
    client.delete(&format!("/api/v1/service-accounts/{}", bot["id"].as_str().unwrap())).await.expect(204);
    root.applies(&[]);
    assert_eq!(root.plans(&[]).0, Some(0));
}
