//! `orion up` and `orion serve`.

use super::greeting::Started;
use super::signals::Signals;
use super::{Failure, Output, output};
use crate::config::{Config, Sources, advice};
use crate::platform::Cut;
use crate::{Platform, Schema};
use orion_contracts::ServiceName;
use orion_infra::{Clock, Random};
use std::process::ExitCode;

/// All services in this process.
pub(super) async fn up(config: &Config, sources: Sources, output: Output) -> Result<ExitCode, Failure> {
    run(config, sources, (&ServiceName::ALL, Schema::Migrate), output).await
}

/// Some services in this process.
pub(super) async fn serve(
    config: &Config,
    sources: Sources,
    services: &[ServiceName],
    output: Output,
) -> Result<ExitCode, Failure> {
    run(config, sources, (services, Schema::Check), output).await
}

async fn run(
    config: &Config,
    sources: Sources,
    (services, schema): (&[ServiceName], Schema),
    output: Output,
) -> Result<ExitCode, Failure> {
    // Signals are caught from the first moment: a Ctrl-C during the start ends in order as well.
    let mut signals = Signals::catch()?;
    for line in advice(config, services) {
        tracing::warn!("{line}");
    }
    let clock = Clock::system();
    let mut platform = tokio::select! {
        started = Platform::launch(config, services, schema, clock.clone(), Random::system()) => started?,
        () = signals.told() => return Ok(ExitCode::SUCCESS),
    };
    platform.follow_file(sources);
    // From here on requests are taken: also a process that still waits for others ends by a drain.
    let is_ready = tokio::select! {
        () = platform.wait_until_ready() => true,
        () = signals.told() => false,
    };
    if is_ready {
        if let Some(line) = platform.advice() {
            tracing::warn!("{line}");
        }
        let setup_link = platform.setup_link().await.map_err(|problem| problem.to_string())?;
        let started = Started::new(&platform, services, setup_link, clock.monotonic());
        output::value(output, &started.text(), &started)?;
        tokio::select! {
            () = signals.told() => {}
            () = crate::memory::stay_small(&clock) => {}
        }
    }
    tracing::info!("draining");
    let limit = config.server.drain_timeout_ms;
    tokio::select! {
        cut = platform.drain() => {
            tell_end(&cut, limit);
            Ok(ExitCode::SUCCESS)
        }
        // Whoever asks twice does not want to wait.
        () = signals.told_again() => {
            tracing::warn!("told to end a second time: ending at once; what was in flight is cut");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn tell_end(cut: &Cut, limit: u64) {
    if cut.is_nothing() {
        return tracing::info!("drained");
    }
    tracing::warn!(
        connections = cut.connections,
        work = cut.work.join(", "),
        "ended, but not drained: server.drain_timeout_ms ({limit}) was too short for all of it"
    );
}
