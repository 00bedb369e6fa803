//! `orion admin`.

use super::{Failure, Output, databases, output};
use crate::config::{Config, DEFAULT, Layers};
use crate::last_console;
use crate::wiring::{self, Administrator};
use clap::Subcommand;
use orion_contracts::{Email, ServiceName};
use serde::Serialize;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Let an administrator in again who cannot sign in: prints a link, good once and for an hour, by which they choose a
    /// new password. That ends their sessions; until then nothing changes.
    Reset {
        /// The administrator's e-mail address.
        email: Email,
    },
}

#[derive(Serialize)]
struct Made {
    link: String,
    valid_minutes: i64,
}

pub(super) async fn run(
    config: &Config,
    layers: &Layers,
    command: &Command,
    output: Output,
) -> Result<ExitCode, Failure> {
    let Command::Reset { email } = command;
    let next = "Stop it, run this again, and start it: the link opens then";
    let opened = databases::to_change(config, next).await?;
    let (users, admin) = (opened.service(ServiceName::Users).await?, opened.service(ServiceName::Admin).await?);
    let made = match wiring::administrator(&users, email).await.map_err(|problem| problem.to_string())? {
        Administrator::Found(id) => {
            wiring::reset_link(&admin, id, email).await.map_err(|problem| problem.to_string())?
        }
        Administrator::Others(others) => {
            let others = if others.is_empty() { "nobody".to_owned() } else { others.join(", ") };
            return Err(format!("{email} is no active administrator; those are: {others}").into());
        }
    };
    for infra in [users, admin] {
        infra.db.close().await;
    }
    let link = format!("{}/reset#{}", console(config, layers), made.token);
    let made = Made { link, valid_minutes: made.valid_minutes };
    let start = if opened.is_stopped { "Start ORION, then open" } else { "Open" };
    let text = format!(
        "{start} this link within {} minutes, to choose a new password for {email}:\n  {}",
        made.valid_minutes, made.link
    );
    output::value(output, &text, &made)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the console is: by the configuration where it says so, else where it was last.
fn console(config: &Config, layers: &Layers) -> String {
    let follows = "listen.admin_port";
    let is_told = layers.origin("admin.console_url") != follows || layers.origin(follows) != DEFAULT;
    let keeps = config.database.url.expose().is_empty() && !is_told;
    let last = if keeps { last_console::kept(&config.data_dir) } else { None };
    last.unwrap_or_else(|| config.console().to_owned())
}
