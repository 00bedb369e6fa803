//! The configuration's file, followed while the process runs: what of it may change is applied when it was saved. A file that
//! is wrong changes nothing, and is told of.
//!
//! It is looked at four times a second, by name, size and time. Being told by the system instead would be faster by a blink, and
//! tells nothing on network file systems and of what Kubernetes mounts, where the name comes to be that of another file; a look
//! costs microseconds and sees all of them.

use crate::config::{Config, ConfigError, Sources, differing};
use crate::settings::ProcessSettings;
use orion_infra::Clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often it is looked at. What was written is applied once it looks the same twice: whoever writes in pieces is waited for.
const LOOK: Duration = Duration::from_millis(250);
/// For how many looks a file may be away: editors put another one in its place.
const AWAY: u32 = 20;
/// How much is told of what is wrong: it travels with what the gateway says of itself.
const TOLD: usize = 3;
/// The longest reason that is told, in characters.
const TOLD_CHARACTERS: usize = 200;

/// By what a file is known to be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Looks {
    length: u64,
    modified: Option<SystemTime>,
    place: (u64, u64),
}

impl Looks {
    /// Of the file, or where it has been put that is called so.
    fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self { length: found.len(), modified: found.modified().ok(), place: place(&found) })
    }
}

#[cfg(unix)]
fn place(found: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn place(_: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// What is to be done after a look.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Wait,
    Read,
    /// It has been away for too long.
    Missing,
}

/// What was seen of a file so far.
struct Watch {
    /// As it was when it was read.
    read: Option<Looks>,
    /// As it was at the last look.
    last: Option<Looks>,
    away: u32,
}

impl Watch {
    fn look(&mut self, now: Option<Looks>) -> Next {
        let is_settled = now == self.last;
        self.last.clone_from(&now);
        self.away = if now.is_none() { self.away.saturating_add(1) } else { 0 };
        match now {
            None if self.away == AWAY => {
                // The same file that comes back is read again, so that it is told to be well.
                self.read = None;
                Next::Missing
            }
            Some(_) if is_settled && now != self.read => {
                self.read = now;
                Next::Read
            }
            _ => Next::Wait,
        }
    }
}

/// A file that is followed.
pub(crate) struct WatchedFile {
    path: PathBuf,
    sources: Sources,
    /// The configuration as it was read at the start.
    start: Config,
}

impl WatchedFile {
    /// Of a process that was started with these; none where they name no file.
    pub(crate) fn of(sources: Sources) -> Option<Self> {
        let path = sources.file_path()?;
        // What the process has begun with was read a moment ago.
        let (start, _) = Config::load(&sources).ok()?;
        Some(Self { path, sources, start })
    }

    /// Follows it until told to stop.
    pub(crate) async fn follow(self: Arc<Self>, settings: Arc<ProcessSettings>, clock: Clock, stop: CancellationToken) {
        // It is read once more than needed: what changed while the process began is seen.
        let mut watch = Watch { read: None, last: None, away: 0 };
        while stop.run_until_cancelled(clock.sleep(LOOK)).await.is_some() {
            match watch.look(Looks::of(&self.path)) {
                Next::Wait => {}
                Next::Read => {
                    let (file, settings) = (self.clone(), settings.clone());
                    // A file of ten thousand routes takes a while, and one on a network may.
                    if let Err(error) = tokio::task::spawn_blocking(move || file.apply(&settings)).await {
                        tracing::error!(%error, "the file could not be looked at");
                    }
                }
                Next::Missing => {
                    let told = format!("{} is not there", self.path.display());
                    tracing::error!(file = %self.path.display(), "the file is not there; what it said is in force");
                    settings.refuse_file(vec![told]);
                }
            }
        }
    }

    fn apply(&self, settings: &ProcessSettings) {
        match Config::load(&self.sources) {
            Ok((config, _)) => {
                let later: Vec<_> = differing(&self.start, &config)
                    .into_iter()
                    .filter(|key| !MAY_CHANGE.contains(&key.as_str()))
                    .collect();
                if !later.is_empty() {
                    let keys = later.join(", ");
                    tracing::warn!(keys, "what the file says of these keys by now counts from the next start on");
                }
                settings.apply_file(config);
            }
            Err(ConfigError(problems)) => {
                for problem in &problems {
                    tracing::error!(%problem, "the file cannot be applied; what it said before is in force");
                }
                let cut = |text: String| text.chars().take(TOLD_CHARACTERS).collect();
                let mut told: Vec<String> = problems.iter().take(TOLD).map(ToString::to_string).map(cut).collect();
                if problems.len() > TOLD {
                    told.push(format!("and {} more, in the log of the process", problems.len() - TOLD));
                }
                settings.refuse_file(told);
            }
        }
    }
}

/// The keys of the file that are applied while the process runs. Others that may change do so as settings, over the API.
const MAY_CHANGE: &[&str] = &["gateway.routes", "gateway.upstreams"];

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(length: u64, second: u64) -> Option<Looks> {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        Some(Looks { length, modified, place: (1, 1) })
    }

    fn watch() -> Watch {
        Watch { read: looks(10, 1), last: looks(10, 1), away: 0 }
    }

    #[test]
    fn what_is_being_written_is_waited_for_and_read_once() {
        let mut watch = watch();
        assert_eq!(watch.look(looks(10, 1)), Next::Wait);
        assert_eq!(watch.look(looks(0, 2)), Next::Wait, "emptied");
        assert_eq!(watch.look(looks(7, 2)), Next::Wait, "half of it");
        assert_eq!(watch.look(looks(12, 2)), Next::Wait, "all of it, perhaps");
        assert_eq!(watch.look(looks(12, 2)), Next::Read);
        assert_eq!(watch.look(looks(12, 2)), Next::Wait);
    }

    #[test]
    fn another_file_of_the_same_size_and_time_is_seen_by_its_place() {
        let (mut watch, other) = (watch(), Looks { place: (1, 2), ..looks(10, 1).expect("looks") });
        assert_eq!(watch.look(None), Next::Wait, "between two renames");
        assert_eq!(watch.look(Some(other.clone())), Next::Wait);
        assert_eq!(watch.look(Some(other)), Next::Read);
    }

    #[test]
    fn a_file_that_stays_away_is_told_of_once_and_read_when_it_comes_back() {
        let mut watch = watch();
        let told: Vec<_> = (0..60).map(|_| watch.look(None)).filter(|next| *next != Next::Wait).collect();
        assert_eq!(told, [Next::Missing]);
        assert_eq!(watch.look(looks(10, 1)), Next::Wait);
        assert_eq!(watch.look(looks(10, 1)), Next::Read, "so that it is told to be well");
    }
}
