//! The console in a real browser: `web/e2e/run.mjs` drives it, this side runs the platform.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use super::reset::reset_link;
use orion_contracts::{ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::TestPlatform;
use sea_orm::ConnectionTrait;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The script that drives the browser.
struct Script {
    process: Child,
    orders: ChildStdin,
    requests: Lines<BufReader<ChildStdout>>,
    report: JoinHandle<String>,
}

impl Script {
    fn start(console: &str, token: &str) -> Self {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        let mut process = Command::new("node")
            .arg("e2e/run.mjs")
            .current_dir(&web)
            .env("ORION_E2E_CONSOLE_URL", console)
            .env("ORION_E2E_SETUP_URL", format!("{console}/setup#{token}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed to drive the browser");
        let orders = process.stdin.take().unwrap();
        let requests = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut errors = process.stderr.take().unwrap();
        let report = tokio::spawn(async move {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text).await;
            text
        });
        Self { process, orders, requests, report }
    }

    /// The next line that it prints, or none at its end.
    async fn request(&mut self) -> Option<String> {
        self.requests.next_line().await.unwrap()
    }

    async fn answer(&mut self, line: &str) {
        self.orders.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
}

/// A port that is free at the moment of asking: the console's address must be known before the platform starts.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the built web app and Chromium: ./orion test runs it where one is"]
async fn an_administrator_works_with_the_console_in_a_browser() {
    let port = free_port();
    let console = format!("http://localhost:{port}");
    let builder = TestPlatform::builder().set("listen.admin_port", port).set("admin.console_url", &console);
    let mut orion = builder.start().await;
    // Two services are gone at the end, and hear no more of what happens.
    orion.leave_undelivered();
    orion.user("grace.hopper").await;
    orion.user("katherine.johnson").unverified().await;
    let token = orion.setup_token().await.expect("a link for the first administrator");

    let mut script = Script::start(&console, &token);
    let mut requests = Vec::new();
    while let Some(request) = script.request().await {
        let stopped = match request.as_str() {
            "stop notifications" => Some(ServiceName::Notifications),
            "stop admin" => Some(ServiceName::Admin),
            _ => None,
        };
        if let Some(service) = stopped {
            orion.stop_service(service).await;
            script.answer("stopped").await;
        }
        if request == "make a reset link" {
            let users = orion.infra(ServiceName::Users).db.read();
            let select = statement(users, "SELECT id FROM users WHERE email = 'ada@example.org'", []);
            let id: Uuid = users.query_one_raw(select).await.unwrap().expect("ada").try_get("", "id").unwrap();
            reset_link(&orion, UserId(id), "ada@example.org", "of-the-machine").await;
            script.answer("made").await;
        }
        requests.push(request);
    }
    let status = script.process.wait().await.unwrap();
    let report = script.report.await.unwrap();
    assert!(status.success(), "the script ended with {status}:\n{}\n{report}", requests.join("\n"));
    assert_eq!(requests, ["make a reset link", "stop notifications", "stop admin", "done"], "{report}");
}
