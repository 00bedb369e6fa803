//! What users prefer: read and changed by themselves, and by administrators who help them.

use super::profile_fields::{DEEPEST, is_within};
use super::{Users, differing, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::preferences::Model;
use orion_contracts::audit::AuditAction;
use orion_contracts::preferences::{UpdatePreferences, UserPreferences};
use orion_contracts::{FieldCode, Problem, UserId};
use orion_http::Permitted;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use serde_json::{Map, Value};

/// How much a section holds, in bytes of JSON.
const MAX_SECTION: usize = 8 * 1024;
/// What the console can look like.
const THEMES: &[&str] = &["light", "dark", "system"];

type Section = Map<String, Value>;

impl Users {
    /// What the caller prefers.
    pub(crate) async fn own_preferences(&self, id: UserId) -> Result<UserPreferences, UsersError> {
        let found = store::preferences::find(self.infra.db.read(), id).await?;
        Ok(shown(&found.unwrap_or_else(|| Model::blank(id, self.infra.clock.now()))))
    }

    /// What a user prefers whom the caller may see.
    pub(crate) async fn preferences_as(&self, caller: &Permitted, id: UserId) -> Result<UserPreferences, UsersError> {
        self.find_as(caller, id).await?;
        self.own_preferences(id).await
    }

    /// Changes what the caller prefers.
    pub(crate) async fn update_own_preferences(
        &self,
        caller: &Permitted,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdatePreferences,
    ) -> Result<UserPreferences, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                ranks::lock_own(change, caller).await?;
                update(change, caller.user_id(), seen, request, "Changed their preferences").await
            })
            .await
    }

    /// Changes what a user prefers whom the caller is not below.
    pub(crate) async fn update_preferences(
        &self,
        caller: &Permitted,
        id: UserId,
        seen: &SeenVersions,
        key: &IdempotencyKey,
        request: &UpdatePreferences,
    ) -> Result<UserPreferences, UsersError> {
        self.infra
            .write_once(&caller.caller, key, async |change| {
                ranks::lock(change, caller, id).await?;
                update(change, id, seen, request, "Changed the preferences of a user").await
            })
            .await
    }
}

/// Changes the preferences of a user who is locked, and audits it. Nobody else keeps them, so nobody is told.
async fn update(
    change: &mut Change,
    id: UserId,
    seen: &SeenVersions,
    request: &UpdatePreferences,
    description: &'static str,
) -> Result<UserPreferences, UsersError> {
    let found = store::preferences::find(change, id).await?;
    let before = found.unwrap_or_else(|| Model::blank(id, change.now()));
    seen.check(before.version)?;
    let mut after = before.clone();
    apply(&mut after, request)?;
    if after == before {
        change.unaudited("nothing changed; only the answer is kept");
        return Ok(shown(&before));
    }
    (after.version, after.updated_at) = (before.version + 1, change.now());
    store::preferences::put(change, &after).await?;
    let shown_after = shown(&after);
    // Of 56 KiB one letter may have changed, and the log keeps it for a year.
    let (old, new) = differing(audited(&shown(&before))?, audited(&shown_after)?);
    let record = AuditRecord::new(AuditAction::Update, "user_preferences", description);
    change.audit(record.on(id).values(Some(old), Some(new)));
    Ok(shown_after)
}

fn apply(preferences: &mut Model, change: &UpdatePreferences) -> Result<(), UsersError> {
    for (field, to, from) in [
        ("display", &mut preferences.display, &change.display),
        ("privacy", &mut preferences.privacy, &change.privacy),
        ("accessibility", &mut preferences.accessibility, &change.accessibility),
        ("communication", &mut preferences.communication, &change.communication),
        ("notifications", &mut preferences.notifications, &change.notifications),
        ("security", &mut preferences.security, &change.security),
        ("custom", &mut preferences.custom, &change.custom),
    ] {
        if let Some(section) = from {
            *to = merged(field, to, section.as_ref())?;
        }
    }
    Ok(())
}

/// A section after a change, as it is stored.
fn merged(field: &'static str, before: &str, change: Option<&Section>) -> Result<String, UsersError> {
    let mut section = read(before);
    match change {
        Some(change) => merge(&mut section, change),
        None => section.clear(),
    }
    if field == "display"
        && section.get("theme").is_some_and(|theme| !theme.as_str().is_some_and(|theme| THEMES.contains(&theme)))
    {
        return Err(UsersError::invalid(field, FieldCode::NotOneOf, "must have a theme that is light, dark or system"));
    }
    // An audit entry holds it some steps further down, and must be readable for ever.
    if !section.values().all(|value| is_within(value, DEEPEST)) {
        return Err(UsersError::invalid(field, FieldCode::Invalid, "must not be nested more than 16 deep"));
    }
    let written = Value::Object(section).to_string();
    match written.len() {
        0..=MAX_SECTION => Ok(written),
        _ => Err(UsersError::invalid(field, FieldCode::TooLong, "must be at most 8 KiB of JSON")),
    }
}

/// A merge patch of objects (RFC 7396). It goes as deep as what was sent, which the reader of JSON bounds.
fn merge(to: &mut Section, change: &Section) {
    for (key, value) in change {
        match value {
            Value::Null => {
                to.remove(key);
            }
            Value::Object(change) => {
                let below = to.entry(key.clone()).or_insert(Value::Null);
                // What was no object is replaced by one; nulls inside of a new one stand for nothing.
                let mut section = match below.take() {
                    Value::Object(section) => section,
                    _ => Section::new(),
                };
                merge(&mut section, change);
                *below = Value::Object(section);
            }
            value => {
                to.insert(key.clone(), value.clone());
            }
        }
    }
}

/// JSON of our own.
fn read(json: &str) -> Section {
    serde_json::from_str(json).unwrap_or_default()
}

fn shown(preferences: &Model) -> UserPreferences {
    UserPreferences {
        user_id: UserId(preferences.user_id),
        display: read(&preferences.display),
        privacy: read(&preferences.privacy),
        accessibility: read(&preferences.accessibility),
        communication: read(&preferences.communication),
        notifications: read(&preferences.notifications),
        security: read(&preferences.security),
        custom: read(&preferences.custom),
        updated_at: (preferences.version > 0).then_some(preferences.updated_at),
        version: preferences.version,
    }
}

fn audited(preferences: &UserPreferences) -> Result<Value, Problem> {
    serde_json::to_value(preferences).map_err(|error| {
        tracing::error!(%error, "preferences cannot be written as JSON");
        Problem::internal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn section(value: Value) -> Section {
        let Value::Object(section) = value else { panic!("an object") };
        section
    }

    /// Those of RFC 7396, appendix A, whose both sides are objects.
    #[test]
    fn a_patch_is_merged_as_the_rfc_says() {
        for (before, change, after) in [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
            (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
        ] {
            let mut to = section(before);
            merge(&mut to, &section(change));
            assert_eq!(Value::Object(to), after);
        }
    }

    #[test]
    fn a_section_is_nested_no_deeper_than_an_audit_entry_can_hold() {
        let nested = |depth| (0..depth).fold(json!(1), |below, _| json!({ "a": below }));
        let within = section(nested(DEEPEST + 1));
        let before = merged("custom", "{}", Some(&within)).expect("it fits");
        merged("custom", "{}", Some(&section(nested(DEEPEST + 2)))).expect_err("one too deep");
        let change = section(json!({ "b": nested(DEEPEST + 1) }));
        merged("custom", &before, Some(&change)).expect_err("one too deep beside what was there");
    }

    #[test]
    fn a_section_is_bounded_as_a_whole() {
        let half = section(json!({ "a": "x".repeat(MAX_SECTION / 2) }));
        let before = merged("custom", "{}", Some(&half)).expect("it fits");
        let other = section(json!({ "b": "x".repeat(MAX_SECTION / 2) }));
        merged("custom", &before, Some(&other)).expect_err("both do not");
        assert_eq!(merged("custom", &before, None).expect("cleared"), "{}");
    }
}
