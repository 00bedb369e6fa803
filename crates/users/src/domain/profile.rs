//! A user's profile: what it may hold, and its changes, by the user and by administrators.

use super::profile_fields::{metadata, phone, social_links, tags, username, web_address};
use super::ranks::{self, Subject};
use super::{Users, audited, differing};
use crate::error::UsersError;
use crate::store;
use crate::store::users::Model;
use chrono_tz::Tz;
use orion_contracts::audit::AuditAction;
use orion_contracts::events::UserUpdated;
use orion_contracts::profile::UpdateProfile;
use orion_contracts::text::{canonical_locale, check_lines, check_name};
use orion_contracts::users::User;
use orion_contracts::{FieldCode, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use serde_json::Map;

/// The language of users who did not say.
pub(crate) const DEFAULT_LOCALE: &str = "en";
/// The time zone of users who did not say.
pub(crate) const DEFAULT_TIMEZONE: &str = "UTC";

impl Users {
    /// Changes the caller's profile; the user after it.
    pub(crate) async fn update_profile(
        &self,
        caller: &Permitted,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateProfile,
    ) -> Result<User, UsersError> {
        for (field, is_there) in [("tags", request.tags.is_some()), ("metadata", request.metadata.is_some())] {
            if is_there {
                return Err(UsersError::invalid(field, FieldCode::Unknown, "is for administrators to set"));
            }
        }
        let changed = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                let before = ranks::lock_own(change, caller).await?;
                update(change, before, seen, request, "Changed their profile").await.map(as_oneself)
            })
            .await;
        changed.map_err(taken)
    }

    /// Changes the profile of a user whom the caller is not below; the user after it.
    pub(crate) async fn update_user(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdateProfile,
    ) -> Result<User, UsersError> {
        let changed = self
            .infra
            .write_once(&caller.caller, key, async |change| {
                let Subject { user: before, .. } = ranks::lock_person(change, caller, id).await?;
                update(change, before, seen, request, "Changed the profile of a user").await
            })
            .await;
        changed.map_err(taken)
    }
}

/// A user as they see themselves: tags and metadata are what administrators keep beside them.
pub(super) fn as_oneself(user: User) -> User {
    User { tags: Vec::new(), metadata: Map::new(), ..user }
}

/// Of two who take one username at once, the second finds it taken. Nothing else of a profile stands once.
fn taken(error: UsersError) -> UsersError {
    match error {
        UsersError::Db(error) if error.is_unique_violation() => UsersError::UsernameTaken,
        error => error,
    }
}

/// Changes a user who is locked, audits and tells it.
async fn update(
    change: &mut Change,
    before: Model,
    seen: &SeenVersions,
    request: &UpdateProfile,
    description: &'static str,
) -> Result<User, UsersError> {
    seen.check(before.version)?;
    let mut after = before.clone();
    apply(&mut after, request)?;
    if after == before {
        change.unaudited("nothing changed; only the answer is kept");
        return Ok(store::users::complete(change, before, change.now()).await?);
    }
    if let Some(username) = after.username.as_deref().filter(|_| after.username != before.username)
        && store::users::has_username(change, username).await?
    {
        return Err(UsersError::UsernameTaken);
    }
    (after.version, after.updated_at) = (before.version + 1, change.now());
    store::users::update(change, &after).await?;
    let old = store::users::complete(change, before, change.now()).await?;
    let user = after.with_roles(old.roles.clone())?;
    let record = AuditRecord::new(AuditAction::Update, "user", description);
    let (old, new) = differing(audited(&old)?, audited(&user)?);
    change.audit(record.on(user.id).values(Some(old), Some(new)));
    change.tell(user.id.0, user.version, UserUpdated { user: (&user).into() });
    Ok(user)
}

/// Writes the change into the user; refuses values that make no sense.
fn apply(user: &mut Model, change: &UpdateProfile) -> Result<(), UsersError> {
    for (field, to, from) in [
        ("first_name", &mut user.first_name, &change.first_name),
        ("last_name", &mut user.last_name, &change.last_name),
        ("display_name", &mut user.display_name, &change.display_name),
        ("location", &mut user.location, &change.location),
    ] {
        set(to, from, |text| name(field, text))?;
    }
    set(&mut user.username, &change.username, username)?;
    set(&mut user.bio, &change.bio, bio)?;
    set(&mut user.phone, &change.phone, phone)?;
    set(&mut user.website, &change.website, |text| web_address("website", text))?;
    if let Some(links) = &change.social_links {
        user.social_links = social_links(&user.social_links, links)?;
    }
    if let Some(given) = &change.tags {
        user.tags = tags(given)?;
    }
    if let Some(given) = &change.metadata {
        user.metadata = metadata(&user.metadata, given)?;
    }
    if let Some(value) = &change.timezone {
        user.timezone = timezone(value)?;
    }
    if let Some(value) = &change.locale {
        user.locale = locale(value)?;
    }
    Ok(())
}

/// Writes a field that is there: a text that is checked, or nothing.
fn set(
    to: &mut Option<String>,
    from: &Option<Option<String>>,
    check: impl Fn(&str) -> Result<String, UsersError>,
) -> Result<(), UsersError> {
    if let Some(value) = from {
        *to = value.as_deref().map(check).transpose()?;
    }
    Ok(())
}

/// A name on one line, without space around it.
pub(crate) fn name(field: &'static str, text: &str) -> Result<String, UsersError> {
    let text = text.trim();
    match check_name(text) {
        Err(_) if text.is_empty() => {
            Err(UsersError::invalid(field, FieldCode::Required, "must not be blank; null clears it"))
        }
        Err(fault) => Err(UsersError::Invalid { field, fault }),
        Ok(()) => Ok(text.to_owned()),
    }
}

fn bio(text: &str) -> Result<String, UsersError> {
    check_lines(text).map_err(|fault| UsersError::Invalid { field: "bio", fault })?;
    Ok(text.to_owned())
}

/// A language tag of BCP 47, as it is usually written: `de`, `pt-BR`, `zh-Hant`.
pub(crate) fn locale(tag: &str) -> Result<String, UsersError> {
    canonical_locale(tag).map_err(|fault| UsersError::Invalid { field: "locale", fault })
}

/// A time zone of the IANA database: `UTC`, `Europe/Berlin`, `America/Argentina/Salta`.
fn timezone(name: &str) -> Result<String, UsersError> {
    let message = "must be an IANA time zone such as Europe/Berlin or UTC";
    match name.parse::<Tz>() {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(UsersError::invalid("timezone", FieldCode::Invalid, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_those_of_the_iana_database() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Salta", "America/Port-au-Prince", "Etc/GMT+1"] {
            assert_eq!(timezone(good).expect(good), good);
        }
        for bad in [
            "",
            "Berlin",
            "Foo/Bar",
            "Europe/Berlin ",
            "utc",
            "europe/berlin",
            "Europe/",
            "/Berlin",
            "A/B/C/D",
            "Europe/Ber lin",
            "../x",
        ] {
            timezone(bad).expect_err(bad);
        }
    }

    #[test]
    fn names_are_trimmed_and_neither_blank_nor_of_several_lines() {
        assert_eq!(name("first_name", "  Ann ").expect("a name"), "Ann");
        for bad in ["", "   ", "a\nb", "a\0b", "a\u{202e}b"] {
            name("first_name", bad).expect_err(bad);
        }
    }

    #[test]
    fn a_bio_may_have_lines_but_no_other_control_characters() {
        assert_eq!(bio("one\ntwo").expect("lines"), "one\ntwo");
        bio("a\0b").expect_err("PostgreSQL cannot store NUL");
    }
}
