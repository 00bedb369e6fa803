//! Where the console of a data directory was reached last. A command that prints a link to it need not be told again under
//! which options the platform ran: on the port of the default another program may listen, and would read the link's token.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The file's name in the data directory.
pub(crate) const FILE: &str = "console.url";

/// Its name until it is whole.
pub(crate) const DRAFT: &str = "console.new";

/// Keeps it; `url` is without a slash at its end. Written beside and moved there, whoever owns the older one and wherever
/// that may lead.
pub(crate) fn keep(directory: &Path, url: &str) -> io::Result<()> {
    let draft = directory.join(DRAFT);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    writeln!(OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?, "{url}")?;
    fs::rename(draft, directory.join(FILE))
}

/// What was kept, if anything was.
pub(crate) fn kept(directory: &Path) -> Option<String> {
    let text = fs::read_to_string(directory.join(FILE)).ok()?;
    let url: url::Url = text.trim().parse().ok()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}
