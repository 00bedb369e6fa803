//! What is asked of the log, and how entries are shown.

use super::super::arguments::{since, until};
use super::super::calls::Calls;
use super::super::holder::{self, Holder};
use super::super::which::{self, Which};
use super::super::who::{self, Who};
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use orion_contracts::audit::{AuditEntry, AuditEntryDetail, AuditRedaction};
use orion_contracts::{Page, Principal, ServiceName};
use serde_json::Value;
use std::net::IpAddr;
use std::str::FromStr;

/// The most that a page has.
const PAGE: u32 = 200;

/// Which entries. What is given must all be so.
#[derive(Args)]
pub(crate) struct Filters {
    /// What this user did, and what was done to them, by e-mail address or id; or a service account, by its id or name.
    #[arg(long, value_name = "EMAIL|ID|NAME")]
    about: Option<Holder>,
    /// What this user did, by e-mail address or id; or a service account or a service, by its name; or a key or a client, by its id.
    #[arg(long, value_name = "EMAIL|ID|NAME")]
    by: Option<By>,
    /// What this user did as somebody else, by e-mail address or id.
    #[arg(long, value_name = "EMAIL|ID")]
    actor: Option<Who>,
    /// What was done, such as login or role_assign.
    #[arg(long)]
    action: Option<String>,
    /// To what kind of thing, such as user.
    #[arg(long)]
    resource: Option<String>,
    /// To the thing with this id.
    #[arg(long, value_name = "ID")]
    resource_id: Option<String>,
    /// To this organisation, and to what belongs to it.
    #[arg(long, value_name = "ID|SLUG")]
    organisation: Option<Which>,
    /// In which service.
    #[arg(long)]
    service: Option<ServiceName>,
    /// From which address.
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Whether it was done, or only tried.
    #[arg(long)]
    outcome: Option<Outcome>,
    /// From this moment on, such as 2030-01-31 or 2030-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<DateTime<Utc>>,
}

/// By whom.
#[derive(Clone)]
enum By {
    /// By a service of the platform.
    Service(ServiceName),
    /// By somebody; a key and a client have ids as well.
    Holder(Holder),
}

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(service) => Ok(Self::Service(service)),
            Err(_) => text.parse().map(Self::Holder).map_err(str::to_owned),
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, ValueEnum)]
enum Outcome {
    /// It was done.
    Done,
    /// It was only tried.
    Failed,
}

impl Filters {
    /// As the API takes them.
    pub(super) async fn pairs(&self, calls: &mut Calls) -> Result<Vec<(&'static str, String)>, Failure> {
        let by = match &self.by {
            Some(By::Service(service)) => Some(service.to_string()),
            Some(By::Holder(holder)) => Some(holder.id(calls).await?.to_string()),
            None => None,
        };
        let about = holder::id_of(calls, self.about.as_ref()).await?;
        let organisation = which::id_of(calls, self.organisation.as_ref()).await?;
        let actor = who::id_of(calls, self.actor.as_ref()).await?;
        let given = [
            ("about", about.map(|id| id.to_string())),
            ("principal", by),
            ("actor", actor.map(|id| id.to_string())),
            ("action", self.action.clone()),
            ("resource", self.resource.clone()),
            ("resource_id", self.resource_id.clone()),
            ("organisation", organisation.map(|id| id.to_string())),
            ("service", self.service.map(|service| service.to_string())),
            ("ip_address", self.address.map(|address| address.to_string())),
            ("success", self.outcome.map(|outcome| matches!(outcome, Outcome::Done).to_string())),
            ("since", self.since.map(|moment| moment.to_rfc3339())),
            ("until", self.until.map(|moment| moment.to_rfc3339())),
        ];
        Ok(given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }
}

/// The path with a query.
pub(super) fn path(path: &str, pairs: &[(&'static str, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

pub(super) async fn list(calls: &mut Calls, filters: &Filters, limit: u32, output: Output) -> Result<(), Failure> {
    let filters = filters.pairs(calls).await?;
    let most = usize::try_from(limit)?;
    let (mut entries, mut cursor): (Vec<AuditEntry>, Option<String>) = (Vec::new(), None);
    loop {
        let mut pairs = filters.clone();
        pairs.push(("limit", limit.min(PAGE).to_string()));
        pairs.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: Page<AuditEntry> = calls.get(&path("/api/v1/audit", &pairs)).await?;
        entries.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || entries.len() >= most {
            break;
        }
    }
    entries.truncate(most);
    output::rows(output, &entries, &["WHEN", "BY", "ACTION", "ON", "ADDRESS", "WHAT", "ENTRY"], row)
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let what = if entry.success { entry.description.clone() } else { format!("{} (not done)", entry.description) };
    vec![
        entry.occurred_at.format(output::TIME).to_string(),
        by(entry),
        entry.action.as_str().to_owned(),
        on(entry),
        entry.ip_address.clone().unwrap_or_default(),
        what,
        entry.id.to_string(),
    ]
}

fn on(entry: &AuditEntry) -> String {
    let object = &entry.object;
    object.resource_id.as_ref().map_or_else(|| object.resource.clone(), |id| format!("{} {id}", object.resource))
}

/// By whom, and who that really was.
fn by(entry: &AuditEntry) -> String {
    let principal = match &entry.principal {
        Principal::User { user_id, .. } => format!("user {user_id}"),
        // The kinds have their words in JSON already; what more they say follows.
        other => match serde_json::to_value(other) {
            Ok(Value::Object(fields)) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                let which = ["id", "service"].into_iter().find_map(text);
                [text("kind"), which].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            _ => String::new(),
        },
    };
    entry.actor.map_or_else(|| principal.clone(), |actor| format!("user {actor} as {principal}"))
}

/// An entry in lines.
pub(super) fn lines(detail: &AuditEntryDetail) -> String {
    let (entry, link) = (&detail.entry, &detail.link);
    let holds = if detail.holds { "holds" } else { "does not hold: it was tampered with" };
    let redaction = |AuditRedaction { at, by, reason }: &AuditRedaction| {
        format!("{} by user {by}: {reason}", at.format(output::TIME))
    };
    let lines = [
        ("Entry", entry.id.to_string()),
        ("When", entry.occurred_at.format(output::TIME).to_string()),
        ("By", by(entry)),
        ("Action", entry.action.as_str().to_owned()),
        ("On", on(entry)),
        ("What", entry.description.clone()),
        ("Outcome", if entry.success { "done" } else { "not done" }.to_owned()),
        ("Service", entry.service.to_string()),
        ("Organisation", entry.organisation_id.map(|id| id.to_string()).unwrap_or_default()),
        ("Address", entry.ip_address.clone().unwrap_or_default()),
        ("Program", entry.user_agent.clone().unwrap_or_default()),
        ("Request", entry.request_id.clone().unwrap_or_default()),
        ("Redacted", entry.redaction.as_ref().map(redaction).unwrap_or_default()),
        ("Link", format!("{}, appended {}; {holds}", link.position, link.appended_at.format(output::TIME))),
    ];
    let mut text: Vec<_> =
        lines.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name:<15}{value}")).collect();
    text.extend(changes(entry));
    text.join("\n")
}

/// What changed, field by field: what was with a minus, what is with a plus.
fn changes(entry: &AuditEntry) -> Vec<String> {
    let fields = |values: &Option<Value>| match values {
        Some(Value::Object(fields)) => fields.clone(),
        Some(other) => [("value".to_owned(), other.clone())].into_iter().collect(),
        None => serde_json::Map::new(),
    };
    let (old, new) = (fields(&entry.old_values), fields(&entry.new_values));
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut lines = Vec::new();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            continue;
        }
        lines.extend(before.map(|value| format!("- {name}: {value}")));
        lines.extend(after.map(|value| format!("+ {name}: {value}")));
    }
    lines
}
