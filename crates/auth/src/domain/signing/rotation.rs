//! Rotation. A key's times say everything: all processes change over at the same moment, without being told, and a crash
//! at any point leaves nothing half done. The moments are those of the time that all processes believe, for one whose own
//! clock is ahead would retire the key that the others sign with.

use super::key;
use crate::AuthConfig;
use crate::config::MAX_ACCESS_TOKEN_SECONDS;
use crate::error::AuthError;
use crate::store::signing_keys::{self, Model};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::Author;
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::KeyRotationOutcome;
use orion_contracts::bus::BusMessage;
use orion_infra::Infra;
use orion_infra::audit::AuditRecord;

/// How long a key is published before it signs: longer than anybody may keep the key set.
const PUBLISHED_BEFORE: TimeDelta = TimeDelta::minutes(10);
/// How long a key may have tokens that live, once it signs no more: it may have signed under another configuration.
const LAST_TOKEN: TimeDelta = TimeDelta::seconds(MAX_ACCESS_TOKEN_SECONDS as i64);
/// How much longer than its last token a key is published: clocks differ.
const SLACK: TimeDelta = TimeDelta::minutes(2);

/// How much later than it would be now a key may begin to sign; one beyond that was made by a clock that was ahead.
const TOO_LATE: TimeDelta = TimeDelta::hours(1);

/// What is due at a moment.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    /// A next key is to be published, to sign from then on.
    Publish(DateTime<Utc>),
    /// The key's last token has died.
    Retire(String),
}

/// What is due for these keys, oldest first.
fn due(keys: &[Model], config: &AuthConfig, now: DateTime<Utc>) -> Vec<Due> {
    let mut all = Vec::new();
    let dead_after = LAST_TOKEN + SLACK;
    for pair in keys.windows(2) {
        // The older of two signs until the newer one does; its last token lives a while longer.
        if pair[1].signs_from + dead_after <= now {
            all.push(Due::Retire(pair[0].kid.clone()));
        }
    }
    if let Some(newest) = keys.last() {
        let change_over = newest.signs_from + TimeDelta::days(config.key_rotation_days.into());
        let is_astray = newest.signs_from > now + PUBLISHED_BEFORE + TOO_LATE;
        if is_astray {
            all.push(Due::Publish(now + PUBLISHED_BEFORE));
        } else if change_over - PUBLISHED_BEFORE <= now {
            all.push(Due::Publish(change_over.max(now + PUBLISHED_BEFORE)));
        }
    }
    all
}

/// Makes the first key, which signs at once: nobody can have kept a key set before it.
pub(crate) async fn make_first(infra: &Infra) -> Result<bool, AuthError> {
    if !signing_keys::current(infra.db.read()).await?.is_empty() {
        return Ok(false);
    }
    let now = infra.shared_now().await?;
    publish(infra, key::make(&infra.secrets, 1, now, now)?).await
}

/// Publishes a next key before it is due, to sign as soon as everybody can know it. One that is published already is that key:
/// who asks twice rotates once. A crash leaves either no key or a published one, which its times put in force.
pub(crate) async fn rotate_now(infra: &Infra, author: impl Into<Author>) -> Result<KeyRotationOutcome, AuthError> {
    let now = infra.shared_now().await?;
    infra
        .write(author, async |change| {
            let keys = signing_keys::current(change).await?;
            let newest = keys.last().ok_or(AuthError::NoSigningKey)?;
            if newest.signs_from > now && newest.signs_from <= now + PUBLISHED_BEFORE + TOO_LATE {
                change.unaudited("a next key is published already");
                return Ok(KeyRotationOutcome::AlreadyWaiting);
            }
            let key = key::make(&infra.secrets, newest.generation + 1, now, now + PUBLISHED_BEFORE)?;
            let record = AuditRecord::new(AuditAction::Create, "signing_key", "Rotated the signing keys").on(&key.kid);
            if !signing_keys::insert(change, key).await? {
                change.unaudited("another process has published a next key at this moment");
                return Ok(KeyRotationOutcome::AlreadyWaiting);
            }
            change.audit(record);
            change.announce(BusMessage::KeysChanged);
            Ok(KeyRotationOutcome::Published)
        })
        .await
}

/// Until when a key is published that signs no more from a moment on, at least.
pub(super) fn published_until(signs_until: DateTime<Utc>) -> DateTime<Utc> {
    signs_until + LAST_TOKEN + SLACK
}

/// Does what is due; whether anything changed.
pub(crate) async fn rotate(infra: &Infra, config: &AuthConfig) -> Result<bool, AuthError> {
    let (now, old_by) = (infra.shared_now().await?, infra.believed_now().await?);
    let keys = signing_keys::current(infra.db.read()).await?;
    let Some(newest) = keys.last() else { return make_first(infra).await };
    let mut changed = false;
    // Tokens are given and taken by this process's own time: none may live by it that a retired key has signed.
    let is_kept = |kid: &String| !due(&keys, config, old_by).contains(&Due::Retire(kid.clone()));
    for due in due(&keys, config, now) {
        changed |= match due {
            Due::Publish(signs_from) => {
                publish(infra, key::make(&infra.secrets, newest.generation + 1, now, signs_from)?).await?
            }
            Due::Retire(kid) if is_kept(&kid) => false,
            Due::Retire(kid) => retire(infra, &kid, now).await?,
        };
    }
    Ok(changed)
}

async fn publish(infra: &Infra, key: Model) -> Result<bool, AuthError> {
    infra
        .write(Author::PLATFORM, async |change| {
            let record = AuditRecord::new(AuditAction::Create, "signing_key", "Published a signing key").on(&key.kid);
            if !signing_keys::insert(change, key).await? {
                return Ok(false);
            }
            change.audit(record);
            change.announce(BusMessage::KeysChanged);
            Ok(true)
        })
        .await
}

async fn retire(infra: &Infra, kid: &str, now: DateTime<Utc>) -> Result<bool, AuthError> {
    infra
        .write(Author::PLATFORM, async |change| {
            if !signing_keys::retire(change, kid, now).await? {
                return Ok(false);
            }
            change.audit(AuditRecord::new(AuditAction::Delete, "signing_key", "Retired a signing key").on(kid));
            change.announce(BusMessage::KeysChanged);
            Ok(true)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, signs_from: DateTime<Utc>) -> Model {
        Model {
            kid: kid.to_owned(),
            generation: 1,
            private_key_sealed: String::new(),
            public_jwk: String::new(),
            published_at: signs_from,
            signs_from,
            retired_at: None,
        }
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_retired_after_its_last_token() {
        let config = crate::tests::config(64);
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let first = key("first", start);
        let change_over = start + TimeDelta::days(30);
        let just_before = change_over - PUBLISHED_BEFORE - TimeDelta::seconds(1);
        assert_eq!(due(std::slice::from_ref(&first), &config, just_before), []);
        let publish = change_over - PUBLISHED_BEFORE;
        assert_eq!(due(std::slice::from_ref(&first), &config, publish), [Due::Publish(change_over)]);

        let both = [first, key("second", change_over)];
        let last_token_dies = change_over + LAST_TOKEN;
        assert_eq!(due(&both, &config, change_over), []);
        assert_eq!(due(&both, &config, last_token_dies), []);
        assert_eq!(due(&both, &config, last_token_dies + SLACK), [Due::Retire("first".to_owned())]);
    }

    #[test]
    fn after_a_long_pause_the_next_key_is_still_published_before_it_signs() {
        let config = crate::tests::config(64);
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let now = start + TimeDelta::days(400);
        assert_eq!(due(&[key("first", start)], &config, now), [Due::Publish(now + PUBLISHED_BEFORE)]);
    }

    #[test]
    fn a_key_that_a_clock_far_ahead_has_made_is_followed_by_one_for_now_and_retired() {
        let config = crate::tests::config(64);
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let astray = key("astray", now + TimeDelta::days(365));
        let signs_from = now + PUBLISHED_BEFORE;
        assert_eq!(due(std::slice::from_ref(&astray), &config, now), [Due::Publish(signs_from)]);
        let later = signs_from + LAST_TOKEN + SLACK;
        assert_eq!(due(&[astray, key("next", signs_from)], &config, later), [Due::Retire("astray".to_owned())]);
    }
}
