//! The lock on a data directory: one process at a time.

use crate::private;
use fs4::FileExt;
use orion_contracts::ServiceName;
use orion_infra::ownership;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Holds a data directory until it is dropped or the process ends.
pub(crate) struct DataLock {
    _file: File,
}

/// Why the directory cannot be had.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum LockError {
    #[error(
        "{path} is used by another ORION (process {holder}). Stop that one first, or choose another directory with \
         --data-dir (ORION_DATA_DIR)"
    )]
    Taken { path: String, holder: String },
    #[error("data_dir (ORION_DATA_DIR): {path} cannot be used: {reason}")]
    Directory { path: String, reason: String },
}

/// How long a platform that starts asks: the system takes a moment to end a process that was killed.
pub(crate) const MOMENT: Duration = Duration::from_secs(1);
/// How long a command asks for a directory that another command may be done with in a moment.
pub(crate) const TURN: Duration = Duration::from_secs(5);
/// How often either asks.
const PAUSE: Duration = Duration::from_millis(50);

impl DataLock {
    /// Takes the lock when its turn comes within that time: of several commands at once each does its work. A platform that
    /// runs keeps it.
    pub(crate) async fn take_in_turn(directory: &Path, patience: Duration) -> Result<Self, LockError> {
        let asking = async {
            loop {
                match Self::take(directory) {
                    Err(LockError::Taken { .. }) => tokio::time::sleep(PAUSE).await,
                    taken_or_failed => return taken_or_failed,
                }
            }
        };
        tokio::time::timeout(patience, asking).await.unwrap_or_else(|_| Self::take(directory))
    }

    /// Takes the lock, making the directory when it is missing, and closes what lies there to others.
    pub(crate) fn take(directory: &Path) -> Result<Self, LockError> {
        let path = directory.display().to_string();
        let failed = |error| LockError::Directory { path: path.clone(), reason: reason(directory, &error) };
        private::make(directory).map_err(failed)?;
        let place = directory.join("orion.lock");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&place).map_err(|error| {
            let reason = ownership::reason(&place, &error);
            LockError::Directory { path: path.clone(), reason }
        })?;
        if FileExt::try_lock(&file).is_err() {
            let holder = fs::read_to_string(&place).unwrap_or_default();
            return Err(LockError::Taken { path, holder: holder.trim().to_owned() });
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        private::tighten(directory).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Whether a directory can be used, or made, by who asks. Nothing is made.
pub(crate) fn look(directory: &Path) -> Result<(), LockError> {
    let failed = |path: &Path, error: &io::Error| LockError::Directory {
        path: directory.display().to_string(),
        reason: reason(path, error),
    };
    // A bare name lies in the directory where the process was started.
    let place = |path: &Path| if path.as_os_str().is_empty() { Path::new(".").to_owned() } else { path.to_owned() };
    let there = directory.ancestors().map(place).find(|place| fs::symlink_metadata(place).is_ok());
    let there = there.unwrap_or_else(|| directory.to_owned());
    let is_directory = fs::metadata(&there).map_err(|error| failed(&there, &error))?.is_dir();
    if !is_directory {
        return Err(failed(&there, &ErrorKind::NotADirectory.into()));
    }
    let own = |name: &str| Some(directory.join(name)).filter(|path| path.exists());
    let files = ServiceName::ALL.iter().filter_map(|service| own(&format!("{service}.db"))).chain(own("orion.lock"));
    let usable = |path: &Path, access| {
        accessat(CWD, path, access, AtFlags::EACCESS).map_err(|error| failed(path, &error.into()))
    };
    usable(&there, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?;
    files.into_iter().try_for_each(|file| usable(&file, Access::READ_OK | Access::WRITE_OK))
}

/// Why a file or directory cannot be used.
fn reason(path: &Path, error: &io::Error) -> String {
    if path.is_file() && error.kind() != ErrorKind::PermissionDenied {
        return format!("{} is a file", path.display());
    }
    ownership::reason(path, error)
}

#[cfg(test)]
mod tests {
    use super::{DataLock, look};

    #[test]
    fn a_directory_is_held_by_one_at_a_time() {
        let directory = std::env::temp_dir().join(format!("orion-lock-{}", std::process::id()));
        let first = DataLock::take(&directory).expect("free");
        let refused = DataLock::take(&directory).err().expect("taken").to_string();
        assert!(refused.contains("used by another ORION") && refused.contains("--data-dir"), "{refused}");
        drop(first);
        assert!(DataLock::take(&directory).is_ok(), "free again");
        std::fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn a_directory_is_looked_at_and_not_made() {
        let parent = tempfile::tempdir().expect("a directory");
        let (fresh, file) = (parent.path().join("a/b"), parent.path().join("file"));
        std::fs::write(&file, "").expect("written");
        look(&fresh).expect("it can be made");
        assert!(!parent.path().join("a").exists());
        for wrong in [&file, &file.join("data")] {
            let refused = look(wrong).expect_err("a file").to_string();
            assert!(refused.contains("data_dir") && refused.contains("is a file"), "{refused}");
        }
        let nowhere = parent.path().join("nowhere");
        std::os::unix::fs::symlink(parent.path().join("missing"), &nowhere).expect("linked");
        look(&nowhere).expect_err("a link that leads nowhere");
    }
}
