//! `argon2id MEMORY_KIB PASSES LANES SECONDS`: how many Argon2id hashes all cores make in a second when they do nothing else.
//! Each core has one thread with memory of its own that is used again, as ORION's pool has.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::thread::{available_parallelism, spawn};
use std::time::{Duration, Instant};

fn main() {
    let numbers: Vec<u32> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [memory, passes, lanes, seconds] = numbers[..] else { panic!("MEMORY_KIB PASSES LANES SECONDS") };
    let params = Params::new(memory, passes, lanes, Some(32)).expect("parameters that Argon2 takes");
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds.into());
    let threads: Vec<_> = (0..available_parallelism().map_or(1, usize::from))
        .map(|_| {
            let params = params.clone();
            spawn(move || hash_until(until, &params))
        })
        .collect();
    let hashes: u32 = threads.into_iter().map(|thread| thread.join().expect("a thread that ends")).sum();
    println!("{}", f64::from(hashes) / began.elapsed().as_secs_f64());
}

/// How many one thread makes. What has begun is finished.
fn hash_until(until: Instant, params: &Params) -> u32 {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut memory = vec![Block::new(); params.block_count()];
    let mut output = [0; 32];
    let mut hashes = 0;
    while Instant::now() < until {
        argon2
            .hash_password_into_with_memory(b"correct horse battery staple", &[7; 16], &mut output, &mut memory)
            .expect("a hash");
        hashes += 1;
    }
    hashes
}
