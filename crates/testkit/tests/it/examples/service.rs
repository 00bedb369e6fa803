//! The services of `examples/verify-token`, started as their README says.

use orion_testkit::{Answer, Client, eventually};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What an example is written in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Language {
    Rust,
    TypeScript,
    Python,
}

impl Language {
    fn command(self) -> Command {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/verify-token");
        let (program, script) = match self {
            Self::Rust => (beside_this_test("verify-token"), None),
            Self::TypeScript => ("node".into(), Some("typescript/dist/main.js")),
            Self::Python => (std::env::var("ORION_EXAMPLE_PYTHON").unwrap().into(), Some("python/main.py")),
        };
        let mut command = Command::new(program);
        command.args(script.map(|script| folder.join(script)));
        command
    }
}

impl Language {
    /// What it says, and with which status it ends, when it is called with these words and variables.
    pub(super) fn called(self, words: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let mut command = self.command();
        command.args(words).envs(variables.iter().copied()).stdin(Stdio::null());
        let output = command.output().unwrap_or_else(|error| panic!("{self:?} does not start: {error}"));
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }
}

fn beside_this_test(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join(name)
}

/// A running example. Dropping it ends it.
pub(super) struct Shop {
    child: Child,
    client: Client,
}

impl Shop {
    /// Starts it with these words and variables, and waits until it answers.
    pub(super) async fn start(language: Language, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = language.command();
        command.args(words).env("PORT", port.to_string()).envs(variables.iter().copied()).stdin(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{language:?} does not start: {error}"));
        let shop = Self { child, client: Client::new(format!("http://127.0.0.1:{port}")) };
        let answers = || async { Answer::try_of(shop.client.request("GET", "/orders")).await.ok() };
        eventually(&format!("an answer in {language:?}"), answers).await;
        shop
    }

    /// What it answers to who brings this token.
    pub(super) async fn ask(&self, token: &str) -> Answer {
        self.client.with_token(token).get("/orders").await
    }

    /// Asserts that a token is let in.
    pub(super) async fn takes(&self, token: &str, why: &str) {
        let answer = self.ask(token).await;
        assert_eq!(answer.status, 200, "{why}: {}", answer.text);
    }

    /// Asserts that a token is refused as RFC 6750 has it, in these words.
    pub(super) async fn refuses(&self, token: &str, why: &str, told: &str) {
        let answer = self.ask(token).await;
        assert_eq!(answer.status, 401, "{why}: {}", answer.text);
        let challenge = answer.header("www-authenticate").unwrap();
        let expected = format!(r#"Bearer realm="shop", error="invalid_token", error_description="{told}""#);
        assert_eq!(challenge, expected, "{why}");
    }

    /// Asserts that who brings nothing is asked for a token.
    pub(super) async fn asks_for_a_token(&self) {
        let answer = self.client.get("/orders").await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate").as_deref()),
            (401, Some(r#"Bearer realm="shop""#))
        );
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
