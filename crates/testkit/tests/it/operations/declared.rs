//! `orion plan` and `orion apply`.

use super::signed_in::Person;
use orion_testkit::{TestPlatform, TestUser};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const PLATFORM: &str = r"
version: 1
roles:
  desk:
    display_name: Desk
    description: Answers people who write to us.
    level: 30
    parent: user
    permissions: [users.read, sessions.read]
  desk_lead: { level: 35, parent: desk, permissions: [sessions.revoke] }
  packer: { level: 20, scope: org, permissions: [organisations.read] }
organisations:
  engines:
    name: Analytical Engines
    teams:
      Mill: { description: Looks after the mill. }
      Store:
service_accounts:
  Warehouse:
    description: Books what comes in.
    organisation: engines
    roles: [{ role: desk, until: 2999-01-01T00:00:00Z }]
    roles_inside: [packer]
    permissions:
      - users.read
      - { permission: sessions.revoke, effect: denial, when: request.mfa }
    permissions_inside: [teams.write]
";

/// Somebody at a terminal, with a file.
struct Author {
    person: Person,
    file: String,
}

impl Author {
    async fn at(orion: &TestPlatform) -> Self {
        orion.administrator().await;
        Self::as_(Person::at(orion), "root@example.com")
    }

    fn as_(person: Person, email: &str) -> Self {
        person.login_as(email, "");
        let file = person.home.path().join("platform.yaml").display().to_string();
        Self { person, file }
    }

    fn writes(&self, text: &str) -> &Self {
        std::fs::write(&self.file, text).unwrap();
        self
    }

    /// The exit code, what is answered and what is complained of.
    fn says(&self, words: &[&str]) -> (Option<i32>, String, String) {
        let output = self.person.types(words, "");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn plans(&self, more: &[&str]) -> (Option<i32>, Value) {
        let words = [&["plan", "-f", &self.file, "--exit-code", "-o", "json"], more].concat();
        let (code, answer, complaint) = self.says(&words);
        (code, serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer} {complaint}")))
    }

    #[track_caller]
    fn applies(&self, more: &[&str]) -> Value {
        self.person.done(&[&["apply", "-f", &self.file, "--yes"], more].concat(), "")
    }

    /// What stands in the way of a plan.
    #[track_caller]
    fn obstacles(&self, more: &[&str]) -> String {
        let (code, plan) = self.plans(more);
        assert_eq!((code, &plan["in_sync"]), (Some(1), &json!(false)), "{plan}");
        let told = plan["obstacles"].as_array().unwrap().iter();
        let line = |one: &Value| format!("{} {} {}\n", one["place"]["line"], one["subject"], one["message"]);
        told.map(line).collect()
    }
}

fn names(plan: &Value, action: &str) -> Vec<String> {
    let changes = plan["changes"].as_array().unwrap().iter().filter(|change| change["action"] == action);
    changes.map(|change| change["name"].as_str().unwrap().to_owned()).collect()
}

fn shown(changes: &Value, name: &str) -> Value {
    changes["changes"].as_array().unwrap().iter().find(|change| change["name"] == name).unwrap().clone()
}

async fn holder(orion: &TestPlatform, name: &str, role: &str) -> TestUser {
    orion.user(name).with_role(role).await
}

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
    assert!(told.contains("role desk") && told.contains("1 holds it"), "{told}");
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
async fn mistakes_are_told_with_their_place_before_anything_is_sent() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let complaint = |text: &str| {
        let (code, _, complaint) = root.writes(text).says(&["plan", "-f", &root.file]);
        assert_eq!(code, Some(1), "{complaint}");
        complaint
    };
    let said = complaint("version: 1\nroles:\n  desk:\n    levle: 30\n");
    assert!(said.contains("platform.yaml:4:5: unknown field `levle`"), "{said}");
    assert!(complaint("version: 1\nroles:\n  desk: [\n").contains("platform.yaml:"));
    assert!(complaint("version: 7\n").contains("the version is 7"));
    for (roles, told) in [
        (
            "a: { level: 1, parent: c }\n  b: { level: 1, parent: a }\n  c: { level: 1, parent: b }",
            "it would inherit from itself",
        ),
        ("a: { level: 1, parent: dsk }", "3 \"role a\" \"there is no role dsk to inherit from"),
        ("a: { level: 1, permissions: [users.raed] }", "did you mean users.read?"),
        ("a: { level: 1, parent: user }", "its level 1 is below that of its parent user, 20"),
        ("a: { level: 20, scope: org, parent: user }", "its scope is org, and that of its parent user is global"),
        ("a: { level: 100 }", "\"level: "),
        ("a: { permissions: [users.read] }", "needs a level to be made"),
        ("Admin: { level: 5 }", "lower-case letters"),
        ("user: { level: 25 }", "ORION's own cannot be changed"),
        ("super_admin: { display_name: Root }", "super_admin may do everything"),
        ("moderator: { scope: org }", "its scope is global and never changes"),
    ] {
        let said = root.writes(&format!("version: 1\nroles:\n  {roles}\n")).obstacles(&[]);
        assert!(said.contains(told), "{roles}: {said}");
        let (code, _, complaint) = root.says(&["apply", "-f", &root.file, "--yes"]);
        assert!(code == Some(1) && complaint.contains("nothing is done"), "{complaint}");
    }
    for (account, told) in [
        ("{ roles: [nobody] }", "there is no role nobody"),
        ("{ roles: [organisation_admin] }", "it is given by roles_inside"),
        ("{ roles_inside: [organisation_admin] }", "it belongs to no organisation"),
        ("{ organisation: nowhere }", "there is no organisation nowhere"),
        ("{ roles: [moderator, moderator] }", "roles names moderator twice"),
        ("{ permissions: [users.fly] }", "users.fly is no permission"),
    ] {
        let said = root.writes(&format!("version: 1\nservice_accounts:\n  Bot: {account}\n")).obstacles(&[]);
        assert!(said.contains(told), "{account}: {said}");
    }
    let client = orion.administrator().await;
    for _ in 0..2 {
        client.post("/api/v1/service-accounts", json!({ "name": "Twin" })).await.expect(201);
    }
    let said = root.writes("version: 1\nservice_accounts: { Twin: { active: false } }\n").obstacles(&[]);
    assert!(said.contains("several are called so"), "{said}");
    // What stands in a file does nothing to a terminal.
    root.writes("version: 1\nroles:\n  a: { level: 1, description: \"one\\e[2Jtwo\" }\n");
    let (_, answer, _) = root.says(&["plan", "-f", &root.file]);
    assert!(answer.contains("one\\u{1b}[2Jtwo") && !answer.contains('\u{1b}'), "{answer}");
    assert_eq!(root.person.done(&["role", "list"], "").as_array().unwrap().len(), 9, "nothing was made");
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
    let (code, answer, complaint) = root.says(&["apply", "--plan", &plan, "--yes", "-o", "json"]);
    assert_eq!(code, Some(1), "{complaint}");
    assert!(
        complaint.contains("could not change the role desk") && complaint.contains("0 of 1 steps are done"),
        "{complaint}"
    );
    let told: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&told["done"], &told["left"]), (&json!([]), &json!(["change the role desk"])));
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
    assert!(code == Some(1) && complaint.contains("somebody else has made it"), "{complaint}");
    // What it does is shown, whatever it says of itself.
    let (_, answer, _) = root.says(&["apply", "--plan", &plan]);
    assert!(answer.contains("step by step") && answer.contains("create_service_account"), "{answer}");
    let mut silent: Value = serde_json::from_str(&std::fs::read_to_string(&plan).unwrap()).unwrap();
    silent["in_sync"] = json!(true);
    let file = format!("{plan}.silent");
    std::fs::write(&file, silent.to_string()).unwrap();
    assert!(root.says(&["apply", "--plan", &file, "--yes"]).2.contains("says that all is in sync"));
    let hostile = std::fs::read_to_string(&plan).unwrap();
    let mut hostile: Value = serde_json::from_str(&hostile).unwrap();
    hostile["steps"] = json!([{ "do": "remove_role", "role": "../users/me", "version": 1 }]);
    let (file, text) = (format!("{plan}.hostile"), hostile.to_string());
    std::fs::write(&file, text).unwrap();
    assert!(root.says(&["apply", "--plan", &file, "--yes"]).2.contains("is no role or permission"));
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
async fn what_the_caller_may_not_do_is_said_before_anything_is_sent() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let eve = holder(&orion, "eve", "admin").await;
    let admin = Author::as_(root.person.elsewhere(), &eve.email);
    let said = admin.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read] }\n").obstacles(&[]);
    assert!(said.contains("it needs roles.write"), "{said}");
    let said = admin.writes("version: 1\nservice_accounts:\n  Bot: { permissions: [settings.write] }\n").obstacles(&[]);
    assert!(said.contains("you do not hold settings.write"), "{said}");
    let said = admin.writes("version: 1\nservice_accounts:\n  Bot: { roles: [super_admin] }\n").obstacles(&[]);
    assert!(said.contains("nobody acts on roles above their own"), "{said}");
    admin.writes("version: 1\norganisations: { looms: }\nservice_accounts:\n  Bot: { organisation: looms, roles: [moderator] }\n");
    admin.applies(&[]);
    assert_eq!(admin.plans(&[]).0, Some(0));

    let ada = orion.user("ada").await;
    let nobody = Author::as_(root.person.elsewhere(), &ada.email);
    let (code, _, complaint) = nobody.writes(PLATFORM).says(&["plan", "-f", &nobody.file]);
    assert!(code == Some(1) && complaint.contains("roles.read"), "{complaint}");

    // A key looks, and makes what needs nobody who has signed in.
    let client = orion.administrator().await;
    let scopes =
        ["roles.read", "roles.write", "users.read", "organisations.read", "organisations.create", "profile.read"];
    let key = client.post("/api/v1/api-keys", json!({ "name": "CI", "scopes": scopes })).await.expect(201).value();
    let with_key = |words: &[&str]| {
        let mut command = root.person.command(&[words, &["--url", &root.person.url()]].concat());
        let output =
            command.env("ORION_API_KEY", key["secret"].as_str().unwrap()).stdin(Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read] }\n");
    let (code, text) = with_key(&["plan", "-f", &root.file, "--exit-code"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = with_key(&["apply", "-f", &root.file, "--yes"]);
    assert!(code == Some(1) && text.contains("an API key makes no roles"), "{text}");
    root.writes("version: 1\norganisations: { mills: { teams: { Wheel: } } }\n");
    let (code, text) = with_key(&["apply", "-f", &root.file, "--yes"]);
    assert!(code == Some(1) && text.contains("it needs teams.write"), "the key has no such scope: {text}");
    root.writes("version: 1\norganisations: { mills: }\n");
    let (code, text) = with_key(&["apply", "-f", &root.file, "--yes"]);
    assert!(code == Some(0) && text.contains("done: make the organisation mills"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_by_standard_input_in_json_and_several_at_once() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let text = json!({ "version": 1, "roles": { "desk": { "level": 30, "parent": "clerk" } } }).to_string();
    root.writes("version: 1\nroles:\n  clerk: { level: 20 }\n");
    let done = root.person.done(&["apply", "-f", "-", "-f", &root.file, "--yes"], &text);
    assert_eq!(done["done"], json!(["make the role clerk", "make the role desk"]));
    assert_eq!(root.person.done(&["plan", "-f", &root.file, "-"], &text)["in_sync"], true);
    let said = root.person.refused(&["plan", "-f", "-", "-f", &root.file], "version: 1\nroles: { clerk: {} }\n");
    assert!(said.contains("the role clerk stands at standard input:2:"), "{said}");
    let output = root.person.types(&["plan"], "");
    assert_eq!(output.status.code(), Some(2), "a file must be named");
    assert!(root.person.refused(&["plan", "-f", "/nonexistent.yaml"], "").contains("/nonexistent.yaml: No such file"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_stands_is_exported_and_in_sync_with_that() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    let (code, text, complaint) = root.says(&["plan", "--export"]);
    assert_eq!(code, Some(0), "{complaint}");
    assert!(text.starts_with("version: 1\n") && text.contains("desk_lead:") && !text.contains("moderator"), "{text}");
    root.writes(&text);
    let (code, plan) = root.plans(&["--prune"]);
    assert_eq!((code, plan["same"].as_array().unwrap().len()), (Some(0), 7), "{text} {plan}");
    root.writes(&root.person.done(&["plan", "--export"], "").to_string());
    assert_eq!(root.plans(&["--prune"]).0, Some(0), "in JSON too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_documentation_runs_on_the_example() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::copy(place.join("examples/platform.yaml"), &root.file).unwrap();
    let documentation = std::fs::read_to_string(place.join("docs/declarative.md")).unwrap();
    let commands: Vec<_> = documentation.lines().filter_map(|line| line.strip_prefix("    orion ")).collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for words in commands {
        let named = root.person.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("\"$0\" {words}")]).arg(named.get_program()).current_dir(root.person.home.path());
        for (name, value) in named.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let output = shell.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{words}: {output:?}");
    }
    assert_eq!(root.plans(&[]).0, Some(0));
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
}
