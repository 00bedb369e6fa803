//! What writes the access log: one thread, to standard output or to a file that may be moved away while it is written.

use prometheus::IntCounter;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender};

/// What the thread is given.
pub(super) enum Given {
    /// Lines to write.
    Lines(String),
    /// Somebody who is told once everything before is written.
    Waiting(SyncSender<()>),
}

/// Where lines are written.
pub(super) enum Output {
    Stdout,
    File(PathBuf, File),
}

impl Output {
    /// A file that lines are added to.
    pub(super) fn file(path: PathBuf) -> io::Result<Self> {
        let file = open(&path)?;
        Ok(Self::File(path, file))
    }

    /// Writes what comes, until nobody is left to give anything. Lines that cannot be written are counted.
    pub(super) fn write_all(mut self, given: Receiver<Given>, lost: &IntCounter) {
        for given in given {
            match given {
                Given::Lines(lines) if self.write(&lines).is_err() => lost.inc_by(lines.lines().count() as u64),
                Given::Lines(_) => {}
                // Whoever has stopped waiting need not be told.
                Given::Waiting(waiting) => drop(waiting.try_send(())),
            }
        }
    }

    fn write(&mut self, lines: &str) -> io::Result<()> {
        self.follow();
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush())
            }
            Self::File(_, file) => file.write_all(lines.as_bytes()),
        }
    }

    /// Begins a new file where the present one was moved away or deleted, as those do who rotate logs.
    fn follow(&mut self) {
        let Self::File(path, file) = self else { return };
        let place = |data: std::fs::Metadata| (data.dev(), data.ino());
        let there = std::fs::metadata(&*path).ok().map(place);
        if there.is_some() && there == file.metadata().ok().map(place) {
            return;
        }
        match open(path) {
            Ok(new) => *file = new,
            // The lines are kept in the old one, as long as there is no other.
            Err(error) => tracing::warn!(path = %path.display(), %error, "a new access log cannot be begun"),
        }
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    // Who asked for what is not everybody's business on this machine.
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}
