//! Every service, asked by Schemathesis what its own OpenAPI document allows and forbids: no answer is a 5xx, or has a
//! status, a media type or a shape that the document does not name.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use super::documents::GATEWAY_S_OWN;
use orion_contracts::ServiceName;
use orion_testkit::TestPlatform;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// Seconds for each service: a minute for all.
const SECONDS: &str = "12";
/// What an answer is measured by.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";
/// Signing out would end the session that asks.
const SIGN_OUT: &str = "/api/v1/auth/logout";

/// Asks one service. Gives what Schemathesis said when it found something.
async fn ask(program: &str, service: ServiceName, url: &str, token: &str) -> Option<String> {
    let document = format!("{url}/openapi.json");
    let caller = format!("Authorization: Bearer {token}");
    let words = ["run", &document, "--url", url, "--max-time", SECONDS, "--phases", "examples,coverage,fuzzing"];
    let more =
        ["--checks", CHECKS, "--exclude-path", SIGN_OUT, "--header", &caller, "--continue-on-failure", "--no-color"];
    let folder = tempfile::tempdir().unwrap();
    let own = if service == ServiceName::Gateway { &["--include-path-regex", GATEWAY_S_OWN][..] } else { &[] };
    let run = Command::new(program)
        .args(words)
        .args(more)
        .args(own)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = run.await.expect("ORION_SCHEMATHESIS names a program that runs");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Schemathesis: ./orion test runs it where it is"]
async fn the_committed_documents_are_valid_openapi() {
    let program = std::env::var("ORION_SCHEMATHESIS").expect("ORION_SCHEMATHESIS names the program");
    let validator = Path::new(&program).with_file_name("openapi-spec-validator");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    let documents = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let output = Command::new(validator).args(documents).output().await;
    let output = output.expect("openapi-spec-validator stands beside Schemathesis: pip install openapi-spec-validator");
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Schemathesis: ./orion test runs it where it is"]
async fn every_service_answers_as_it_documents() {
    let program = std::env::var("ORION_SCHEMATHESIS").expect("ORION_SCHEMATHESIS names the program");
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let token = orion.administrator().await.access_token.clone();
    let mut findings = String::new();
    for service in ServiceName::ALL {
        if let Some(found) = ask(&program, service, &orion.service_url(service), &token).await {
            findings.push_str(&format!("\n===== {service} =====\n{found}"));
        }
    }
    // Made-up requests leave what no test would: deliveries to addresses that nobody has.
    orion.leave_undelivered();
    assert!(findings.is_empty(), "{findings}");
}
