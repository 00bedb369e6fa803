//! `orion plan` and `orion apply`.

mod apply;
mod breaks;
mod kept;
mod plan;
mod routes;

use super::signed_in::Person;
use orion_testkit::{TestPlatform, TestUser};
use serde_json::{Value, json};

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
