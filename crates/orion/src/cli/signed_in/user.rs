//! `orion user`: who is there, and the order that somebody chooses a new password.

use super::calls::Calls;
use super::lists::seen;
use super::user_words::{Asked, NewUser, Profile};
use super::who::{self, Who};
use super::words::{ROLES, meant};
use super::{At, avatar, email, factor, gone};
use crate::cli::{Failure, Output, output};
use clap::{Args, Subcommand};
use orion_contracts::UserId;
use orion_contracts::auth::{OrderPasswordReset, SessionList, TwoFactorStatus};
use orion_contracts::invitations::Invitation;
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::preferences::{UpdatePreferences, UserPreferences};
use orion_contracts::user_list::UserQuery;
use orion_contracts::users::{ChangeStatus, User, UserStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List users, newest first; or those of whom all holds that is named.
    List {
        #[command(flatten)]
        asked: Asked,
        #[command(flatten)]
        at: At,
    },
    /// Show a user: profile, roles, status, second factor, and how many sessions are alive.
    Show {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        #[command(flatten)]
        at: At,
    },
    /// Create a user without telling them; `orion user resend-invitation` invites them later.
    Create(NewUser),
    /// Create a user, and mail them a link by which they choose their password.
    Invite(NewUser),
    /// Mail somebody their invitation, once more or for the first time.
    ResendInvitation {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        #[command(flatten)]
        at: At,
    },
    /// Withdraw an invitation: the links that were mailed lead nowhere.
    WithdrawInvitation {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        #[command(flatten)]
        at: At,
    },
    /// Change what stands in a user's profile. What is not named stays.
    Edit {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        #[command(flatten)]
        profile: Profile,
        #[command(flatten)]
        at: At,
    },
    /// Show what a user prefers, as JSON; or change it.
    Preferences {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        /// A merge patch, as '{"display": {"theme": "dark"}}': what is not named stays, and null clears.
        #[arg(long, value_name = "JSON", value_parser = super::user_words::preferences)]
        merge: Option<UpdatePreferences>,
        #[command(flatten)]
        at: At,
    },
    /// Show an address and its change that waits; ask for another one, or withdraw it.
    Email(email::Asked),
    /// Set somebody's picture, or remove it.
    #[command(subcommand)]
    Avatar(avatar::Command),
    /// Suspend a user: they are signed out, and sign in no more until they are brought back.
    Suspend(Order),
    /// Deactivate a user, as somebody who has left: they are signed out, and sign in no more.
    Deactivate(Order),
    /// Delete a user. They can be brought back until they are erased (`users.erase_deleted_days`); who never verified their
    /// address is erased at once.
    Delete(Order),
    /// Bring back a user who was suspended, deactivated or deleted, as they were.
    Reactivate(Order),
    /// Act as a user for a time (`auth.impersonation_minutes`): all commands that follow are done as them, by you, until `--stop`.
    Impersonate(super::impersonate::Order),
    /// Order a user to choose a new password; they are mailed a link, and nobody chooses it for them.
    ResetPassword {
        /// The user's e-mail address or id.
        #[arg(value_name = "EMAIL|ID")]
        user: Who,
        /// Why; it stands in the audit log.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        at: At,
    },
}

/// A change of somebody's status.
#[derive(Args)]
pub(crate) struct Order {
    /// The user's e-mail address or id.
    #[arg(value_name = "EMAIL|ID")]
    user: Who,
    /// Why; it stands beside the status, and in the audit log.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    at: At,
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::List { at, .. }
            | Self::Show { at, .. }
            | Self::Edit { at, .. }
            | Self::Preferences { at, .. }
            | Self::ResendInvitation { at, .. }
            | Self::WithdrawInvitation { at, .. }
            | Self::ResetPassword { at, .. } => at,
            Self::Create(new) | Self::Invite(new) => &new.at,
            Self::Impersonate(order) => order.at(),
            Self::Email(asked) => &asked.at,
            Self::Avatar(command) => command.at(),
            Self::Suspend(order) | Self::Deactivate(order) | Self::Delete(order) | Self::Reactivate(order) => &order.at,
        }
    }
}

/// A user as shown. What is not there, or not for the caller to see, is `null`.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    user: User,
    two_factor: Option<TwoFactorStatus>,
    sessions: Option<usize>,
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<ExitCode, Failure> {
    match command {
        Command::List { asked, .. } => {
            let organisation = match &asked.organisation {
                Some(organisation) => Some(organisation.id(calls).await?),
                None => None,
            };
            let page = who::page(calls, &UserQuery { organisation, ..asked.query() }).await;
            let page = meant(calls, page, asked.role.as_slice(), ROLES).await?;
            output::rows(output, &page.items, &["USER", "E-MAIL", "NAME", "STATUS", "ROLES", "SIGNED IN"], row)?;
            if page.next_cursor.is_some() {
                output::note(&format!(
                    "There are more: narrow the list, as by --search or --status, or ask for up to {MAX_LIMIT} by --limit."
                ));
            }
        }
        Command::Show { user, .. } => {
            let user = user.user(calls).await?;
            let own: Option<User> = seen(calls, who::OWN).await?;
            let is_own = own.is_some_and(|own| own.id == user.id);
            let two_factor = of_sign_in(calls, is_own, user.id, "two-factor").await?;
            let sessions: Option<SessionList> = of_sign_in(calls, is_own, user.id, "sessions").await?;
            let shown = Shown { user, two_factor, sessions: sessions.map(|sessions| sessions.items.len()) };
            output::value(output, &lines(&shown), &shown)?;
        }
        Command::Edit { user, profile, .. } => {
            let id = user.id(calls).await?;
            let changed = calls.change(&format!("/api/v1/users/{id}"), &profile.request()).await;
            let changed: User = changed.map_err(|failure| user.told(failure))?;
            output::value(output, &format!("{user} is changed."), &changed)?;
        }
        Command::Preferences { user, merge, .. } => {
            let path = format!("/api/v1/users/{}/preferences", user.id(calls).await?);
            let found: Result<UserPreferences, _> = match merge {
                Some(patch) => calls.change(&path, patch).await,
                None => calls.get(&path).await,
            };
            let found = found.map_err(|failure| user.told(failure))?;
            output::value(output, &preferences(&found), &found)?;
        }
        Command::Impersonate(order) => return super::impersonate::run(order, output).await,
        Command::Email(asked) => email::run(calls, asked, output).await?,
        Command::Avatar(command) => avatar::run(calls, command, output).await?,
        Command::Create(new) => create(calls, new, false, output).await?,
        Command::Invite(new) => create(calls, new, true, output).await?,
        Command::ResendInvitation { user, .. } => {
            let id = user.id(calls).await?;
            let sent = calls.post::<Invitation>(&format!("/api/v1/users/{id}/invitation"), &json!({})).await;
            let sent = sent.map_err(|failure| user.told(failure))?;
            output::value(output, &format!("{user} is mailed an invitation."), &sent)?;
        }
        Command::WithdrawInvitation { user, .. } => {
            let id = user.id(calls).await?;
            let path = format!("/api/v1/users/{id}/invitation");
            let before: Option<Invitation> = seen(calls, &path).await?;
            let was = before.is_none_or(|before| before.withdrawn_at.is_none());
            calls.delete(&path).await.map_err(|failure| user.told(failure))?;
            let (done, before) = (
                format!("The invitation of {user} is withdrawn"),
                format!("The invitation of {user} was withdrawn before"),
            );
            gone::told(output, was, (&done, &before), &json!({ "user_id": id, "withdrawn": was }))?;
        }
        Command::Suspend(order) => change_status(calls, order, UserStatus::Suspended, output).await?,
        Command::Deactivate(order) => change_status(calls, order, UserStatus::Inactive, output).await?,
        Command::Delete(order) => change_status(calls, order, UserStatus::Deleted, output).await?,
        Command::Reactivate(order) => change_status(calls, order, UserStatus::Active, output).await?,
        Command::ResetPassword { user, reason, .. } => {
            let id = user.id(calls).await?;
            let path = format!("/api/v1/auth/admin/users/{id}/password-reset");
            let order = OrderPasswordReset { reason: reason.clone(), end_sessions: false };
            calls.post::<Value>(&path, &order).await.map_err(|failure| user.told(failure))?;
            let text = format!(
                "{user} is mailed a link, and must choose a new password. Sessions go on; \
                 `orion session end --all --user {id}` ends them."
            );
            output::value(output, &text, &json!({ "user_id": id }))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How somebody signs in, as far as it is to be seen: by whoever it is about at a place of their own, by others where administrators look.
async fn of_sign_in<T: DeserializeOwned>(
    calls: &mut Calls,
    is_own: bool,
    id: UserId,
    part: &str,
) -> Result<Option<T>, Failure> {
    let own = if is_own { seen(calls, &format!("/api/v1/auth/{part}")).await? } else { None };
    match own {
        Some(own) => Ok(Some(own)),
        None => seen(calls, &format!("/api/v1/auth/admin/users/{id}/{part}")).await,
    }
}

async fn create(calls: &mut Calls, new: &NewUser, invite: bool, output: Output) -> Result<(), Failure> {
    let made = calls.post("/api/v1/users", &new.request(invite)).await;
    let user: User = meant(calls, made, &new.roles, ROLES).await?;
    let text = match invite {
        true => format!("{} is created ({}), and mailed an invitation.", new.email, user.id),
        false => format!("{} is created ({}). `orion user resend-invitation {0}` invites them.", new.email, user.id),
    };
    output::value(output, &text, &user)
}

async fn change_status(calls: &mut Calls, order: &Order, status: UserStatus, output: Output) -> Result<(), Failure> {
    let id = order.user.id(calls).await?;
    let request = ChangeStatus { status, reason: order.reason.clone() };
    let changed: Result<User, _> = calls.set(&format!("/api/v1/users/{id}/status"), &request).await;
    let user = changed.map_err(|failure| order.user.told(failure))?;
    let text = match user.status {
        UserStatus::Active => format!("{} is active, and signs in as before.", order.user),
        UserStatus::PendingVerification => format!("{} waits for the verification of their address.", order.user),
        UserStatus::Inactive | UserStatus::Suspended => {
            format!(
                "{} is {}, and signed out. `orion user reactivate {id}` brings them back.",
                order.user,
                user.status.as_str()
            )
        }
        UserStatus::Deleted if !user.is_verified => {
            format!("{} is gone, and the address is free: it was never verified.", order.user)
        }
        UserStatus::Deleted => format!(
            "{} is deleted, and signed out. Until they are erased, `orion user reactivate {id}` brings them back.",
            order.user
        ),
    };
    output::value(output, &text, &user)
}

/// The sections that hold something, a line each.
fn preferences(found: &UserPreferences) -> String {
    let sections = [
        ("Display", &found.display),
        ("Privacy", &found.privacy),
        ("Accessibility", &found.accessibility),
        ("Communication", &found.communication),
        ("Notifications", &found.notifications),
        ("Security", &found.security),
        ("Custom", &found.custom),
    ];
    let lines = sections.iter().filter(|(_, section)| !section.is_empty());
    let lines: Vec<_> = lines.map(|(name, section)| format!("{name:<15}{}", json!(section))).collect();
    if lines.is_empty() { "Nothing was chosen yet.".to_owned() } else { lines.join("\n") }
}

fn name(user: &User) -> String {
    let both = || [&user.first_name, &user.last_name].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    user.display_name.clone().unwrap_or_else(both)
}

fn signed_in(user: &User) -> String {
    user.last_login_at.map_or_else(|| "never".to_owned(), |at| at.format(output::TIME).to_string())
}

fn row(user: &User) -> Vec<String> {
    vec![
        user.id.to_string(),
        user.email.as_str().to_owned(),
        name(user),
        user.status.as_str().to_owned(),
        user.roles.join(", "),
        signed_in(user),
    ]
}

fn lines(shown: &Shown) -> String {
    let user = &shown.user;
    let hidden = || "not for you to see".to_owned();
    let verified = if user.is_verified { "verified" } else { "not verified" };
    let lines = [
        ("User", user.id.to_string()),
        ("E-mail", format!("{} ({verified})", user.email.as_str())),
        ("Handle", user.username.clone().unwrap_or_default()),
        ("Name", name(user)),
        ("Picture", user.avatar_url.clone().unwrap_or_default()),
        ("Phone", user.phone.clone().unwrap_or_default()),
        ("Location", user.location.clone().unwrap_or_default()),
        ("Website", user.website.clone().unwrap_or_default()),
        ("Elsewhere", user.social_links.values().cloned().collect::<Vec<_>>().join(", ")),
        ("Tags", user.tags.join(", ")),
        ("Metadata", if user.metadata.is_empty() { String::new() } else { json!(user.metadata).to_string() }),
        ("Language", format!("{}, {}", user.locale, user.timezone)),
        ("Status", user.status.as_str().to_owned()),
        ("Reason", user.status_reason.clone().unwrap_or_default()),
        ("Deleted", user.deleted_at.map(|at| at.format(output::TIME).to_string()).unwrap_or_default()),
        ("Roles", user.roles.join(", ")),
        ("Came", user.created_at.format(output::TIME).to_string()),
        ("Signed in", signed_in(user)),
        ("Second factor", shown.two_factor.as_ref().map_or_else(hidden, factor::words)),
        ("Sessions", shown.sessions.map_or_else(hidden, |number| number.to_string())),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty());
    lines.map(|(name, value)| format!("{name:<15}{value}")).collect::<Vec<_>>().join("\n")
}
