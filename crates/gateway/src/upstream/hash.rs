//! Hashes that are the same in every process and version: all gateways must send a key to the same endpoint. ahash promises neither.

/// The key by which requests are kept together: the hash of a header's, a cookie's or an address's bytes. Whoever may choose them can
/// choose an endpoint; that is what consistent hashing is.
pub fn hash_key(bytes: &[u8]) -> u64 {
    // FNV-1a (the Internet-Draft of Fowler, Noll, Vo and Eastlake), whose upper bits are weak for short inputs: so they are mixed.
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(hash)
}

/// Spreads a number over all 64 bits, each number to another one: the end of `SplitMix64` (Steele, Lea and Flood, 2014).
pub(super) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Numbers by chance, drawn from one that the caller drew: `SplitMix64`.
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new(random: u64) -> Self {
        Self(random)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`, or 0 when there is none. The bias is below one in four million for a thousand endpoints.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number from 0 up to, but not, 1.
    pub(super) fn fraction(&mut self) -> f32 {
        fraction(self.next())
    }
}

/// The number as a part of one.
pub(super) fn fraction(number: u64) -> f32 {
    // 24 bits are what a f32 holds exactly.
    (number >> 40) as f32 / (1_u32 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::{Draws, hash_key};

    #[test]
    fn a_key_has_the_same_hash_in_every_process_and_version() {
        assert_eq!(hash_key(b""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(hash_key(b"acme"), 0x130a_7622_2d44_27ef);
    }

    #[test]
    fn what_is_drawn_is_below_its_bound_and_evenly_spread() {
        let mut draws = Draws::new(7);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[draws.below(10)] += 1;
            assert!((0.0..1.0).contains(&draws.fraction()));
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!(draws.below(0), 0);
    }
}
