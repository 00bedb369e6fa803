//! What is random in a test comes from one seed, so that a failure can be had again.

use orion_infra::Random;
use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The seed of this process: told by whoever repeats a run, and the system's otherwise.
static BASE: LazyLock<u64> = LazyLock::new(|| match env::var("ORION_TEST_SEED") {
    Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("ORION_TEST_SEED is {seed}; use a whole number")),
    Err(_) => u64::from_le_bytes(Random::system().bytes()),
});
/// How many generators there have been: no two platforms on one database may make the same ids.
static GIVEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// A runner keeps what a test's own thread prints, and shows it when the test fails.
    static SAID: () = {
        let test = std::thread::current().name().unwrap_or("NAME").to_owned();
        println!("To repeat what was random: ORION_TEST_SEED={} ./orion test -- {test}", *BASE);
    };
}

/// The next generator of this process. A test that runs alone, as with nextest, gets the same ones for the same seed.
pub fn random() -> Random {
    SAID.with(|()| ());
    Random::seeded(BASE.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)))
}
