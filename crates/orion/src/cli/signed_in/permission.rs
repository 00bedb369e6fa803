//! `orion permission`: what there is to be allowed, and what a user is given or denied of it beside their roles.

use super::At;
use super::arguments::until;
use super::authz;
use super::calls::Calls;
use super::gone;
use super::holder::Holder;
use super::lists::{all, seen};
use super::which::{self, Which};
use super::who::Who;
use super::words::{PERMISSIONS, meant};
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::users::{
    AttributeValue, DirectPermission, DirectPermissionList, PermissionEffect, PermissionInfo, PutDirectPermission,
    UpdatePermission,
};
use orion_contracts::{OrganisationId, TeamId, UserId};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the permissions that there are, or what a user is given and denied by itself.
    List {
        /// A user's e-mail address or id, or a service account's id or name; all permissions when nobody is named.
        #[arg(long, value_name = "EMAIL|ID|NAME")]
        user: Option<Holder>,
        #[command(flatten)]
        at: At,
    },
    /// Give a user a permission by itself.
    Give(Order),
    /// Deny a user a permission, whatever gives it to them.
    Deny(Order),
    /// Say whether somebody may do things: oneself, when no user is named.
    Check {
        /// The permissions, as `orion permission list` shows them.
        #[arg(value_name = "PERMISSION", required = true)]
        permissions: Vec<String>,
        #[command(flatten)]
        about: About,
    },
    /// Explain whether somebody may do something: by what, or what is missing and who could give it.
    Explain {
        /// The permission, as `orion permission list` shows it.
        #[arg(value_name = "PERMISSION")]
        permission: String,
        #[command(flatten)]
        about: About,
    },
    /// List who may do something, and why.
    WhoCan {
        /// The permission, as `orion permission list` shows it.
        #[arg(value_name = "PERMISSION", value_parser = permission_name)]
        permission: String,
        /// On something of this organisation; on the platform as a whole when none is named.
        #[arg(long, value_name = "ID|SLUG")]
        organisation: Option<Which>,
        /// On something of this team of the organisation: its name or id.
        #[arg(long, value_name = "NAME|ID", requires = "organisation")]
        team: Option<String>,
        /// On this user, or on something of theirs: their e-mail address or id. Conditions may ask for it.
        #[arg(long, value_name = "EMAIL|ID")]
        owner: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Have each decision about a permission written into the audit log, or no more.
    Log {
        /// The permission, as `orion permission list` shows it.
        #[arg(value_name = "PERMISSION", value_parser = permission_name)]
        permission: String,
        /// Whether.
        #[arg(value_name = "on|off", value_parser = ["on", "off"])]
        logged: String,
        #[command(flatten)]
        at: At,
    },
    /// Take away what a user is given or denied by itself.
    Clear {
        #[command(flatten)]
        subject: Subject,
        #[command(flatten)]
        at: At,
    },
}

/// A permission of a user.
#[derive(Args)]
pub(crate) struct Subject {
    /// The user's e-mail address or id, or the service account's id or name.
    #[arg(value_name = "EMAIL|ID|NAME")]
    user: Holder,
    /// The permission, as `orion permission list` shows it.
    #[arg(value_name = "PERMISSION", value_parser = permission_name)]
    permission: String,
    /// Only for this organisation.
    #[arg(long, value_name = "ID|SLUG")]
    organisation: Option<Which>,
}

/// About whom, and on what.
#[derive(Args)]
pub(crate) struct About {
    /// A user's e-mail address or id, or a service account's id or name; oneself when nobody is named.
    #[arg(long, value_name = "EMAIL|ID|NAME")]
    pub(super) user: Option<Holder>,
    /// On something of this organisation; on the platform as a whole when none is named.
    #[arg(long, value_name = "ID|SLUG")]
    pub(super) organisation: Option<Which>,
    /// On something of this team of the organisation: its name or id.
    #[arg(long, value_name = "NAME|ID", requires = "organisation")]
    pub(super) team: Option<String>,
    /// On this user, or on something of theirs: their e-mail address or id. Conditions may ask for it.
    #[arg(long, value_name = "EMAIL|ID")]
    pub(super) owner: Option<Who>,
    /// What the object is besides, such as region=eu or size=3; may be repeated. Conditions ask for it as object.attributes.region.
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = attribute)]
    attributes: Vec<(String, AttributeValue)>,
    #[command(flatten)]
    at: At,
}

impl About {
    /// The organisation and the team that it is about.
    pub(super) async fn place(&self, calls: &mut Calls) -> Result<(Option<OrganisationId>, Option<TeamId>), Failure> {
        authz::place(calls, self.organisation.as_ref(), self.team.as_deref()).await
    }

    pub(super) fn attributes(&self) -> BTreeMap<String, AttributeValue> {
        self.attributes.iter().cloned().collect()
    }
}

/// An attribute: its value is JSON, or else a text.
fn attribute(text: &str) -> Result<(String, AttributeValue), String> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let pair = text.split_once('=').filter(|(name, _)| is_name(name));
    let (name, value) = pair.ok_or("must be NAME=VALUE, such as region=eu; the name is of letters, digits and _")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| AttributeValue::Text(value.to_owned()));
    Ok((name.to_owned(), value))
}

/// What a user is given or denied.
#[derive(Args)]
pub(crate) struct Order {
    #[command(flatten)]
    subject: Subject,
    /// Until then, such as 2030-01-01 or 2030-01-01T12:00:00Z; for good when it is not given.
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<DateTime<Utc>>,
    /// Only while this condition in CEL holds, such as 'request.ip.inNetwork("10.0.0.0/8")'; always when it is not given.
    #[arg(long, value_name = "CONDITION")]
    when: Option<String>,
    #[command(flatten)]
    at: At,
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. } | Self::Clear { at, .. } | Self::WhoCan { at, .. } | Self::Log { at, .. } => at,
            Self::Check { about, .. } | Self::Explain { about, .. } => &about.at,
            Self::Give(order) | Self::Deny(order) => &order.at,
        }
    }
}

/// A name that a permission can have, so that it is a segment of a path.
fn permission_name(text: &str) -> Result<String, String> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
    match !text.is_empty() && text.bytes().all(is_word) && !text.contains("..") {
        true => Ok(text.to_owned()),
        false => Err("a permission is named as `orion permission list` shows it, such as users.read".to_owned()),
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { user: None, .. } => {
            let permissions: Vec<PermissionInfo> = all(calls, PERMISSIONS).await?;
            let row = |permission: &PermissionInfo| {
                let logged = if permission.log_decisions { "yes" } else { "" };
                vec![permission.name.clone(), permission.display_name.clone(), logged.to_owned()]
            };
            output::rows(output, &permissions, &["PERMISSION", "ALLOWS", "LOGGED"], row)?;
        }
        Command::List { user: Some(user), .. } => {
            let id = user.id(calls).await?;
            let found = calls.get(&format!("/api/v1/users/{id}/permissions")).await;
            let found: DirectPermissionList = found.map_err(|failure| user.told(failure))?;
            let slugs = which::slugs(calls, found.items.iter().filter_map(|held| held.organisation_id)).await?;
            let row = |held: &DirectPermission| row(held, &slugs);
            output::rows(output, &found.items, &["PERMISSION", "EFFECT", "FOR", "UNTIL", "WHEN"], row)?;
        }
        Command::Check { permissions, about } => authz::check(calls, permissions, about, output).await?,
        Command::Explain { permission, about } => authz::explain(calls, permission, about, output).await?,
        Command::WhoCan { permission, organisation, team, owner, .. } => {
            let place = (organisation.as_ref(), team.as_deref());
            authz::who_can(calls, permission, place, owner.as_ref(), output).await?;
        }
        Command::Give(order) => put(calls, order, PermissionEffect::Grant, output).await?,
        Command::Deny(order) => put(calls, order, PermissionEffect::Denial, output).await?,
        Command::Log { permission, logged, .. } => {
            let request = UpdatePermission { log_decisions: logged == "on" };
            let changed = calls.change(&format!("{PERMISSIONS}/{permission}"), &request).await;
            let changed: PermissionInfo = meant(calls, changed, std::slice::from_ref(permission), PERMISSIONS).await?;
            let words = if changed.log_decisions { "are written into the audit log" } else { "are not logged" };
            output::value(output, &format!("Decisions about {permission} {words}."), &changed)?;
        }
        Command::Clear { subject, .. } => {
            let Subject { user, permission, organisation } = subject;
            let user_id = user.id(calls).await?;
            let id = which::id_of(calls, organisation.as_ref()).await?;
            let held = subject.held(calls, user_id).await?;
            let is_elsewhere = held.iter().flatten().any(|held| held.organisation_id != id);
            let was = gone::was_among(held, |held| held.organisation_id == id);
            let query = id.map(|id| format!("?organisation_id={id}")).unwrap_or_default();
            let cleared = calls
                .delete(&format!("{}{query}", path(user_id, permission)))
                .await
                .map_err(|failure| user.told(failure));
            meant(calls, cleared, std::slice::from_ref(permission), PERMISSIONS).await?;
            let place = place(organisation.as_ref());
            let done = format!("{user} is neither given nor denied {permission} by itself{place} any more");
            let before = format!("{user} was neither given nor denied {permission} by itself{place}");
            let told = json!({ "user_id": user_id, "permission": permission, "organisation_id": id, "cleared": was });
            gone::told(output, was, (&done, &before), &told)?;
            if is_elsewhere && id.is_none() {
                output::note(
                    "What is given or denied for an organisation stays: `orion permission list --user` shows it, and --organisation clears it.",
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Subject {
    /// Where it is given or denied at the moment; none, where that is not for whoever calls to see.
    async fn held(&self, calls: &mut Calls, id: UserId) -> Result<Option<Vec<DirectPermission>>, Failure> {
        let there: Option<DirectPermissionList> = seen(calls, &format!("/api/v1/users/{id}/permissions")).await?;
        let is_it = |held: &DirectPermission| held.permission == self.permission;
        Ok(there.map(|there| there.items.into_iter().filter(is_it).collect()))
    }
}

/// The place where something holds, unless that is everywhere.
fn place(organisation: Option<&Which>) -> String {
    organisation.map(|which| format!(" for the organisation {which}")).unwrap_or_default()
}

fn path(user: UserId, permission: &str) -> String {
    format!("/api/v1/users/{user}/permissions/{permission}")
}

async fn put(calls: &mut Calls, order: &Order, effect: PermissionEffect, output: Output) -> Result<(), Failure> {
    let Order { subject, until, when, .. } = order;
    let user_id = subject.user.id(calls).await?;
    let organisation_id = which::id_of(calls, subject.organisation.as_ref()).await?;
    let condition = when.clone();
    let request = PutDirectPermission { effect, organisation_id, expires_at: *until, condition };
    let put: Result<serde_json::Value, _> = calls.set(&path(user_id, &subject.permission), &request).await;
    let put = put.map_err(|failure| subject.user.told(failure));
    meant(calls, put, std::slice::from_ref(&subject.permission), PERMISSIONS).await?;
    let verb = match effect {
        PermissionEffect::Grant => "given",
        PermissionEffect::Denial => "denied",
    };
    let end = until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", until.format(output::TIME)));
    let condition = when.as_ref().map(|when| format!(", while this holds: {when}")).unwrap_or_default();
    let place = place(subject.organisation.as_ref());
    let text = format!("{} is {verb} {}{place} {end}{condition}.", subject.user, subject.permission);
    let told = json!({
        "user_id": user_id, "permission": subject.permission, "effect": effect, "organisation_id": organisation_id,
        "expires_at": until, "condition": when,
    });
    output::value(output, &text, &told)
}

fn row(held: &DirectPermission, slugs: &BTreeMap<OrganisationId, String>) -> Vec<String> {
    vec![
        held.permission.clone(),
        held.effect.as_str().to_owned(),
        held.organisation_id.map_or_else(|| "everything".to_owned(), |id| which::called(slugs, id)),
        held.expires_at.map(|end| end.format(output::TIME).to_string()).unwrap_or_default(),
        held.condition.clone().unwrap_or_default(),
    ]
}
