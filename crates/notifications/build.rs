//! The shipped templates are embedded at compile time; one that is added makes the crate stale too.

fn main() {
    println!("cargo:rerun-if-changed=templates");
}
