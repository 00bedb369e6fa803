//! What a plan shows, and what it says is in the way.

use super::{Author, PLATFORM, holder};
use orion_testkit::TestPlatform;
use serde_json::json;
use std::process::Stdio;

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
    assert!(said.contains("did you mean level?"), "{said}");
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
    for (words, told) in [("plan", &["-f", "--export"][..]), ("apply", &["-f", "--plan", "--export"])] {
        let output = root.person.types(&[words], "");
        assert_eq!(output.status.code(), Some(2), "a file must be named");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(told.iter().all(|told| complaint.contains(told)), "{complaint}");
    }
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
async fn what_the_platform_would_refuse_is_said_at_its_own_field() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let at = |text: &str, place: &str, told: &str| {
        let (code, plan) = root.writes(text).plans(&[]);
        assert_eq!(code, Some(1), "{plan}");
        let places: Vec<_> = plan["obstacles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{}:{} {}", one["place"]["line"], one["place"]["column"], one["message"]))
            .collect();
        let is_told = |one: &String| one.starts_with(&format!("{place} ")) && one.contains(told);
        assert!(places.iter().any(is_told), "{place} {told}: {places:?}");
        let (code, _, complaint) = root.says(&["apply", "-f", &root.file, "--yes"]);
        assert!(code == Some(1) && complaint.contains("nothing is done"), "{complaint}");
    };
    let role = |lines: &str| format!("version: 1\nroles:\n  a:\n    level: 30\n{lines}");
    at(&role("    parent: usr\n"), "5:13", "did you mean user?");
    at(&role("    permissions:\n      - users.read\n      - users.raed\n"), "7:9", "did you mean users.read?");
    at(&role("    description: \"a\\u202Eb\"\n"), "5:18", "hidden characters");
    at("version: 1\nroles:\n  a:\n    display_name: A\n    level: 100\n", "5:12", "level: ");
    let bot = |lines: &str| format!("version: 1\nservice_accounts:\n  Bot:\n    description: A bot\n{lines}");
    at(
        &bot("    roles:\n      - user\n      - { role: editor, when: request.mfo }\n"),
        "7:31",
        "did you mean `request.mfa`?",
    );
    at(&bot("    permissions:\n      - permission: users.read\n        when: request.ip\n"), "7:15", "cannot be used");
    at(
        &bot("    roles: [{ role: editor, until: 2020-01-01 }]\n"),
        "5:36",
        "ends at 2020-01-01T00:00:00Z, which is over already",
    );
    at(&bot("    roles: [{ role: super_admin, when: request.mfa }]\n"), "5:40", "super_admin takes no condition");
    let denied = "    roles: [user, super_admin]\n    permissions: [{ permission: users.read, effect: denial }]\n";
    at(&bot(denied), "5:19", "who holds super_admin is denied nothing");
    at(&bot("    organisation: nowhere\n"), "5:19", "there is no organisation nowhere");
    let many: String = (0..21)
        .map(|n| format!("      - {{ permission: {}, when: request.auth_age < {} }}\n", PERMISSIONS[n], n + 1))
        .collect();
    at(&bot(&format!("    permissions:\n{many}")), "4:5", "21 of what it holds");

    let eve = holder(&orion, "eve", "admin").await;
    let admin = Author::as_(root.person.elsewhere(), &eve.email);
    let (_, plan) = admin.writes(&bot("    roles:\n      - user\n      - super_admin\n")).plans(&[]);
    let above = plan["obstacles"].as_array().unwrap().iter().find(|one| one["message"].to_string().contains("above"));
    assert_eq!(above.expect("an obstacle")["place"]["line"], 7, "{plan}");
    // Nobody gives for longer what they hold for a time.
    let client = orion.administrator().await;
    let until = json!({ "expires_at": "2998-01-01T00:00:00Z" });
    client.put(&format!("/api/v1/users/{}/roles/admin", eve.id), until).await.expect(204);
    let given = |until: &str| admin.writes(&bot(&format!("    roles: [{{ role: editor{until} }}]\n"))).plans(&[]);
    assert_eq!(given(", until: 2997-01-01").0, Some(2));
    for until in ["", ", until: 2999-01-01"] {
        let (code, plan) = given(until);
        assert!(
            code == Some(1) && plan["obstacles"][0]["message"].to_string().contains("hold it until 2998-01-01"),
            "{plan}"
        );
        assert_eq!(plan["obstacles"][0]["place"]["line"], 5, "{plan}");
    }
    // A day ends as it does for the command line.
    root.writes(&bot("    roles: [{ role: editor, until: 2999-01-01 }]\n")).applies(&[]);
    let account = root.person.done(&["service-account", "list"], "")[0]["id"].as_str().unwrap().to_owned();
    let held = root.person.done(&["role", "list", "--user", &account], "");
    assert_eq!(held[0]["expires_at"], "2999-01-01T00:00:00Z");
    let (_, _, complaint) =
        root.writes(&bot("    roles: [{ role: editor, until: soon }]\n")).says(&["plan", "-f", &root.file]);
    assert!(complaint.contains("platform.yaml:5:") && complaint.contains("a day such as 2030-01-01"), "{complaint}");
}

/// Some that there are.
const PERMISSIONS: [&str; 21] = [
    "users.read",
    "users.write",
    "users.impersonate",
    "roles.read",
    "roles.write",
    "roles.assign",
    "sessions.read",
    "sessions.revoke",
    "security.read",
    "keys.read",
    "keys.rotate",
    "audit.read",
    "settings.read",
    "settings.write",
    "api-keys.read",
    "api-keys.write",
    "service-accounts.read",
    "service-accounts.write",
    "organisations.read",
    "organisations.create",
    "teams.write",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_with_a_section_is_named_by_what_it_is_called() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes(PLATFORM).applies(&[]);
    // No file speaks of organisations.
    root.writes("version: 1\nroles: { desk: {}, desk_lead: {} }\nservice_accounts: {}\n");
    let (code, plan) = root.plans(&["--prune"]);
    assert_eq!(code, Some(2), "{plan}");
    let take = plan["steps"].as_array().unwrap().iter().find(|step| step["do"] == "take_role").expect("a role inside");
    assert_eq!(take["organisation"]["name"], "engines", "{plan}");
    assert!(take["organisation"]["id"].is_string());
}
