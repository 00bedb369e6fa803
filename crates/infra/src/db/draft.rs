//! A SQLite database that is made beside its place, and moved there once it is whole. It is synced once instead of at every
//! step, and what a crash leaves half made is never opened.

use super::Db;
use fs4::FileExt;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A database that is not in its place yet. Whoever else wants to make the same one waits until it is settled or dropped.
pub struct Draft {
    place: PathBuf,
    file: PathBuf,
    _lock: File,
}

impl Draft {
    /// Begins one; none when the database is already there.
    pub(super) fn begin(place: &Path) -> io::Result<Option<Self>> {
        if place.exists() {
            return Ok(None);
        }
        let file = unfinished(place);
        // The journals beside it, and it in its place, have the rights that it begins with.
        let mut options = OpenOptions::new();
        let lock = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&file)?;
        FileExt::lock(&lock)?;
        // Another process may have settled it meanwhile: then this is its file, and in its place.
        if place.exists() {
            return Ok(None);
        }
        lock.set_len(0)?;
        // A journal beside the place belongs to a database that is gone; SQLite would write it into the new one.
        for rest in [beside(&file, "-wal"), beside(&file, "-shm"), beside(place, "-wal"), beside(place, "-shm")] {
            match fs::remove_file(rest) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Some(Self { place: place.to_owned(), file, _lock: lock }))
    }

    /// Where it is made.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Closes the finished database and moves it to its place, where a loss of power does not undo it.
    pub async fn settle(self, db: &Db) -> io::Result<()> {
        db.close().await;
        tokio::task::spawn_blocking(move || self.put_in_place()).await.map_err(io::Error::other)?
    }

    fn put_in_place(self) -> io::Result<()> {
        if beside(&self.file, "-wal").exists() {
            return Err(io::Error::other("the new database was not closed"));
        }
        File::open(&self.file)?.sync_all()?;
        fs::rename(&self.file, &self.place)?;
        File::open(self.place.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// Where a database is made.
pub(super) fn unfinished(place: &Path) -> PathBuf {
    beside(place, ".new")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::{Draft, beside};
    use std::fs;

    #[test]
    fn what_a_crash_left_is_made_anew_and_what_is_there_is_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("auth.db");
        fs::write(beside(&place, ".new"), "half").expect("written");
        fs::write(beside(&place, ".new-wal"), "half").expect("written");
        fs::write(beside(&place, "-wal"), "of a database that is gone").expect("written");
        let draft = Draft::begin(&place).expect("begun").expect("nothing there yet");
        assert_eq!(fs::read(draft.file()).expect("read"), b"");
        fs::write(draft.file(), "whole").expect("written");
        draft.put_in_place().expect("moved");
        assert_eq!(fs::read(&place).expect("read"), b"whole");
        assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 1, "nothing else is left");
        assert!(Draft::begin(&place).expect("looked").is_none());
    }

    #[test]
    fn of_two_who_make_the_same_one_waits_and_finds_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("auth.db");
        let first = Draft::begin(&place).expect("begun").expect("nothing there yet");
        let other = std::thread::spawn({
            let place = place.clone();
            move || Draft::begin(&place).expect("looked").is_none()
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!other.is_finished());
        first.put_in_place().expect("moved");
        assert!(other.join().expect("no panic"), "it found what the first had made");
    }
}
