//! Files in a directory, which is made with the first of them.

use super::{Failed, ObjectsError};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A directory.
pub(super) struct Directory {
    path: PathBuf,
    opened: OnceLock<LocalFileSystem>,
}

impl Directory {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, opened: OnceLock::new() }
    }

    /// As it is called where it fails.
    pub(super) fn name(&self) -> String {
        format!("the directory of files at {}", self.path.display())
    }

    /// The directory, which is made if there is none.
    pub(super) fn store(&self) -> Result<&dyn ObjectStore, Failed> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let refused = |reason: &dyn std::fmt::Display| {
            ObjectsError(format!("objects.directory: {} cannot be used: {reason}", self.path.display()))
        };
        std::fs::create_dir_all(&self.path).map_err(|error| refused(&error))?;
        // What is answered stays, also when the machine loses its power.
        let made = LocalFileSystem::new_with_prefix(&self.path).map_err(|error| refused(&error))?.with_fsync(true);
        Ok(self.opened.get_or_init(|| made))
    }

    /// Whether it says that there is no such file, as the system does.
    pub(super) fn is_no_such_file(error: &object_store::Error) -> bool {
        let object_store::Error::NotFound { source, .. } = error else { return false };
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**source);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<std::io::Error>() {
                return error.kind() == std::io::ErrorKind::NotFound;
            }
            cause = error.source();
        }
        false
    }

    /// What a process leaves that is killed while it writes: a file is written beside its place, and moved there.
    pub(super) async fn delete_draft(&self, name: &str) {
        let _ = tokio::fs::remove_file(self.path.join(format!("{name}#1"))).await;
    }
}
