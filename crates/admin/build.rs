//! The web app is embedded at compile time; a folder must be there even when the web app was not built.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    std::fs::create_dir_all(&folder)?;
    println!("cargo:rerun-if-changed={}", folder.display());
    Ok(())
}
