//! `orion device`: what somebody has signed in from, and what is done about it.

use super::At;
use super::calls::Calls;
use super::refusals::listed;
use super::who::{Account, Who};
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::DeviceId;
use orion_contracts::auth::{Device, DeviceList, RenameDevice};
use serde_json::json;
use std::process::ExitCode;

/// Where one's own devices are.
const OWN: &str = "/api/v1/auth/devices";

/// Whose device it is.
#[derive(Args, Clone)]
pub(crate) struct Which {
    /// The device's id, as `orion device list` shows it.
    device: DeviceId,
    /// A user's, by e-mail address or id; one's own when no user is named.
    #[arg(long, value_name = "EMAIL|ID")]
    user: Option<Who>,
    #[command(flatten)]
    at: At,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the devices of an account: one's own, when no user is named.
    List {
        /// A user's, by e-mail address or id; one's own when no user is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Give one's own device a name.
    Rename {
        /// The device's id.
        device: DeviceId,
        /// What it is called from now on.
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// Stop trusting one's own device: its next sign-in asks for the second factor again.
    Distrust {
        /// The device's id.
        device: DeviceId,
        #[command(flatten)]
        at: At,
    },
    /// Block a device: its sessions end, and it is not signed in any more.
    Block(Which),
    /// Let a device that was blocked sign in again. One that an administrator has blocked needs an administrator, with --user.
    Unblock(Which),
    /// Forget a device: its sessions end, and its next sign-in is that of a new one.
    Forget(Which),
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. } | Self::Rename { at, .. } | Self::Distrust { at, .. } => at,
            Self::Block(which) | Self::Unblock(which) | Self::Forget(which) => &which.at,
        }
    }

    /// Who is meant, where it is not about oneself.
    fn user(&self) -> Option<&Who> {
        match self {
            Self::List { user, .. } => user.as_ref(),
            Self::Rename { .. } | Self::Distrust { .. } => None,
            Self::Block(which) | Self::Unblock(which) | Self::Forget(which) => which.user.as_ref(),
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    let account = Account::of(calls, command.user(), OWN, "devices").await?;
    listed(account.told(carry_out(calls, command, &account.path, output).await), &account.list("device"))
}

async fn carry_out(calls: &mut Calls, command: &Command, path: &str, output: Output) -> Result<ExitCode, Failure> {
    let (id, text) = match command {
        Command::List { .. } => {
            let devices: DeviceList = calls.get(path).await?;
            output::rows(output, &devices.items, &["DEVICE", "NAME", "ADDRESS", "STATUS", "SIGN-INS", "SEEN"], row)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Rename { device, name, .. } => {
            calls.patch(&format!("{path}/{device}"), &RenameDevice { name: name.clone() }).await?;
            (device, format!("The device is called {name} now."))
        }
        Command::Distrust { device, .. } => {
            calls.delete(&format!("{path}/{device}/trust")).await?;
            (device, "The device is asked for the second factor again.".to_owned())
        }
        Command::Block(Which { device, .. }) => {
            is_another(calls, *device, path, "Block").await?;
            calls.put(&format!("{path}/{device}/block")).await?;
            (device, "The device is blocked, and signed out.".to_owned())
        }
        Command::Unblock(Which { device, .. }) => {
            calls.delete(&format!("{path}/{device}/block")).await?;
            (device, "The device may sign in again.".to_owned())
        }
        Command::Forget(Which { device, .. }) => {
            is_another(calls, *device, path, "Forget").await?;
            calls.delete(&format!("{path}/{device}")).await?;
            (device, "The device is forgotten, and signed out.".to_owned())
        }
    };
    output::value(output, &text, &json!({ "device_id": id }))?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses what would keep this command line from signing in again, with nothing that says why.
async fn is_another(calls: &mut Calls, id: DeviceId, path: &str, verb: &str) -> Result<(), Failure> {
    let devices: DeviceList = calls.get(path).await?;
    match devices.items.iter().any(|device| device.id == id && device.is_current) {
        true => Err(format!(
            "this is the device that you work at, and could not sign in again. {verb} it from another one; `orion logout` signs \
             this one out"
        )
        .into()),
        false => Ok(()),
    }
}

fn row(device: &Device) -> Vec<String> {
    let current = if device.is_current { " (this one)" } else { "" };
    let by = if device.is_blocked_by_administrator { " (by an administrator)" } else { "" };
    vec![
        device.id.to_string(),
        format!("{}{current}", device.name),
        device.ip_address.clone().unwrap_or_default(),
        format!("{}{by}", device.status.as_str()),
        device.login_count.to_string(),
        device.last_seen_at.format(output::TIME).to_string(),
    ]
}
