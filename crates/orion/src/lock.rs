//! The lock on a data directory: one process at a time.

use fs4::FileExt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
    #[error("data_dir (ORION_DATA_DIR): {path} cannot be used: {error}")]
    Directory { path: String, error: io::Error },
}

/// How often, and how many times, a command asks for a directory that another one may be done with in a moment.
const TURN: (Duration, u32) = (Duration::from_millis(50), 100);

impl DataLock {
    /// Takes the lock when its turn comes: of several commands at once each does its work. A platform that runs keeps it.
    pub(crate) async fn take_in_turn(directory: &Path) -> Result<Self, LockError> {
        let (pause, times) = TURN;
        for _ in 0..times {
            match Self::take(directory) {
                Err(LockError::Taken { .. }) => tokio::time::sleep(pause).await,
                taken_or_failed => return taken_or_failed,
            }
        }
        Self::take(directory)
    }

    /// Takes the lock, making the directory when it is missing.
    pub(crate) fn take(directory: &Path) -> Result<Self, LockError> {
        let path = directory.display().to_string();
        let failed = |error| LockError::Directory { path: path.clone(), error };
        fs::create_dir_all(directory).map_err(failed)?;
        let place = directory.join("orion.lock");
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&place).map_err(failed)?;
        if FileExt::try_lock(&file).is_err() {
            let holder = fs::read_to_string(&place).unwrap_or_default();
            return Err(LockError::Taken { path, holder: holder.trim().to_owned() });
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::DataLock;

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
}
