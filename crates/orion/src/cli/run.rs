//! `orion up` and `orion serve`.

use super::{Failure, Output, output};
use crate::config::Config;
use crate::{Platform, Schema};
use orion_contracts::ServiceName;
use orion_infra::{Clock, Random};
use serde::Serialize;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// What is told once a process takes requests.
#[derive(Serialize)]
struct Started {
    status: &'static str,
    services: Vec<ServiceName>,
    gateway: Option<String>,
    console: Option<String>,
    setup_link: Option<String>,
    started_in_ms: u64,
}

/// All services in this process.
pub(super) async fn up(config: &Config, output: Output) -> Result<ExitCode, Failure> {
    run(config, &ServiceName::ALL, Schema::Migrate, output).await
}

/// Some services in this process.
pub(super) async fn serve(config: &Config, services: &[ServiceName], output: Output) -> Result<ExitCode, Failure> {
    run(config, services, Schema::Check, output).await
}

async fn run(config: &Config, services: &[ServiceName], schema: Schema, output: Output) -> Result<ExitCode, Failure> {
    // Signals are caught from the first moment: a Ctrl-C during the start ends in order as well.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // The terminal was closed.
    let mut hang_up = signal(SignalKind::hangup())?;
    let clock = Clock::system();
    let platform = tokio::select! {
        started = Platform::start(config, services, schema, clock.clone(), Random::system()) => started?,
        _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
        _ = hang_up.recv() => return Ok(ExitCode::SUCCESS),
    };
    let setup_link = platform.setup_link(config).await.map_err(|problem| problem.to_string())?;
    let console = platform.address(ServiceName::Admin).map(|_| config.admin.console_url.to_string());
    let started = Started {
        status: "ready",
        services: services.to_vec(),
        gateway: platform.edge().map(crate::topology::url_of),
        console,
        setup_link,
        started_in_ms: u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX),
    };
    output::value(output, &greeting(&started), &started)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
        () = crate::memory::stay_small(&clock) => {}
    }
    tracing::info!("draining");
    tokio::select! {
        () = platform.drain() => {
            tracing::info!("drained");
            return Ok(ExitCode::SUCCESS);
        }
        // Whoever asks twice does not want to wait.
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::warn!("told to end a second time: ending at once; what was in flight is cut");
    Ok(ExitCode::FAILURE)
}

fn greeting(started: &Started) -> String {
    let names: Vec<_> = started.services.iter().map(|service| service.as_str()).collect();
    let mut text =
        format!("ORION {} is ready ({} ms): {}\n", env!("CARGO_PKG_VERSION"), started.started_in_ms, names.join(", "));
    let mut line = |label: &str, value: &Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!("  {label:<9} {value}\n"));
        }
    };
    line("gateway", &started.gateway);
    line("console", &started.console);
    if let Some(link) = &started.setup_link {
        text.push_str(&format!(
            "\n  There is no administrator yet. Open this link once to become the first:\n  {link}\n"
        ));
    }
    text
}
