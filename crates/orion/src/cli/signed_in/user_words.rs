//! What `orion user` is told of people: which ones to list, and what of a profile to change.

use super::At;
use super::arguments::{since, until};
use super::which::Which;
use super::words::one_of;
use chrono::{DateTime, Utc};
use clap::Args;
use orion_contracts::Email;
use orion_contracts::invitations::InviteUser;
use orion_contracts::page::MAX_LIMIT;
use orion_contracts::preferences::UpdatePreferences;
use orion_contracts::profile::UpdateProfile;
use orion_contracts::user_list::{UserQuery, UserSort};
use orion_contracts::users::UserStatus;
use serde_json::{Map, Value};

/// Which users to list.
#[derive(Args)]
pub(crate) struct Asked {
    /// Those of whose address, handle or names each of these words begins a part.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Those of this status.
    #[arg(long, value_parser = one_of(UserStatus::ALL, UserStatus::as_str))]
    status: Option<UserStatus>,
    /// Those who hold this role.
    #[arg(long, value_name = "NAME")]
    pub(super) role: Option<String>,
    /// Members of this organisation.
    #[arg(long, value_name = "ID|SLUG")]
    pub(super) organisation: Option<Which>,
    /// Those whose address is verified, or is not.
    #[arg(long, value_name = "true|false")]
    verified: Option<bool>,
    /// Those with a second factor, or without.
    #[arg(long, value_name = "true|false")]
    second_factor: Option<bool>,
    /// Those who came then or later, such as 2026-01-01 or 2026-01-01T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    created_since: Option<DateTime<Utc>>,
    /// Those who came before.
    #[arg(long, value_name = "TIME", value_parser = until)]
    created_until: Option<DateTime<Utc>>,
    /// Those who signed in then or later.
    #[arg(long, value_name = "TIME", value_parser = since)]
    last_login_since: Option<DateTime<Utc>>,
    /// Those whose last sign-in was before, or who never signed in.
    #[arg(long, value_name = "TIME", value_parser = until)]
    last_login_until: Option<DateTime<Utc>>,
    /// Those who have each of these tags, parted by commas.
    #[arg(long, value_name = "TAGS")]
    tags: Option<String>,
    /// What to sort by; with a hyphen before it the last comes first.
    #[arg(long, value_parser = one_of(UserSort::ALL, UserSort::as_str), allow_hyphen_values = true)]
    sort: Option<UserSort>,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_LIMIT)))]
    limit: u32,
}

impl Asked {
    pub(super) fn query(&self) -> UserQuery {
        UserQuery {
            search: self.search.clone(),
            status: self.status,
            role: self.role.clone(),
            organisation: None,
            is_verified: self.verified,
            has_second_factor: self.second_factor,
            created_since: self.created_since,
            created_until: self.created_until,
            last_login_since: self.last_login_since,
            last_login_until: self.last_login_until,
            tags: self.tags.clone(),
            sort: self.sort,
            cursor: None,
            limit: Some(self.limit),
        }
    }
}

/// Somebody new.
#[derive(Args)]
pub(crate) struct NewUser {
    /// Their e-mail address.
    #[arg(value_name = "EMAIL")]
    pub(super) email: Email,
    /// The name to show.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// The given name.
    #[arg(long, value_name = "TEXT")]
    first_name: Option<String>,
    /// The family name.
    #[arg(long, value_name = "TEXT")]
    last_name: Option<String>,
    /// Their language, such as en or pt-BR; the mail is in it.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// A role that they hold once they have come. May be given several times.
    #[arg(long = "role", value_name = "NAME")]
    pub(super) roles: Vec<String>,
    #[command(flatten)]
    pub(super) at: At,
}

impl NewUser {
    pub(super) fn request(&self, invite: bool) -> InviteUser {
        InviteUser {
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            locale: self.locale.clone(),
            roles: self.roles.clone(),
            invite,
        }
    }
}

/// What of a profile is to be changed; an empty text clears it.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Profile {
    /// The handle, which nobody else has.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// The name to show.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// The given name.
    #[arg(long, value_name = "TEXT")]
    first_name: Option<String>,
    /// The family name.
    #[arg(long, value_name = "TEXT")]
    last_name: Option<String>,
    /// Something about them.
    #[arg(long, value_name = "TEXT")]
    bio: Option<String>,
    /// The telephone number, such as +442079460018.
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// Where they live or work.
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// The address of their website.
    #[arg(long, value_name = "URL")]
    website: Option<String>,
    /// A page of theirs elsewhere; without an address it is taken away. May be given several times.
    #[arg(long = "link", value_name = "PLACE=URL", value_parser = link)]
    links: Vec<(String, Option<String>)>,
    /// All of their tags, parted by commas.
    #[arg(long, value_name = "TAGS")]
    tags: Option<String>,
    /// A JSON object: its keys are set beside the user, or taken away by null.
    #[arg(long, value_name = "JSON", value_parser = object)]
    metadata: Option<Map<String, Value>>,
    /// The language, such as en or pt-BR; it cannot be cleared.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// The time zone, such as Europe/Berlin; it cannot be cleared.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
}

impl Profile {
    pub(super) fn request(&self) -> UpdateProfile {
        let cleared = |text: &Option<String>| text.clone().map(|text| Some(text).filter(|text| !text.is_empty()));
        let tags =
            |text: &String| text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        UpdateProfile {
            username: cleared(&self.username),
            first_name: cleared(&self.first_name),
            last_name: cleared(&self.last_name),
            display_name: cleared(&self.display_name),
            bio: cleared(&self.bio),
            phone: cleared(&self.phone),
            location: cleared(&self.location),
            website: cleared(&self.website),
            social_links: (!self.links.is_empty()).then(|| self.links.iter().cloned().collect()),
            tags: self.tags.as_ref().map(tags),
            metadata: self.metadata.clone(),
            timezone: self.timezone.clone(),
            locale: self.locale.clone(),
        }
    }
}

/// A page elsewhere; none, where it is to be taken away.
fn link(text: &str) -> Result<(String, Option<String>), String> {
    let (place, address) = text.split_once('=').ok_or("must be PLACE=URL, such as github=https://github.com/ada")?;
    Ok((place.to_owned(), Some(address.to_owned()).filter(|address| !address.is_empty())))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("must be a JSON object such as {{\"crm\": 4711}}: {error}"))
}

/// A change of what somebody prefers, as JSON.
pub(super) fn preferences(text: &str) -> Result<UpdatePreferences, String> {
    serde_json::from_str(text).map_err(|error| format!("no merge patch of preferences: {error}"))
}
