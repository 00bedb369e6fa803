//! What auth has revoked and may still be in use.

use super::Identity;
use ahash::AHashMap;
use chrono::{DateTime, Utc};
use orion_contracts::bus::{Revocation, RevokedSubject};
use orion_contracts::{SessionId, TokenId, UserId};

/// Auth's blacklist, as far as its tokens may still live.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    tokens: AHashMap<TokenId, DateTime<Utc>>,
    sessions: AHashMap<SessionId, DateTime<Utc>>,
    subjects: AHashMap<UserId, (i64, DateTime<Utc>)>,
    sequence: i64,
}

impl Revocations {
    /// This list with more lines, and without those that ended before `now`.
    #[must_use]
    pub fn with(&self, lines: &[Revocation], now: DateTime<Utc>) -> Self {
        let mut list = self.clone();
        list.tokens.retain(|_, expires| *expires > now);
        list.sessions.retain(|_, expires| *expires > now);
        list.subjects.retain(|_, (_, expires)| *expires > now);
        for line in lines {
            list.sequence = list.sequence.max(line.sequence);
            match line.subject {
                RevokedSubject::Token { jti } => drop(list.tokens.insert(jti, line.expires_at)),
                RevokedSubject::Session { sid } => drop(list.sessions.insert(sid, line.expires_at)),
                RevokedSubject::Subject { sub, issued_before } => {
                    let entry = list.subjects.entry(sub).or_insert((issued_before, line.expires_at));
                    *entry = (entry.0.max(issued_before), entry.1.max(line.expires_at));
                }
            }
        }
        list
    }

    /// Whether the token, its session, or its subject's tokens of that time have been revoked.
    pub fn revoke(&self, identity: &Identity) -> bool {
        self.tokens.contains_key(&identity.token)
            || self.sessions.contains_key(&identity.session)
            || self.subjects.get(&identity.user).is_some_and(|(issued_before, _)| identity.issued_at < *issued_before)
    }

    /// The highest position in the blacklist that this list has; catching up starts behind it.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }
}
