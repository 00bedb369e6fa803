//! The `orion` command.

use std::process::ExitCode;

/// What the gateway was measured with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    orion::cli::run()
}
