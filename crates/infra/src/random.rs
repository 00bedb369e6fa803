//! Randomness, injected: the system's for the product, a seeded one for tests that must repeat.

use crate::Clock;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A cheap handle to a source of random bytes.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    /// The system's generator; fit for secrets.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A generator that gives the same bytes for the same seed. For tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// Fills the slice.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            // aws-lc seeds itself from the operating system and aborts rather than fail.
            Source::System => aws_lc_rs::rand::fill(bytes).unwrap_or_else(|_| std::process::abort()),
            Source::Seeded(source) => source.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes),
        }
    }

    /// An array of random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A 256-bit token in base64url, for links, refresh tokens and cookies. Store its hash, never itself.
    pub fn token(&self) -> String {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A UUIDv7 (RFC 9562) of the clock's time.
    pub fn id<T: From<Uuid>>(&self, clock: &Clock) -> T {
        let millis = clock.now().timestamp_millis().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid().into()
    }

    /// A number between zero and one, for jitter.
    pub fn fraction(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes())) / f64::from(u32::MAX)
    }
}
