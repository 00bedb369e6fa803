//! The same endpoint for the same key, as long as it is there and well: a ring (D. Karger et al., "Consistent Hashing and Random Trees",
//! 1997), with many points for each endpoint as libketama has.
//!
//! A ring and not Maglev's table: when an endpoint goes, only its own keys move, and they spread over all others; Maglev moves a few more
//! for its evenness. Points are hashed of the endpoint's address alone, so all gateways have the same ring.

use super::Member;
use super::choice::Choice;
use crate::upstream::hash::{fraction, mix};

/// Points of one unit of weight.
const POINTS: usize = 128;
/// Points of a ring at most, 10 bytes each.
const MOST: usize = 32_768;
/// Points that are walked over before all endpoints are compared.
const WALKED: usize = 128;

/// Points by their hashes, and whose they are.
pub(super) struct Ring {
    hashes: Box<[u64]>,
    owners: Box<[u16]>,
}

impl Ring {
    pub(super) fn new(members: &[Member]) -> Self {
        let weights: usize = members.iter().map(|member| member.weight as usize).sum();
        // How many an endpoint has must not depend on the others, or one that goes would move the points of all. So where there are too
        // many, everybody's are halved: the points that stay are the same ones.
        let mut halvings = 0;
        while (weights * POINTS) >> halvings > MOST {
            halvings += 1;
        }
        let mut points: Vec<(u64, u16)> = Vec::with_capacity(((weights * POINTS) >> halvings) + members.len());
        for (index, member) in members.iter().enumerate() {
            let count = ((member.weight as usize * POINTS) >> halvings).max(1) as u64;
            points.extend((0..count).map(|point| (mix(member.endpoint.hash ^ mix(point + 1)), index as u16)));
        }
        points.sort_unstable();
        let (hashes, owners): (Vec<u64>, Vec<u16>) = points.into_iter().unzip();
        Self { hashes: hashes.into(), owners: owners.into() }
    }

    #[cfg(test)]
    pub(super) fn points(&self) -> usize {
        self.hashes.len()
    }

    /// The owner of the first point from the key on; where that cannot be taken, of the next. A request without a key goes anywhere.
    pub(super) fn pick(&self, choice: &mut Choice<'_>) -> Option<usize> {
        let (points, members) = (self.hashes.len(), choice.members.len());
        if points == 0 {
            return None;
        }
        let Some(key) = choice.rules.key else { return choice.by_turns(|draws| draws.below(members)) };
        let first = self.hashes.partition_point(|hash| *hash < key);
        let mut cold = None;
        for step in 0..points.min(WALKED) {
            let owner = usize::from(self.owners[(first + step) % points]);
            if choice.takes(owner) {
                if is_warm(choice, owner, key) {
                    return Some(owner);
                }
                cold.get_or_insert(owner);
            }
        }
        cold.or_else(|| highest(choice, key))
    }
}

/// Whether an endpoint that starts slowly has this key already. By the key and not by chance: a key comes to it once, and stays.
fn is_warm(choice: &Choice<'_>, index: usize, key: u64) -> bool {
    let endpoint = &choice.members[index].endpoint;
    let warmth = choice.warmth(endpoint);
    warmth >= 1.0 || fraction(mix(key ^ endpoint.hash)) < warmth
}

/// The endpoint that a key likes most of all that can be taken (rendezvous hashing: D. Thaler and C. Ravishankar, 1998), for rings of
/// which a long part cannot be taken.
fn highest(choice: &Choice<'_>, key: u64) -> Option<usize> {
    let can = (0..choice.members.len()).filter(|index| choice.takes(*index));
    can.max_by_key(|index| mix(key ^ choice.members[*index].endpoint.hash))
}
