//! What auth has revoked, as far as tokens that it concerns may still be alive.

use chrono::{DateTime, Utc};
use orion_contracts::bus::{Revocation, RevokedSubject};
use orion_contracts::{AccessClaims, SessionId, TokenId, UserId};
use std::collections::HashMap;

/// A set of revocations. Small: each line lives no longer than the tokens that it refuses.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    tokens: HashMap<TokenId, DateTime<Utc>>,
    sessions: HashMap<SessionId, DateTime<Utc>>,
    /// Issue times before which a subject's tokens are refused.
    subjects: HashMap<UserId, (i64, DateTime<Utc>)>,
    last: i64,
}

impl Revocations {
    /// Whether the token is refused.
    pub fn refuse(&self, claims: &AccessClaims) -> bool {
        self.tokens.contains_key(&claims.jti)
            || claims.sid.is_some_and(|sid| self.sessions.contains_key(&sid))
            || self.subjects.get(&claims.sub).is_some_and(|(before, _)| claims.iat < *before)
    }

    /// Adds a line. Adding it twice is adding it once.
    pub fn add(&mut self, line: &Revocation) {
        match line.subject {
            RevokedSubject::Token { jti } => {
                self.tokens.insert(jti, line.expires_at);
            }
            RevokedSubject::Session { sid } => {
                self.sessions.insert(sid, line.expires_at);
            }
            RevokedSubject::Subject { sub, issued_before } => {
                let entry = self.subjects.entry(sub).or_insert((issued_before, line.expires_at));
                *entry = (entry.0.max(issued_before), entry.1.max(line.expires_at));
            }
        }
    }

    /// Lines up to this one were read from auth in order.
    pub fn read_up_to(&mut self, sequence: i64) {
        self.last = self.last.max(sequence);
    }

    /// The last line that was read from auth in order; what came over the bus does not count, it may have gaps.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Forgets lines whose tokens have all expired.
    pub fn purge(&mut self, now: DateTime<Utc>) {
        self.tokens.retain(|_, expires| *expires > now);
        self.sessions.retain(|_, expires| *expires > now);
        self.subjects.retain(|_, (_, expires)| *expires > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_refused_only_for_tokens_issued_before() {
        let mut revocations = Revocations::default();
        let sub = UserId(uuid::Uuid::nil());
        let expires_at = DateTime::from_timestamp(2_000, 0).expect("a time");
        revocations.add(&Revocation {
            sequence: 1,
            subject: RevokedSubject::Subject { sub, issued_before: 1_000 },
            expires_at,
        });
        let claims = |iat| AccessClaims {
            iss: String::new(),
            sub,
            aud: String::new(),
            exp: 0,
            iat,
            nbf: None,
            jti: TokenId(uuid::Uuid::nil()),
            client_id: String::new(),
            scope: None,
            sid: None,
            roles: Vec::new(),
            org: None,
            act: None,
            amr: Vec::new(),
            auth_time: 0,
        };
        assert!(revocations.refuse(&claims(999)));
        assert!(!revocations.refuse(&claims(1_000)));
        revocations.purge(expires_at);
        assert!(!revocations.refuse(&claims(999)), "forgotten once no token can be alive");
    }
}
