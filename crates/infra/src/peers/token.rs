//! How a service proves to another who it is: an HMAC of its name and an expiry, under a key that only this pair has.

use crate::secrets::{Scope, Secrets};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::ServiceName;

/// The header that carries the proof. The gateway drops it from clients, and never routes `/internal`.
pub const HEADER: &str = "x-orion-peer";
/// How long a proof lasts, in seconds.
const LIFETIME: i64 = 60;

/// Makes a proof for one call: `from.expiry.mac`.
pub fn mint(secrets: &Secrets, from: ServiceName, to: ServiceName, now: DateTime<Utc>) -> String {
    let expiry = (now + TimeDelta::seconds(LIFETIME)).timestamp();
    let mac = secrets.mac(Scope::InMessages, &purpose(from, to), expiry.to_string().as_bytes());
    format!("{from}.{expiry}.{mac}")
}

/// Who made the proof, when it is for `to`, genuine and not expired.
pub fn verify(secrets: &Secrets, to: ServiceName, proof: &str, now: DateTime<Utc>) -> Option<ServiceName> {
    let mut parts = proof.splitn(3, '.');
    let from: ServiceName = parts.next()?.parse().ok()?;
    let expiry: i64 = parts.next()?.parse().ok()?;
    let text = expiry.to_string();
    let genuine = secrets.verify(Scope::InMessages, &purpose(from, to), text.as_bytes(), parts.next()?);
    // A proof from the future would live longer than a minute.
    let current = (now.timestamp()..=now.timestamp() + 2 * LIFETIME).contains(&expiry);
    (genuine && current).then_some(from)
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
        assert_eq!(check(ServiceName::Users, &proof, now), Some(ServiceName::Auth));
        assert_eq!(check(ServiceName::Admin, &proof, now), None, "another listener");
        assert_eq!(check(ServiceName::Users, &proof.replace("auth", "admin"), now), None, "another speaker");
        assert_eq!(check(ServiceName::Users, &proof, now + TimeDelta::seconds(61)), None, "expired");
        assert_eq!(check(ServiceName::Users, "", now), None);
    }
}
