//! `orion apikey`: what programs call with that nobody signs in for.

use super::At;
use super::arguments::until;
use super::calls::Calls;
use super::prompt::Sure;
use super::refusals::listed;
use super::which::{self, Program, SERVICE_ACCOUNTS, Which};
use super::who::Who;
use super::words::{PERMISSIONS, meant};
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::api_keys::{ApiKey, CreateApiKey, LONGEST_OVERLAP_SECONDS, NewApiKey, RotateApiKey, UpdateApiKey};
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::{ApiKeyId, OrganisationId, Page};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What shows the ids of keys.
const LIST: &str = "orion apikey list";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List API keys, the newest first: one's own, when nobody is named.
    List {
        /// The keys of this user.
        #[arg(long, value_name = "EMAIL|ID", conflicts_with = "everybody")]
        user: Option<Who>,
        /// The keys of this service account.
        #[arg(long, value_name = "ID|NAME", conflicts_with_all = ["user", "everybody"])]
        service_account: Option<Program>,
        /// The keys of everybody.
        #[arg(long)]
        everybody: bool,
        #[command(flatten)]
        at: At,
    },
    /// Show an API key, without its secret.
    Show {
        /// The API key, by the id that `orion apikey list` shows.
        #[arg(value_name = "ID")]
        id: ApiKeyId,
        #[command(flatten)]
        at: At,
    },
    /// Make an API key of one's own, or of a service account. Its secret is shown this once.
    Create(New),
    /// Change what an API key is called, or what it is limited to.
    Edit {
        /// The API key, by the id that `orion apikey list` shows.
        #[arg(value_name = "ID")]
        id: ApiKeyId,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Give an API key a new secret, which is shown this once.
    Rotate {
        /// The API key, by the id that `orion apikey list` shows.
        #[arg(value_name = "ID")]
        id: ApiKeyId,
        /// For how many seconds the old secret goes on; a day when it is not given, 0 for not at all.
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=i64::from(LONGEST_OVERLAP_SECONDS)))]
        overlap: Option<u32>,
        #[command(flatten)]
        at: At,
    },
    /// Revoke an API key for good.
    Revoke {
        /// The API key, by the id that `orion apikey list` shows.
        #[arg(value_name = "ID")]
        id: ApiKeyId,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
}

/// A key to be made.
#[derive(Args)]
pub(crate) struct New {
    /// What it is for.
    #[arg(value_name = "NAME")]
    name: String,
    /// A permission that it is limited to; may be repeated.
    #[arg(long = "scope", value_name = "PERMISSION", required = true)]
    scopes: Vec<String>,
    /// The service account that it is of; one's own when none is named.
    #[arg(long, value_name = "ID|NAME")]
    service_account: Option<Program>,
    /// The organisation for which it acts.
    #[arg(long, value_name = "ID|SLUG")]
    organisation: Option<Which>,
    /// Until then, such as 2030-01-01 or 2030-01-01T12:00:00Z; for good when it is not given.
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<DateTime<Utc>>,
    /// How many requests a minute it may make.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_limit: Option<u32>,
    #[command(flatten)]
    at: At,
}

/// What of a key is to be changed.
#[derive(Args)]
#[group(id = "edit-apikey", required = true, multiple = true)]
pub(crate) struct Edit {
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// A permission that it is limited to; may be repeated. Those that are not named are taken from it.
    #[arg(long = "scope", value_name = "PERMISSION")]
    scopes: Vec<String>,
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Show { at, .. }
            | Self::Edit { at, .. }
            | Self::Rotate { at, .. }
            | Self::Revoke { at, .. } => at,
            Self::Create(new) => &new.at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { user, service_account, everybody, .. } => {
            let whose = match (user, service_account, everybody) {
                (Some(user), ..) => format!("&user_id={}", user.id(calls).await?),
                (None, Some(account), _) => format!("&user_id={}", account.id(calls).await?),
                (None, None, true) => "&everybody=true".to_owned(),
                (None, None, false) => String::new(),
            };
            let keys = all(calls, &whose).await?;
            output::rows(output, &keys, &["ID", "NAME", "KEY", "SCOPES", "UNTIL", "LAST USED"], row)?;
        }
        Command::Show { id, .. } => {
            let key: ApiKey = listed(calls.get(&path(*id)).await, LIST)?;
            let slugs = which::slugs(calls, key.organisation_id.into_iter()).await?;
            output::value(output, &shown(&key, &slugs), &key)?;
        }
        Command::Create(new) => {
            let request = CreateApiKey {
                name: new.name.clone(),
                scopes: new.scopes.clone(),
                organisation_id: which::id_of(calls, new.organisation.as_ref()).await?,
                expires_at: new.until,
                rate_limit: new.rate_limit,
            };
            let path = match &new.service_account {
                Some(account) => format!("{SERVICE_ACCOUNTS}/{}/api-keys", account.id(calls).await?),
                None => "/api/v1/api-keys".to_owned(),
            };
            let made = calls.post(&path, &request).await;
            let made: NewApiKey = meant(calls, made, &new.scopes, PERMISSIONS).await?;
            tell(calls, output, &made, "").await?;
        }
        Command::Edit { id, edit, .. } => {
            let seen: ApiKey = listed(calls.get(&path(*id)).await, LIST)?;
            let scopes = (!edit.scopes.is_empty()).then(|| edit.scopes.clone());
            let request = UpdateApiKey { name: edit.name.clone(), scopes };
            let changed = calls.change_seen(&path(*id), seen.version, &request).await;
            let key: ApiKey = meant(calls, changed, &edit.scopes, PERMISSIONS).await?;
            let slugs = which::slugs(calls, key.organisation_id.into_iter()).await?;
            output::value(output, &shown(&key, &slugs), &key)?;
        }
        Command::Rotate { id, overlap, .. } => {
            let request = RotateApiKey { overlap_seconds: *overlap };
            let made = calls.post(&format!("{}/rotate", path(*id)), &request).await;
            let made: NewApiKey = listed(made, LIST)?;
            let old = match made.key.previous_until {
                Some(until) => format!(" The old secret goes on until {}.", time(until)),
                None => " The old secret has ended.".to_owned(),
            };
            tell(calls, output, &made, &old).await?;
        }
        Command::Revoke { id, sure, .. } => {
            sure.ask_where_possible(&format!("The API key {id} ends for good"))?;
            listed(calls.delete(&path(*id)).await, LIST)?;
            output::value(output, "It is revoked.", &json!({ "id": id, "revoked": true }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn path(id: ApiKeyId) -> String {
    format!("/api/v1/api-keys/{id}")
}

/// All pages of a list.
async fn all(calls: &mut Calls, whose: &str) -> Result<Vec<ApiKey>, Failure> {
    let mut keys = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page: Page<ApiKey> = calls.get(&format!("/api/v1/api-keys?limit={MAX_LIMIT}{whose}{cursor}")).await?;
        keys.append(&mut page.items);
        let Some(next) = page.next_cursor else { return Ok(keys) };
        cursor = format!("&cursor={next}");
    }
}

/// A secret alone on its line, so that it is easily taken.
async fn tell(calls: &mut Calls, output: Output, made: &NewApiKey, more: &str) -> Result<(), Failure> {
    let slugs = which::slugs(calls, made.key.organisation_id.into_iter()).await?;
    let told = shown(&made.key, &slugs);
    let text = format!("{}\n\nThis is the only time that it is shown.{more}\n{told}", made.secret.expose());
    output::value(output, &text, made)?;
    if !made.not_held.is_empty() {
        output::warning(&format!(
            "the key's owner does not hold {} for certain: as long as that is so, it counts for nothing",
            made.not_held.join(", ")
        ));
    }
    Ok(())
}

fn time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn ends(key: &ApiKey) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(revoked), _) => format!("revoked {}", time(revoked)),
        (None, Some(end)) => time(end),
        (None, None) => "for good".to_owned(),
    }
}

fn row(key: &ApiKey) -> Vec<String> {
    let used = key.last_used_at.map_or_else(|| "never".to_owned(), time);
    vec![key.id.to_string(), key.name.clone(), format!("{}…", key.prefix), key.scopes.join(","), ends(key), used]
}

fn shown(key: &ApiKey, slugs: &BTreeMap<OrganisationId, String>) -> String {
    let mut lines = vec![
        format!("{}: {} ({}…)", key.id, key.name, key.prefix),
        format!("It is limited to {}.", key.scopes.join(", ")),
        format!("Until: {}. Used {} times.", ends(key), key.usage_count),
    ];
    if let Some(organisation) = key.organisation_id.map(|id| which::called(slugs, id)) {
        lines.push(format!("It acts for the organisation {organisation}."));
    }
    if let Some(limit) = key.rate_limit {
        lines.push(format!("It may make {limit} requests a minute."));
    }
    lines.join("\n")
}
