//! `orion role`: what roles there are, what they allow, and changing that.

use super::At;
use super::arguments::until;
use super::calls::Calls;
use super::gone;
use super::holder::Holder;
use super::lists::{all, seen};
use super::prompt::Sure;
use super::refusals::status_of;
use super::which;
use super::words::{PERMISSIONS, ROLES, besides, cleared, meant, no_such, one_of};
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orion_contracts::invitations::Invitation;
use orion_contracts::roles::is_role_name;
use orion_contracts::users::{
    AssignRole, CreateRole, HIGHEST_LEVEL, HeldRole, HeldRoleList, LOWEST_LEVEL, MOST_COUNTED, PermissionScope, Role,
    RoleDetail, UpdateRole,
};
use orion_contracts::{OrganisationId, UserId};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List roles by name, or those that a user holds.
    List {
        /// A user's e-mail address or id, or a service account's id or name; all roles when nobody is named.
        #[arg(long, value_name = "EMAIL|ID|NAME")]
        user: Option<Holder>,
        #[command(flatten)]
        at: At,
    },
    /// Show a role: what it allows, by itself and inherited, and how many people hold it.
    Show {
        /// The role's name.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        #[command(flatten)]
        at: At,
    },
    /// Make a role.
    Create {
        /// Its name: lower-case letters, digits, _ and -. It never changes.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        /// The name to show; the name itself when it is not given.
        #[arg(long, value_name = "TEXT")]
        display_name: Option<String>,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// Higher may manage lower: 1 to 99, and at least that of its parent.
        #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(LOWEST_LEVEL..=HIGHEST_LEVEL))]
        level: i64,
        /// Where it is held and for what it holds: everywhere for everything; inside organisations by their members; in teams, for what is
        /// the team's; everywhere for what is its holder's own.
        #[arg(long, value_parser = one_of(PermissionScope::ALL, PermissionScope::as_str), default_value = "global")]
        scope: PermissionScope,
        /// The role whose permissions it has as well; of the same scope.
        #[arg(long, value_name = "ROLE", value_parser = role_name)]
        parent: Option<String>,
        /// A permission that it gives; may be repeated.
        #[arg(long = "permission", value_name = "PERMISSION")]
        permissions: Vec<String>,
        #[command(flatten)]
        at: At,
    },
    /// Change a role. What is not named stays.
    Edit {
        /// The role's name.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        #[command(flatten)]
        edit: Edit,
        #[command(flatten)]
        at: At,
    },
    /// Give a user a role, or change until when and under what condition they hold it.
    Give {
        #[command(flatten)]
        held: Held,
        /// Until then, such as 2030-01-01 or 2030-01-01T12:00:00Z; for good when it is not given.
        #[arg(long, value_name = "TIME", value_parser = until)]
        until: Option<DateTime<Utc>>,
        /// Only while this condition in CEL holds, such as 'request.ip.inNetwork("10.0.0.0/8")'; always when it is not given.
        #[arg(long, value_name = "CONDITION")]
        when: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// Take a role from a user.
    Take {
        #[command(flatten)]
        held: Held,
        #[command(flatten)]
        at: At,
    },
    /// Remove a role that nobody holds and from which no other inherits.
    Delete {
        /// The role's name.
        #[arg(value_name = "ROLE", value_parser = role_name)]
        role: String,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        at: At,
    },
}

/// A role of a user.
#[derive(Args)]
pub(crate) struct Held {
    /// The user's e-mail address or id, or the service account's id or name.
    #[arg(value_name = "EMAIL|ID|NAME")]
    user: Holder,
    /// The role's name.
    #[arg(value_name = "ROLE", value_parser = role_name)]
    role: String,
}

impl Held {
    fn path(&self, id: UserId) -> String {
        format!("/api/v1/users/{id}/roles/{}", self.role)
    }

    /// Whether they hold it at the moment, or are promised it; so it is taken to be where that is not for whoever calls to see.
    async fn is_there(&self, calls: &mut Calls, id: UserId) -> Result<bool, Failure> {
        let path = format!("/api/v1/users/{id}");
        let there: Option<HeldRoleList> = seen(calls, &format!("{path}/roles")).await?;
        let is_it = |held: &HeldRole| held.role == self.role && held.organisation_id.is_none();
        if gone::was_among(there.map(|there| there.items), is_it) {
            return Ok(true);
        }
        let promised: Option<Invitation> = seen(calls, &format!("{path}/invitation")).await?;
        Ok(promised.is_some_and(|promised| promised.roles.contains(&self.role)))
    }
}

/// What of a role is to be changed.
#[derive(Args)]
#[group(id = "edit-role", required = true, multiple = true)]
pub(crate) struct Edit {
    /// The name to show.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// What it is for; an empty text clears it.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Higher may manage lower: 1 to 99, and at least that of its parent.
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(LOWEST_LEVEL..=HIGHEST_LEVEL))]
    level: Option<i64>,
    /// The role whose permissions it has as well; an empty text for none.
    #[arg(long, value_name = "ROLE")]
    parent: Option<String>,
    /// A permission that it gives from now on; may be repeated.
    #[arg(long, value_name = "PERMISSION")]
    give: Vec<String>,
    /// A permission that it gives no more; may be repeated.
    #[arg(long, value_name = "PERMISSION")]
    take: Vec<String>,
}

impl Edit {
    /// Refuses what contradicts itself, and what can only be meant for another permission: nothing would come of it.
    async fn check(&self, calls: &mut Calls, role: &Role) -> Result<(), Failure> {
        if let Some(both) = self.take.iter().find(|name| self.give.contains(name)) {
            return Err(format!("{both} is to be given and to be taken: say one of them").into());
        }
        for name in self.take.iter().filter(|name| !role.own_permissions.contains(name)) {
            if role.permissions.contains(name) {
                let parent = role.parent.as_deref().unwrap_or("its parent");
                let words = format!(
                    "{} inherits {name} from {parent}: take it from there by `orion role edit {parent} --take {name}`, or give this role another parent",
                    role.name
                );
                return Err(words.into());
            }
            if let Some(meant) = no_such(calls, name, PERMISSIONS).await? {
                let said = format!("there is no permission {name}{meant}");
                return Err(besides(&said, "`orion permission list` lists them").into());
            }
            output::warning(&format!("the role {} did not give {name}: there was nothing to take", role.name));
        }
        Ok(())
    }

    /// The change of a role as it stands.
    fn request(&self, role: &Role) -> UpdateRole {
        let is_about_permissions = !self.give.is_empty() || !self.take.is_empty();
        let permissions = is_about_permissions.then(|| {
            let kept = role.own_permissions.iter().filter(|own| !self.take.contains(own) && !self.give.contains(own));
            kept.chain(&self.give).cloned().collect()
        });
        UpdateRole {
            display_name: self.display_name.clone(),
            description: cleared(self.description.as_ref()),
            level: self.level,
            parent: cleared(self.parent.as_ref()),
            permissions,
        }
    }
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Give { at, .. }
            | Self::Take { at, .. }
            | Self::Show { at, .. }
            | Self::Create { at, .. }
            | Self::Edit { at, .. }
            | Self::Delete { at, .. } => at,
        }
    }
}

/// A name that a role can have, so that it is a segment of a path.
pub(super) fn role_name(text: &str) -> Result<String, String> {
    match is_role_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a role's name is of lower-case letters, digits, _ and -".to_owned()),
    }
}

/// Where a role is.
fn path(role: &str) -> String {
    format!("{ROLES}/{role}")
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { user: Some(user), .. } => {
            let id = user.id(calls).await?;
            let found = calls.get(&format!("/api/v1/users/{id}/roles")).await;
            let found: HeldRoleList = found.map_err(|failure| user.told(failure))?;
            let slugs = which::slugs(calls, found.items.iter().filter_map(|held| held.organisation_id)).await?;
            let row = |held: &HeldRole| held_row(held, &slugs);
            output::rows(output, &found.items, &["ROLE", "NAME", "FOR", "UNTIL", "WHEN"], row)?;
        }
        Command::Give { held, until, when, .. } => {
            let id = held.user.id(calls).await?;
            let request = AssignRole { expires_at: *until, condition: when.clone() };
            let given: Result<serde_json::Value, _> = calls.set(&held.path(id), &request).await;
            let given = given.map_err(|failure| held.user.told(failure));
            meant(calls, given, std::slice::from_ref(&held.role), ROLES).await?;
            let end =
                until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", until.format(output::TIME)));
            let only = when.as_ref().map(|when| format!(", only while `{when}`")).unwrap_or_default();
            let text = format!("{} holds the role {} {end}{only}.", held.user, held.role);
            let told = json!({ "user_id": id, "role": held.role, "expires_at": until, "condition": when });
            output::value(output, &text, &told)?;
        }
        Command::Take { held, .. } => {
            let id = held.user.id(calls).await?;
            let was = held.is_there(calls, id).await?;
            let taken = calls.delete(&held.path(id)).await.map_err(|failure| held.user.told(failure));
            meant(calls, taken, std::slice::from_ref(&held.role), ROLES).await?;
            let done = format!("The role {} is taken from {}", held.role, held.user);
            let before = format!("{} did not hold the role {}", held.user, held.role);
            gone::told(output, was, (&done, &before), &json!({ "user_id": id, "role": held.role, "taken": was }))?;
        }
        Command::List { user: None, .. } => {
            let roles: Vec<Role> = all(calls, ROLES).await?;
            output::rows(
                output,
                &roles,
                &["ROLE", "NAME", "HELD", "LEVEL", "INHERITS FROM", "PERMISSIONS", "MADE BY"],
                row,
            )?;
        }
        Command::Show { role, .. } => {
            let detail = calls.get(&path(role)).await;
            let detail: RoleDetail = meant(calls, detail, std::slice::from_ref(role), ROLES).await?;
            output::value(output, &lines(&detail), &detail)?;
        }
        Command::Create { role, display_name, description, level, scope, parent, permissions, .. } => {
            let request = CreateRole {
                name: role.clone(),
                display_name: display_name.clone().unwrap_or_else(|| role.clone()),
                description: description.clone(),
                level: *level,
                scope: *scope,
                parent: parent.clone(),
                permissions: permissions.clone(),
            };
            let made = calls.post(ROLES, &request).await.map_err(|failure| match status_of(&failure) {
                Some(409) => format!("{failure} `orion role edit {role}` changes it.").into(),
                _ => failure,
            });
            let made = meant(calls, made, permissions, PERMISSIONS).await;
            let made: Role = meant(calls, made, parent.as_slice(), ROLES).await?;
            output::value(output, &format!("The role {role} is made. {}", gives(&made)), &made)?;
            warn_of(&made, permissions);
        }
        Command::Edit { role, edit, .. } => {
            let before = calls.get(&path(role)).await;
            let before: RoleDetail = meant(calls, before, std::slice::from_ref(role), ROLES).await?;
            edit.check(calls, &before.role).await?;
            let version = before.role.version;
            let changed = calls.change_seen(&path(role), version, &edit.request(&before.role)).await;
            let changed = meant(calls, changed, &edit.give, PERMISSIONS).await;
            let changed: Role = meant(calls, changed, edit.parent.as_slice(), ROLES).await?;
            let text = format!("The role {role} is changed, for {}. {}", people(before.touches), gives(&changed));
            output::value(output, &text, &changed)?;
            warn_of(&changed, &edit.give);
        }
        Command::Delete { role, sure, .. } => {
            let there = calls.get(&path(role)).await;
            meant::<RoleDetail>(calls, there, std::slice::from_ref(role), ROLES).await?;
            sure.ask(&format!("The role {role} ends for good"), role)?;
            calls.delete(&path(role)).await?;
            output::value(output, &format!("The role {role} is gone."), &json!({ "role": role }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn people(number: u32) -> String {
    match number {
        0 => "nobody".to_owned(),
        1 => "1 person".to_owned(),
        MOST_COUNTED.. => format!("{MOST_COUNTED} people or more"),
        _ => format!("{number} people"),
    }
}

/// How many invitations promise a role; nothing where none does.
fn promised_by(number: u32) -> String {
    match number {
        0 => String::new(),
        1 => "1 invitation".to_owned(),
        MOST_COUNTED.. => format!("{MOST_COUNTED} invitations or more"),
        _ => format!("{number} invitations"),
    }
}

fn gives(role: &Role) -> String {
    match role.permissions.len() {
        0 => "It gives no permission.".to_owned(),
        _ => format!("It gives {}.", role.permissions.join(", ")),
    }
}

/// Says where permissions count that are put into a role which is not for everything: which of them can count there nobody knows, for products
/// ask about teams and owners as they like.
fn warn_of(role: &Role, given: &[String]) {
    let (only, nothing) = match role.scope {
        _ if given.is_empty() => return,
        PermissionScope::Global | PermissionScope::Organisation => return,
        PermissionScope::Team => ("a team's things are asked about", "the platform or an organisation as a whole"),
        PermissionScope::User => ("the holder's own things are asked about", "the platform as a whole or others"),
    };
    let (given, scope) = (given.join(", "), role.scope.as_str());
    output::warning(&format!(
        "by a role of the scope {scope}, {given} counts only where {only}; where it is about {nothing}, the role gives nothing"
    ));
}

fn made_by(role: &Role) -> &'static str {
    if role.is_system { "ORION" } else { "an administrator" }
}

fn row(role: &Role) -> Vec<String> {
    vec![
        role.name.clone(),
        role.display_name.clone(),
        held_where(role.scope).to_owned(),
        role.level.to_string(),
        role.parent.clone().unwrap_or_default(),
        role.permissions.len().to_string(),
        made_by(role).to_owned(),
    ]
}

fn held_where(scope: PermissionScope) -> &'static str {
    match scope {
        PermissionScope::Global => "everywhere",
        PermissionScope::Organisation => "inside organisations",
        PermissionScope::Team => "in teams",
        PermissionScope::User => "for one's own",
    }
}

fn held_row(held: &HeldRole, slugs: &BTreeMap<OrganisationId, String>) -> Vec<String> {
    vec![
        held.role.clone(),
        held.display_name.clone(),
        held_for(held, slugs),
        held.expires_at.map(|end| end.format(output::TIME).to_string()).unwrap_or_default(),
        held.condition.clone().unwrap_or_default(),
    ]
}

/// For what a role is held.
fn held_for(held: &HeldRole, slugs: &BTreeMap<OrganisationId, String>) -> String {
    match (held.organisation_id, &held.team_name) {
        (Some(id), Some(team)) => format!("the team {team} of {}", which::called(slugs, id)),
        (Some(id), None) => which::called(slugs, id),
        (None, _) if held.own_only => "their own".to_owned(),
        (None, _) => "everything".to_owned(),
    }
}

fn lines(detail: &RoleDetail) -> String {
    let role = &detail.role;
    let inherited = role.permissions.iter().filter(|name| !role.own_permissions.contains(name)).cloned();
    let lines = [
        ("Role", format!("{} ({})", role.name, role.display_name)),
        ("For", role.description.clone().unwrap_or_default()),
        ("Held", held_where(role.scope).to_owned()),
        ("Level", role.level.to_string()),
        ("Made by", made_by(role).to_owned()),
        ("Inherits from", role.parent.clone().unwrap_or_default()),
        ("Passes on to", detail.children.join(", ")),
        ("Held by", people(detail.holders)),
        ("Touches", people(detail.touches)),
        ("Promised by", promised_by(detail.promises)),
        ("Gives", role.own_permissions.join(", ")),
        ("Inherited", inherited.collect::<Vec<_>>().join(", ")),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    lines.map(|(name, value)| format!("{name:<15}{value}")).collect::<Vec<_>>().join("\n")
}
