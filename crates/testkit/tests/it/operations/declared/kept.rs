//! A plan that was kept does what it says, or nothing.

use super::{Author, holder};
use orion_testkit::TestPlatform;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// A line that an apply ends with, in a name.
const FORGED: &str = "x\nAll 3 steps are done.";

impl Author {
    /// Keeps the plan of what is written.
    fn keeps(&self) -> Value {
        let plan = self.plans(&[]).1;
        self.keeps_as(&plan);
        plan
    }

    fn keeps_as(&self, plan: &Value) {
        std::fs::write(format!("{}.plan.json", self.file), plan.to_string()).unwrap();
    }

    /// Why the plan that was kept is not done.
    #[track_caller]
    fn refuses_what_it_kept(&self) -> String {
        let (code, answer, complaint) = self.says(&["apply", "--plan", &format!("{}.plan.json", self.file), "--yes"]);
        assert_eq!(code, Some(1), "{answer}");
        complaint
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_plan_does_what_it_says_or_nothing() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read] }\n").applies(&[]);
    holder(&orion, "ada", "desk").await;
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [] }\n  clerk: { level: 20 }\n");
    let kept = root.plans(&[]).1;
    assert_eq!(kept["breaks"][0]["people"], 1, "{kept}");
    let file = format!("{}.plan.json", root.file);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut plan = kept.clone();
        change(&mut plan);
        std::fs::write(&file, plan.to_string()).unwrap();
        let (code, _, complaint) = root.says(&["apply", "--plan", &file, "--yes"]);
        assert_eq!(code, Some(1), "{complaint}");
        complaint
    };
    let said = refused(&|plan| plan["steps"][0]["request"]["permissions"] = json!(["settings.write"]));
    assert!(said.contains("its steps are others"), "{said}");
    let said = refused(&|plan| {
        plan["steps"].as_array_mut().unwrap().push(json!({ "do": "remove_role", "role": "../users/me", "version": 1 }));
    });
    assert!(said.contains("its steps are others"), "{said}");
    let said = refused(&|plan| plan["changes"] = json!([]));
    assert!(said.contains("says something else of the role"), "{said}");
    let said = refused(&|plan| {
        plan["changes"] = json!([]);
        plan["steps"] = json!([]);
        plan["in_sync"] = json!(true);
    });
    assert!(said.contains("says something else of the role"), "{said}");
    let other = "version: 1\nroles:\n  desk: { level: 30, permissions: [] }\n  clerk: { level: 29 }\n";
    let said = refused(&|plan| plan["files"][0]["text"] = json!(other));
    assert!(said.contains("says something else of the role clerk"), "{said}");
    let said = refused(&|plan| plan["breaks"] = json!([]));
    assert!(said.contains("does not say that users.read is lost by 1 person"), "{said}");
    let said = refused(&|plan| plan["form"] = json!(1));
    assert!(said.contains("reads plans of the form 3"), "{said}");
    assert_eq!(root.person.done(&["role", "list"], "").as_array().unwrap().len(), 10, "nothing was done");

    // How many people it meets may be others by then.
    holder(&orion, "bob", "desk").await;
    std::fs::write(&file, kept.to_string()).unwrap();
    root.person.done(&["apply", "--plan", &file, "--yes"], "");
    assert_eq!(root.plans(&[]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_plan_gives_roles_that_mean_what_they_meant() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let roles = "  base: { level: 10, permissions: [sessions.read] }\n  desk: { level: 30, parent: base, permissions: [users.read] }\n";
    root.writes(&format!("version: 1\nroles:\n{roles}")).applies(&[]);
    root.writes("version: 1\nservice_accounts:\n  Bot: { roles: [desk] }\n");
    let kept = root.keeps();
    assert_eq!(kept["gives"]["desk"]["permissions"], json!(["sessions.read", "users.read"]), "{kept}");
    let client = orion.administrator().await;
    let gives = async |role: &str, permissions: Value| {
        client.patch(&format!("/api/v1/roles/{role}"), json!({ "permissions": permissions })).await.expect(200);
    };
    gives("desk", json!(["users.read", "users.write"])).await;
    let said = root.refuses_what_it_kept();
    assert!(said.contains("nothing is done, for the role desk gives users.write as well by now"), "{said}");
    gives("desk", json!(["users.read"])).await;
    gives("base", json!(["sessions.read", "users.write"])).await;
    let said = root.refuses_what_it_kept();
    assert!(said.contains("the role desk gives users.write as well by now"), "by its parent: {said}");
    gives("base", json!([])).await;
    let said = root.refuses_what_it_kept();
    assert!(said.contains("the role desk does not give sessions.read any more"), "{said}");
    gives("base", json!(["sessions.read"])).await;
    client.patch("/api/v1/roles/desk", json!({ "level": 40 })).await.expect(200);
    let said = root.refuses_what_it_kept();
    assert!(said.contains("the role desk has the level 40 by now"), "{said}");
    client.delete("/api/v1/roles/desk").await.expect(204);
    root.writes(&format!("version: 1\nroles:\n{roles}")).applies(&[]);
    let said = root.refuses_what_it_kept();
    assert!(said.contains("the role desk is another one of the same name"), "{said}");
    let mut silent = kept;
    silent["gives"] = json!({});
    root.keeps_as(&silent);
    let said = root.refuses_what_it_kept();
    assert!(said.contains("does not say what the role desk gives"), "{said}");
    assert_eq!(root.person.done(&["service-account", "list"], ""), json!([]), "nothing was done");

    // What the plan makes of a role itself is what it says.
    let text = format!(
        "version: 1\nroles:\n{roles}  lead: {{ level: 35, parent: desk }}\nservice_accounts:\n  Bot: {{ roles: [lead] }}\n"
    );
    root.writes(&text.replace("permissions: [users.read]", "permissions: [users.write]")).keeps();
    root.person.done(&["apply", "--plan", &format!("{}.plan.json", root.file), "--yes"], "");
    assert_eq!(root.plans(&[]).0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_somebody_changes_while_it_is_applied_is_not_given() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let client = orion.administrator().await;
    let last = json!({ "name": "zz", "display_name": "Last", "level": 90 });
    client.post("/api/v1/roles", last).await.expect(201);
    let roles: String = (0..40).map(|n| format!("  r{n:02}: {{ level: {} }}\n", n + 1)).collect();
    root.writes(&format!("version: 1\nroles:\n{roles}service_accounts:\n  Bot: {{ roles: [zz] }}\n"));
    let mut command = root.person.command(&["apply", "-f", &root.file, "--yes"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("done: make the role r00"))));
    client.patch("/api/v1/roles/zz", json!({ "permissions": ["users.write"] })).await.expect(200);
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    let told = "could not give Bot the role zz: the role zz gives users.write as well by now";
    assert!(complaint.contains(told), "{complaint}");
    let bot = client.get("/api/v1/service-accounts").await.value()["items"][0].clone();
    assert!(!bot["roles"].to_string().contains("zz"), "{bot}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_plan_that_met_nobody_meets_nobody() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read] }\n").applies(&[]);
    root.writes("version: 1\nroles:\n  desk: { level: 30, permissions: [users.read, users.write] }\n");
    let kept = root.keeps();
    assert_eq!((&kept["changes"][0]["touches"], &kept["breaks"]), (&json!(0), &json!([])), "{kept}");
    holder(&orion, "ada", "desk").await;
    let said = root.refuses_what_it_kept();
    assert!(said.contains("does not say that the role desk touches 1 person"), "{said}");
    root.keeps();
    holder(&orion, "bob", "desk").await;
    root.person.done(&["apply", "--plan", &format!("{}.plan.json", root.file), "--yes"], "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_ends_a_line_of_what_is_told() {
    let orion = TestPlatform::start().await;
    let root = Author::at(&orion).await;
    let name = serde_json::to_string(FORGED).unwrap();
    let is_told_on_one_line = |said: &str| {
        assert!(said.contains(r"x\nAll 3 steps are done."), "{said}");
        assert!(!said.lines().any(|line| line.trim_start().starts_with("All 3")), "{said}");
    };
    // An obstacle.
    root.writes(&format!("version: 1\nservice_accounts:\n  {name}: {{ roles: [nobody] }}\n"));
    let (code, answer, complaint) = root.says(&["apply", "-f", &root.file, "--yes"]);
    assert_eq!(code, Some(1), "{answer}");
    is_told_on_one_line(&answer);
    is_told_on_one_line(&complaint);
    // What stands there twice, in one document and in two.
    let account = format!("service_accounts:\n  {name}: {{}}\n");
    for twice in
        [format!("version: 1\n{account}---\nversion: 1\n{account}"), format!("version: 1\n{account}  {name}: {{}}\n")]
    {
        root.writes(&twice);
        let (code, _, complaint) = root.says(&["plan", "-f", &root.file]);
        assert_eq!(code, Some(1), "{complaint}");
        assert!(!complaint.lines().any(|line| line.trim_start().starts_with("All 3")), "{complaint}");
    }
    // A plan that somebody else has written.
    root.writes("version: 1\nservice_accounts: { Bot: }\n");
    let kept = root.keeps();
    for (pointer, value) in [("/changes/0/name", json!(FORGED)), ("/url", json!(FORGED))] {
        let mut plan = kept.clone();
        *plan.pointer_mut(pointer).unwrap() = value;
        root.keeps_as(&plan);
        let said = root.refuses_what_it_kept();
        assert!(!said.lines().any(|line| line.trim_start().starts_with("All 3")), "{pointer}: {said}");
    }
}
