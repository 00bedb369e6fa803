//! `orion status`.

use super::{Failure, Output, output};
use crate::Topology;
use crate::config::Config;
use orion_contracts::ServiceName;
use orion_contracts::health::{Readiness, ReadyStatus};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// How long a service may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Row {
    service: ServiceName,
    url: String,
    status: &'static str,
    version: Option<String>,
    trouble: Vec<String>,
}

pub(super) async fn run(config: &Config, output: Output) -> Result<ExitCode, Failure> {
    let topology = Topology::new(config, &[]);
    let client = reqwest::Client::builder().timeout(LIMIT).no_proxy().build()?;
    let rows =
        futures_util::future::join_all(topology.urls.iter().map(|(service, url)| ask(&client, *service, url))).await;
    if output == Output::Text && rows.iter().all(|row| row.status == "down") {
        let urls: Vec<_> = rows.iter().map(|row| row.url.as_str()).collect();
        return Err(
            format!("nothing answers at {}; start it with `orion up`, or name its ports", urls.join(", ")).into()
        );
    }
    output::rows(output, &rows, &["SERVICE", "STATUS", "VERSION", "URL", "TROUBLE"], |row| {
        vec![
            row.service.to_string(),
            row.status.to_owned(),
            row.version.clone().unwrap_or_default(),
            row.url.clone(),
            row.trouble.join("; "),
        ]
    })?;
    let all_up = rows.iter().all(|row| row.status == "up");
    Ok(if all_up { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(client: &reqwest::Client, service: ServiceName, url: &str) -> Row {
    let row = |status, version, trouble| Row { service, url: url.to_owned(), status, version, trouble };
    let answer = match client.get(format!("{url}/readyz?verbose")).send().await {
        Ok(answer) => answer,
        Err(_) => return row("down", None, vec!["no answer; is it running, and is its URL right?".to_owned()]),
    };
    let Ok(readiness) = answer.json::<Readiness>().await else {
        return row("unknown", None, vec!["something else answers at this URL".to_owned()]);
    };
    if readiness.service != service {
        return row("unknown", None, vec![format!("{} answers at this URL", readiness.service)]);
    }
    let trouble = readiness.checks.iter().filter(|check| !check.ok);
    let trouble =
        trouble.map(|check| format!("{}: {}", check.name, check.detail.as_deref().unwrap_or("fails"))).collect();
    let status = match readiness.status {
        ReadyStatus::Ready => "up",
        ReadyStatus::NotReady => "degraded",
        ReadyStatus::Draining => "draining",
    };
    row(status, Some(readiness.version), trouble)
}
