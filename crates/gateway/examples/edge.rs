//! The edge alone, for measuring: `edge LISTEN UPSTREAM CORES [ACCESS-LOG-FILE]`. Prints a token that it takes.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for measuring, not service code")]

#[allow(unreachable_pub, missing_docs, dead_code, reason = "shared with the tests")]
#[path = "../tests/support/mod.rs"]
mod support;

use orion_gateway::observe::AccessSink;
use orion_gateway::routing::RateLimitConfig;
use support::{Gateway, defaults};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let access = words.get(3).map_or(AccessSink::Off, |path| AccessSink::File(path.into()));
    let routes = serde_json::json!([{ "name": "shop", "path": "/shop/*", "upstream": words[1] }]);
    let mut defaults = defaults();
    defaults.rate_limit = Some(RateLimitConfig { requests: 1_000_000_000, seconds: 60 });
    let gateway = Gateway::start(words[0].parse().unwrap(), routes, &defaults, access, |settings| {
        settings.cores = words[2].parse().unwrap();
    });
    println!("{}", gateway.issuer.token());
    loop {
        std::thread::park();
    }
}
