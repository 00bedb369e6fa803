//! The files of the embedded databases as they lie in the data directory, looked at before any of them is opened or made.

use super::draft::unfinished;
use orion_contracts::ServiceName;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why the databases of a directory cannot be used as they lie there.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum FilesError {
    #[error(
        "{} is missing beside {}: restore it from a backup, or begin anew in an empty directory with --data-dir \
         (ORION_DATA_DIR)",
        missing.display(), present.display()
    )]
    Missing { missing: PathBuf, present: PathBuf },
    #[error(
        "{} is empty, and what it held is gone: restore it from a backup, or begin anew in an empty directory with \
         --data-dir (ORION_DATA_DIR)",
        path.display()
    )]
    Empty { path: PathBuf },
    #[error("data_dir (ORION_DATA_DIR): {} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
}

/// Where a service's database is.
pub(super) fn place(directory: &Path, service: ServiceName) -> PathBuf {
    directory.join(format!("{service}.db"))
}

/// Whether a service's database is in the directory.
pub fn is_there(directory: &Path, service: ServiceName) -> bool {
    place(directory, service).is_file()
}

/// A database of the directory, if there is one.
pub(crate) fn any(directory: &Path) -> Option<PathBuf> {
    ServiceName::ALL.iter().map(|service| place(directory, *service)).find(|path| path.exists())
}

/// Whether a platform's databases are there: all of them, or none. A first start that was broken off counts as whole: what
/// it had not finished, it makes.
///
/// # Errors
/// When one is empty, or missing beside others.
pub fn check(directory: &Path) -> Result<bool, FilesError> {
    let mut present = None;
    let mut missing = Vec::new();
    for service in ServiceName::ALL {
        let path = place(directory, service);
        match fs::metadata(&path) {
            Ok(found) if found.len() == 0 => return Err(FilesError::Empty { path }),
            Ok(_) => present = Some(path),
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(path),
            Err(error) => return Err(FilesError::Unreadable { path, error }),
        }
    }
    let Some(present) = present else { return Ok(false) };
    match missing.into_iter().find(|path| !unfinished(path).exists()) {
        Some(missing) => Err(FilesError::Missing { missing, present }),
        None => Ok(true),
    }
}

/// Makes a file for its owner alone, if it is not there.
pub(super) fn make(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What a SQLite file says of itself (`PRAGMA application_id`): "ORN" and the service's number. It stands in every file that
/// was ever made, so a number is never given twice.
pub(super) fn mark(service: ServiceName) -> i32 {
    const ORN: i32 = 0x4f52_4e00;
    ORN + match service {
        ServiceName::Gateway => 1,
        ServiceName::Auth => 2,
        ServiceName::Users => 3,
        ServiceName::Notifications => 4,
        ServiceName::Admin => 5,
    }
}

/// Whose database a file is that says this of itself.
pub(super) fn owner(mark_found: i32) -> Option<ServiceName> {
    ServiceName::ALL.into_iter().find(|service| mark(*service) == mark_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(with: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for (name, text) in with {
            fs::write(directory.path().join(name), text).expect("written");
        }
        directory
    }

    const ALL: [(&str, &str); 5] =
        [("gateway.db", "x"), ("auth.db", "x"), ("users.db", "x"), ("notifications.db", "x"), ("admin.db", "x")];

    #[test]
    fn all_databases_are_there_or_none() {
        assert!(!check(directory(&[]).path()).expect("none"));
        assert!(!check(Path::new("/nonexistent")).expect("none"));
        assert!(check(directory(&ALL).path()).expect("all"));
        let refused = check(directory(&ALL[1..]).path()).expect_err("one is missing").to_string();
        assert!(refused.contains("gateway.db is missing beside") && refused.contains("restore it"), "{refused}");
    }

    #[test]
    fn an_empty_one_is_refused_by_name() {
        let refused = check(directory(&[("users.db", "")]).path()).expect_err("empty").to_string();
        assert!(refused.contains("users.db is empty"), "{refused}");
    }

    #[test]
    fn what_a_first_start_had_not_finished_is_no_loss() {
        let directory =
            directory(&[("auth.db", "x"), ("gateway.db.new", ""), ("users.db.new", ""), ("admin.db.new", "")]);
        assert!(check(directory.path()).expect_err("one was never begun").to_string().contains("notifications.db"));
        fs::write(directory.path().join("notifications.db.new"), "").expect("written");
        assert!(check(directory.path()).expect("unfinished"));
    }
}
