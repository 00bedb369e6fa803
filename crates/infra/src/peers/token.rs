//! How a service proves to another who it is: an HMAC of its name and an expiry, under a key that only this pair has.

use crate::secrets::{Scope, Secrets};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::ServiceName;

/// The header that carries the proof. The gateway drops it from clients, and never routes `/internal`.
pub const HEADER: &str = "x-orion-peer";
/// How long a proof lasts, in seconds.
const LIFETIME: i64 = 60;
/// How far the clocks of two services may be apart, in seconds.
const LEEWAY: i64 = 60;

/// Makes a proof for one call: `from.expiry.mac`.
pub fn mint(secrets: &Secrets, from: ServiceName, to: ServiceName, now: DateTime<Utc>) -> String {
    let expiry = (now + TimeDelta::seconds(LIFETIME)).timestamp();
    let mac = secrets.mac(Scope::InMessages, &purpose(from, to), expiry.to_string().as_bytes());
    format!("{from}.{expiry}.{mac}")
}

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedProof {
    /// There is none, or it cannot be read.
    #[error("there is no proof of a service")]
    Missing,
    /// It was made with another key, or for another service.
    #[error(
        "the proof is not genuine: secrets.internal_secret (ORION_SECRETS_INTERNAL_SECRET) of the two processes differs"
    )]
    NotGenuine,
    /// It is genuine, but not of this minute.
    #[error(
        "the proof is genuine, but not of this minute: the clocks of the two processes differ by more than a minute"
    )]
    NotOfNow,
}

/// Who made the proof, when it is for `to`, genuine and of now.
pub fn verify(
    secrets: &Secrets,
    to: ServiceName,
    proof: &str,
    now: DateTime<Utc>,
) -> Result<ServiceName, RefusedProof> {
    let (from, expiry, mac) = read(proof).ok_or(RefusedProof::Missing)?;
    if !secrets.verify(Scope::InMessages, &purpose(from, to), expiry.to_string().as_bytes(), mac) {
        return Err(RefusedProof::NotGenuine);
    }
    // A proof from the future would live longer than a minute.
    let is_current = (now.timestamp() - LEEWAY..=now.timestamp() + LIFETIME + LEEWAY).contains(&expiry);
    if is_current { Ok(from) } else { Err(RefusedProof::NotOfNow) }
}

fn read(proof: &str) -> Option<(ServiceName, i64, &str)> {
    let mut parts = proof.splitn(3, '.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?))
}

fn purpose(from: ServiceName, to: ServiceName) -> [&'static str; 3] {
    ["peer", from.as_str(), to.as_str()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn a_proof_counts_only_for_its_pair_and_its_minute() {
        let secrets = Secrets::new([1; 32], [2; 32], Random::system());
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let proof = mint(&secrets, ServiceName::Auth, ServiceName::Users, now);
        let check = |to, proof: &str, now| verify(&secrets, to, proof, now);
        use RefusedProof::{Missing, NotGenuine, NotOfNow};
        assert_eq!(check(ServiceName::Users, &proof, now), Ok(ServiceName::Auth));
        assert_eq!(check(ServiceName::Admin, &proof, now), Err(NotGenuine), "another listener");
        assert_eq!(check(ServiceName::Users, &proof.replace("auth", "admin"), now), Err(NotGenuine), "another speaker");
        let by_a_clock = |ahead| check(ServiceName::Users, &proof, now + TimeDelta::seconds(ahead));
        assert_eq!(by_a_clock(121), Err(NotOfNow), "expired");
        assert_eq!(by_a_clock(-61), Err(NotOfNow), "from the future");
        for ahead in [-60, 60, 119] {
            assert_eq!(by_a_clock(ahead), Ok(ServiceName::Auth), "a clock that differs by {ahead} s");
        }
        assert_eq!(check(ServiceName::Users, "", now), Err(Missing));
    }
}
