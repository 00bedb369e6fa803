//! `orion settings`: the way to settings for somebody at the machine, also when nobody can sign in any more.

mod in_force;
mod words;

pub(super) use in_force::in_force;

use super::{Failure, Output, databases, output};
use crate::config::{Config, setting_text as text};
use crate::settings::usable;
use crate::wiring;
use clap::Subcommand;
use orion_contracts::settings::{PutSetting, Setting, SettingChange};
use orion_contracts::{Author, ServiceName};
use orion_infra::Db;
use orion_infra::versions::SeenVersions;
use serde_json::Value as Json;
use std::process::ExitCode;
use words::{Names, not_applied, refused, unknown, words};

/// What whoever would change something on SQLite beside a running platform has to do.
const OTHERWISE: &str = "Change it there, in the console under Settings or at /api/v1/settings; or stop it, run this again, \
                         and start it";

#[derive(Subcommand)]
pub(super) enum Command {
    /// List all settings with the value of the start (that of this command's own configuration), when each was changed and by
    /// whom. Works beside a running platform.
    #[command(alias = "show")]
    List,
    /// Show one. Works beside a running platform.
    Get {
        /// Such as auth.access_token_seconds.
        key: String,
    },
    /// Put a value over that of the start. On SQLite ORION must be stopped; on PostgreSQL it may run, and applies it within ten
    /// seconds.
    Set {
        /// Such as auth.access_token_seconds.
        key: String,
        /// Written as for --set.
        value: String,
        /// Why, for those who read the history.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Give the value of the start back, to one or to all. On SQLite ORION must be stopped; on PostgreSQL it may run.
    Reset {
        /// Such as auth.access_token_seconds.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        key: Option<String>,
        /// All that were changed.
        #[arg(long)]
        all: bool,
        /// Why, for those who read the history.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Show who changed what, and why, newest first. Works beside a running platform.
    History {
        /// Only changes of this one.
        key: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

pub(super) async fn run(config: &Config, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List => list(config, output).await?,
        Command::Get { key } => get(config, key, output).await?,
        Command::History { key, limit } => history(config, key.as_deref(), *limit, output).await?,
        Command::Set { key, value, reason } => {
            let value = read(key, value)?;
            let put = PutSetting { value, reason: reason.clone() };
            change(config, output, async |settings| {
                let refused = |problem| refused(key, &problem);
                let setting = settings.put(Author::PLATFORM, key, &SeenVersions::ANY, put).await.map_err(refused)?;
                let (now, start) = (text(&setting.value), text(&setting.start_value));
                Ok((format!("{key} is {now} now, over {start} of the start."), vec![setting]))
            })
            .await?;
        }
        Command::Reset { key: Some(key), reason, .. } => {
            change(config, output, async |settings| {
                let refused = |problem| refused(key, &problem);
                let (before, seen) = (settings.kept.find(key).await, SeenVersions::ANY);
                let setting = settings.reset(Author::PLATFORM, key, &seen, reason.as_deref()).await.map_err(refused)?;
                match before {
                    Ok(before) if before.version == setting.version => {
                        let start = text(&setting.start_value);
                        Ok((format!("There is nothing to take back: {key} is {start}, as at the start."), Vec::new()))
                    }
                    _ => Ok((taken_back(&setting), vec![setting])),
                }
            })
            .await?;
        }
        Command::Reset { key: None, reason, .. } => {
            change(config, output, async |settings| {
                let refused = |problem| refused("all settings", &problem);
                let all = settings.reset_all(Author::PLATFORM, reason.as_deref()).await.map_err(refused)?;
                let told: Vec<_> = all.iter().map(taken_back).collect();
                let told = if told.is_empty() { "Nothing is changed.".to_owned() } else { told.join("\n") };
                Ok((told, all))
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Changes something by the verb that the API has, and tells what came of it.
async fn change(
    config: &Config,
    output: Output,
    work: impl AsyncFnOnce(orion_admin::PlatformSettings) -> Result<(String, Vec<Setting>), Failure>,
) -> Result<(), Failure> {
    let opened = databases::to_change(config, OTHERWISE).await?;
    let admin = opened.service(ServiceName::Admin).await?;
    let outcome = work(wiring::settings(admin.clone(), config)).await;
    admin.db.close().await;
    let (told, changed) = outcome?;
    let next = match (changed.is_empty(), opened.is_stopped) {
        (true, _) => "",
        (false, true) => "\nIt is in force when ORION starts.",
        // Admin tells them, over the bus that they hear.
        (false, false) => "\nProcesses that run apply it within ten seconds.",
    };
    output::value(output, &format!("{told}{next}"), &changed)
}

fn taken_back(setting: &Setting) -> String {
    match &setting.start_value {
        // This version does not know it.
        Json::Null => format!("{} is taken back.", setting.key),
        start => format!("{} is {} again, as at the start.", setting.key, text(start)),
    }
}

async fn list(config: &Config, output: Output) -> Result<(), Failure> {
    let kept = wiring::kept_settings(look(config, ServiceName::Admin).await?, config);
    let (_, settings) = kept.list().await.map_err(words)?;
    let (_, refused) = usable(config, kept.snapshot().await.map_err(words)?.values);
    let names = Names::of(config, settings.iter().map(|setting| setting.changed_by)).await;
    output::rows(output, &settings, &["KEY", "VALUE", "START", "CHANGED", "BY"], |setting| {
        let changed = setting.changed_at.filter(|_| setting.is_changed).map(|at| at.format(output::TIME).to_string());
        let by = changed.as_ref().map(|_| names.of_author(setting.changed_by));
        let (value, start) = (text(&setting.value), text(&setting.start_value));
        vec![setting.key.clone(), value, start, changed.unwrap_or_default(), by.unwrap_or_default()]
    })?;
    refused.iter().for_each(|fault| output::warning(&not_applied(fault)));
    Ok(())
}

async fn get(config: &Config, key: &str, output: Output) -> Result<(), Failure> {
    let kept = wiring::kept_settings(look(config, ServiceName::Admin).await?, config);
    let setting = kept.find(key).await.map_err(|problem| refused(key, &problem))?;
    let mut told = format!("{key} = {}", text(&setting.value));
    if let Some(at) = setting.changed_at.filter(|_| setting.is_changed) {
        let names = Names::of(config, [setting.changed_by]).await;
        let (start, by) = (text(&setting.start_value), names.of_author(setting.changed_by));
        told += &format!("\n  over {start} of the start, since {}, by {by}", at.format(output::TIME));
    }
    output::value(output, &told, &setting)
}

async fn history(config: &Config, key: Option<&str>, limit: u32, output: Output) -> Result<(), Failure> {
    let kept = wiring::kept_settings(look(config, ServiceName::Admin).await?, config);
    let mut changes = kept.changes(key, None, limit).await.map_err(words)?;
    changes.truncate(usize::try_from(limit)?);
    let names = Names::of(config, changes.iter().map(|change| change.changed_by)).await;
    let value = |value: &Option<Json>| value.as_ref().map_or_else(|| "(start)".to_owned(), text);
    let row = |change: &SettingChange| {
        vec![
            change.version.to_string(),
            change.changed_at.format(output::TIME).to_string(),
            change.key.clone(),
            value(&change.before),
            value(&change.after),
            names.of_author(change.changed_by),
            change.reason.clone().unwrap_or_default(),
        ]
    };
    output::rows(output, &changes, &["VERSION", "AT", "KEY", "BEFORE", "AFTER", "BY", "REASON"], row)
}

async fn look(config: &Config, service: ServiceName) -> Result<Db, Failure> {
    let place = config.data_dir.display();
    let nothing = || format!("there is no platform in {place}; name its directory with --data-dir");
    Ok(databases::to_look(config, service).await?.ok_or_else(nothing)?)
}

/// A value as it was written; or why it can be none of this key.
fn read(key: &str, written: &str) -> Result<Json, Failure> {
    let known = Config::keys().get(key).filter(|known| known.is_dynamic).ok_or_else(|| unknown(key))?;
    let value = known.kind.read(written).map_err(|fault| format!("{key} {fault}"))?;
    Ok(serde_json::to_value(value)?)
}
