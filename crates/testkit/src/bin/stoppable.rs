//! A platform of which single services can be stopped, for the browser tests: on SQLite the product runs all five in one
//! process, which ends as a whole. See `web/e2e/fixtures/platform.ts`.
//!
//! It prints where it is as `orion up --output json` does. The line `stop SERVICE` on its input stops that service, and is
//! answered by `stopped SERVICE`. With the end of its input it ends itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test that cannot go on says so")]

use orion_contracts::ServiceName;
use orion_testkit::TestPlatform;
use serde_json::json;
use std::io::stdin;
use tokio::runtime::Runtime;

fn main() {
    let runtime = Runtime::new().unwrap();
    let mut orion = runtime.block_on(TestPlatform::start());
    // Whoever asks for this stops services, which hear no more of what happens.
    orion.leave_undelivered();
    let console = orion.config.console();
    let token = runtime.block_on(orion.setup_token()).expect("a link for the first administrator");
    let place = json!({
        "gateway": orion.gateway_url(),
        "console": console,
        "setup_link": format!("{console}/setup#{token}"),
    });
    println!("{place}");
    for line in stdin().lines() {
        let line = line.unwrap();
        let service: Option<ServiceName> = line.strip_prefix("stop ").and_then(|name| name.parse().ok());
        let service = service.expect("a line is `stop` and the name of a service");
        runtime.block_on(orion.stop_service(service));
        println!("stopped {service}");
    }
}
