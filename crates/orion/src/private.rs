//! What lies in the data directory is for its owner alone: keys, hashes of passwords, mails with live links.

use crate::last_console;
use orion_contracts::ServiceName;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// What is ORION's besides databases and their journals.
const FILES: [&str; 7] =
    ["orion.lock", last_console::FILE, last_console::DRAFT, "master.key", "master.new", "internal.key", "internal.new"];

/// Makes a directory for its owner alone, if it is not there.
pub(crate) fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Takes from others what a copy, a backup or an older version gave them. What cannot be taken is told, and hinders nobody.
pub(crate) fn tighten(directory: &Path) -> io::Result<()> {
    let mut holds_more = false;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_ours(&entry.file_name().to_string_lossy()) {
            close(&entry.path(), 0o600);
        } else {
            holds_more = true;
        }
    }
    // One that holds more may be somebody's home, or everybody's, and is not ours to close; others see no more than names.
    if !holds_more {
        close(directory, 0o700);
    }
    Ok(())
}

fn is_ours(name: &str) -> bool {
    FILES.contains(&name) || ServiceName::ALL.iter().any(|service| is_database_of(*service, name))
}

/// Whether it is a database, one that is being made, or the journal of one.
fn is_database_of(service: ServiceName, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(service.as_str()).and_then(|rest| rest.strip_prefix(".db")) else {
        return false;
    };
    matches!(rest.strip_prefix(".new").unwrap_or(rest), "" | "-wal" | "-shm" | "-journal")
}

/// A link is never open: what it leads to is somebody else's.
fn is_open(path: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(path)?;
    Ok(!found.is_symlink() && found.permissions().mode() & 0o077 != 0)
}

fn close(path: &Path, mode: u32) {
    let closed = is_open(path).and_then(|is_open| match is_open {
        true => fs::set_permissions(path, Permissions::from_mode(mode)),
        false => Ok(()),
    });
    if let Err(error) = closed {
        let path = path.display().to_string();
        tracing::warn!(path, %error, "it is open to other users of this machine, and cannot be closed to them");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn what_others_could_read_they_cannot_any_more() {
        let parent = tempfile::tempdir().expect("a directory");
        let directory = parent.path().join("data");
        make(&directory).expect("made");
        assert_eq!(mode(&directory), 0o700);
        open(&directory, 0o755);
        for name in ["auth.db", "auth.db-wal", "users.db-shm", "notifications.db.new", "master.key"] {
            fs::write(directory.join(name), "secret").expect("written");
            open(&directory.join(name), 0o644);
        }
        tighten(&directory).expect("tightened");
        assert_eq!(mode(&directory), 0o700);
        for entry in fs::read_dir(&directory).expect("listed") {
            let path = entry.expect("an entry").path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }

    #[test]
    fn what_a_link_leads_to_and_what_only_begins_like_a_database_stay_as_they_are() {
        let parent = tempfile::tempdir().expect("a directory");
        let (elsewhere, directory) = (parent.path().join("elsewhere"), parent.path().join("data"));
        make(&directory).expect("made");
        fs::write(&elsewhere, "somebody's").expect("written");
        fs::write(directory.join("users.db.backup.csv"), "somebody's").expect("written");
        std::os::unix::fs::symlink(&elsewhere, directory.join("auth.db")).expect("linked");
        for path in [&elsewhere, &directory.join("users.db.backup.csv")] {
            open(path, 0o644);
        }
        tighten(&directory).expect("tightened");
        assert_eq!((mode(&elsewhere), mode(&directory.join("users.db.backup.csv"))), (0o644, 0o644));
    }

    #[test]
    fn a_directory_that_holds_more_stays_as_it_is_and_ours_in_it_are_closed() {
        let directory = tempfile::tempdir().expect("a directory");
        open(directory.path(), 0o755);
        for name in ["auth.db", "letter.txt"] {
            fs::write(directory.path().join(name), "text").expect("written");
            open(&directory.path().join(name), 0o644);
        }
        tighten(directory.path()).expect("tightened");
        assert_eq!(mode(directory.path()), 0o755);
        assert_eq!(mode(&directory.path().join("auth.db")), 0o600);
        assert_eq!(mode(&directory.path().join("letter.txt")), 0o644);
    }
}
