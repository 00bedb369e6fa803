//! The keys as administrators see them.

use super::rotation::{self, published_until};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::signing_keys::{self, Model};
use chrono::{DateTime, Utc};
use orion_contracts::auth::{KeyRotation, SigningKey, SigningKeyState};
use orion_contracts::{Author, Page, PageQuery};
use orion_http::page;

impl Auth {
    /// All keys that are kept, newest first.
    pub(crate) async fn signing_keys(&self, query: &PageQuery) -> Result<Page<SigningKey>, AuthError> {
        let limit = page::limit(query.limit)?;
        let last_shown: Option<i64> = page::decode(query.cursor.as_deref())?;
        let now = self.infra.shared_now().await?;
        // The last one of the page before says until when the first one of this page signs.
        let mut found = signing_keys::newest(self.infra.db.read_aside(), last_shown, u64::from(limit) + 2).await?;
        let is_shown = last_shown.is_some() && found.first().map(|key| key.generation) == last_shown;
        let mut next = is_shown.then(|| found.remove(0).signs_from);
        let Page { items, next_cursor } = page::page(found, limit, |key| key.generation);
        let keys = items.into_iter().map(|key| {
            let signs_until = next.replace(key.signs_from);
            told(key, signs_until, now)
        });
        Ok(Page { items: keys.collect(), next_cursor })
    }

    /// Rotates before it is due, unless the next key waits already; the keys as they are then.
    pub(crate) async fn rotate_signing_keys(&self, author: impl Into<Author>) -> Result<KeyRotation, AuthError> {
        let outcome = rotation::rotate_now(&self.infra, author).await?;
        let Page { items, next_cursor } = self.signing_keys(&PageQuery::default()).await?;
        let signs_from = items.first().ok_or(AuthError::NoSigningKey)?.signs_from;
        Ok(KeyRotation { outcome, signs_from, items, next_cursor })
    }
}

fn told(key: Model, signs_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> SigningKey {
    let state = match (key.retired_at, signs_until) {
        (Some(_), _) => SigningKeyState::Retired,
        (None, _) if key.signs_from > now => SigningKeyState::Next,
        (None, Some(until)) if until <= now => SigningKeyState::Verifying,
        (None, _) => SigningKeyState::Signing,
    };
    SigningKey {
        id: key.kid,
        algorithm: "ES256".to_owned(),
        state,
        created_at: key.published_at,
        signs_from: key.signs_from,
        signs_until,
        published_until: key.retired_at.or(signs_until.map(published_until)),
    }
}
