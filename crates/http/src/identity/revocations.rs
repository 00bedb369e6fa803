//! What auth has revoked, as far as tokens that it concerns may still be alive.

use chrono::{DateTime, Utc};
use orion_contracts::bus::{Revocation, RevokedSubject, membership_of};
use orion_contracts::{AccessClaims, OrganisationId, UserId};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// How many parts the set has.
const PARTS: usize = 256;

/// A set of revocations; each line lives no longer than the tokens that it refuses. Cloning shares its parts, and a new
/// line copies the one that it goes to: of ten thousand lines some forty, however fast they come.
#[derive(Debug, Clone)]
pub struct Revocations {
    parts: Vec<Arc<Part>>,
    last: i64,
}

/// Lines by the id of a token, a session or a subject: one id is never two of them.
type Part = HashMap<Uuid, Line>;

#[derive(Debug, Clone, Copy)]
struct Line {
    /// The issue time before which tokens are refused; none for all of them.
    issued_before: Option<i64>,
    expires_at: DateTime<Utc>,
}

impl Default for Revocations {
    /// Refuses nothing.
    fn default() -> Self {
        Self { parts: vec![Arc::default(); PARTS], last: 0 }
    }
}

/// Where the lines of an id are: the last byte of a UUIDv7 is random.
fn part_of(id: Uuid) -> usize {
    let [.., byte] = id.into_bytes();
    usize::from(byte) % PARTS
}

impl Revocations {
    /// Whether the token is refused.
    pub fn refuse(&self, claims: &AccessClaims) -> bool {
        let session = claims.sid.map(|sid| sid.0);
        let membership = claims.org.map(|organisation| membership_of(claims.sub, organisation));
        [Some(claims.jti.0), session, Some(claims.sub.0), membership].into_iter().flatten().any(|id| {
            let line = self.parts[part_of(id)].get(&id);
            line.is_some_and(|line| line.issued_before.is_none_or(|before| claims.iat < before))
        })
    }

    /// The issue time from which tokens are taken by which somebody acts, for this organisation or for none; 0 where all are.
    pub fn taken_since(&self, sub: UserId, organisation: Option<OrganisationId>) -> i64 {
        let membership = organisation.map(|organisation| membership_of(sub, organisation));
        let lines = [Some(sub.0), membership].into_iter().flatten().map(|id| self.parts[part_of(id)].get(&id));
        lines.flatten().filter_map(|line| line.issued_before).max().unwrap_or(0)
    }

    /// Adds a line. Adding it twice is adding it once.
    pub fn add(&mut self, line: &Revocation) {
        let (id, issued_before) = match line.subject {
            RevokedSubject::Token { jti } => (jti.0, None),
            RevokedSubject::Session { sid } => (sid.0, None),
            RevokedSubject::Subject { sub, issued_before } => (sub.0, Some(issued_before)),
            RevokedSubject::Membership { membership, issued_before } => (membership, Some(issued_before)),
        };
        let new = Line { issued_before, expires_at: line.expires_at };
        let part = Arc::make_mut(&mut self.parts[part_of(id)]);
        part.entry(id)
            .and_modify(|known| {
                // None refuses all of them: no time does more.
                let both = known.issued_before.zip(issued_before);
                known.issued_before = both.map(|(known, new)| known.max(new));
                known.expires_at = known.expires_at.max(new.expires_at);
            })
            .or_insert(new);
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
        for part in &mut self.parts {
            if part.values().any(|line| line.expires_at <= now) {
                Arc::make_mut(part).retain(|_, line| line.expires_at > now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::{SessionId, TokenId};

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
            roles_truncated: false,
            org: None,
            act: None,
            amr: Vec::new(),
            acr: None,
            auth_time: 0,
        };
        assert!(revocations.refuse(&claims(999)));
        assert!(!revocations.refuse(&claims(1_000)));
        assert_eq!(revocations.taken_since(sub, None), 1_000);
        assert_eq!(revocations.taken_since(UserId(Uuid::max()), None), 0, "of somebody else");
        revocations.purge(expires_at);
        assert!(!revocations.refuse(&claims(999)), "forgotten once no token can be alive");
    }

    #[test]
    fn a_line_more_copies_what_is_beside_it_and_nothing_else() {
        let expires_at = DateTime::from_timestamp(2_000, 0).expect("a time");
        let line = |number: u64| Revocation {
            sequence: 0,
            subject: RevokedSubject::Session { sid: SessionId(Uuid::from_u64_pair(1, number)) },
            expires_at,
        };
        let mut known = Revocations::default();
        (0..10_000).for_each(|number| known.add(&line(number)));
        let mut next = known.clone();
        next.add(&line(10_000));
        next.purge(DateTime::from_timestamp(1_000, 0).expect("a time"));
        let copied: usize = known
            .parts
            .iter()
            .zip(&next.parts)
            .filter(|(old, new)| !Arc::ptr_eq(old, new))
            .map(|(old, _)| old.len())
            .sum();
        assert!((1..100).contains(&copied), "{copied} of 10,000 lines were copied");
        next.purge(expires_at);
        assert!(next.parts.iter().all(|part| part.is_empty()));
    }
}
