//! The access log: one line per request, built per core without a lock and written by one thread. A reader that is too
//! slow loses lines, which are counted, instead of holding requests up.

use super::Outcome;
use super::access_file::{Given, Output};
use chrono::{DateTime, SecondsFormat, Utc};
use prometheus::IntCounter;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Bytes that a core collects before it hands them on.
const BUFFER: usize = 32 * 1024;
/// Buffers that may wait for the writing thread.
const QUEUE: usize = 64;
/// How often, and how long each time, the last lines are waited for.
const ROUNDS: u32 = 10;
const ROUND: Duration = Duration::from_millis(50);

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessSink {
    /// Nowhere.
    Off,
    /// Standard output.
    Stdout,
    /// A file, appended to.
    File(PathBuf),
}

/// What is said of a request. Never its query: secrets travel there.
pub struct AccessEntry<'a> {
    /// When it ended.
    pub time: DateTime<Utc>,
    /// Its id.
    pub request_id: &'a str,
    /// Who sent it.
    pub client: &'a str,
    /// The user, when a token said so.
    pub user: Option<&'a str>,
    /// Its method.
    pub method: &'a str,
    /// Its path, without the query.
    pub path: &'a str,
    /// The route's name.
    pub route: &'a str,
    /// What the exchange came to: the answer's status, or another one when it broke off half-way.
    pub status: u16,
    /// What the client was told, when that is something else.
    pub answered: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
    /// Bytes of the request's body.
    pub received: u64,
    /// Bytes of the answer's body.
    pub sent: u64,
}

/// The way to the writing thread, one clone per core.
#[derive(Clone)]
pub struct AccessLog {
    lines: Option<SyncSender<Given>>,
    dropped: IntCounter,
}

impl AccessLog {
    /// Opens the log and starts its thread, which ends when the last core has let go of it.
    pub fn open(sink: AccessSink, dropped: IntCounter) -> io::Result<Self> {
        let output = match sink {
            AccessSink::Off => return Ok(Self { lines: None, dropped }),
            AccessSink::Stdout => Output::Stdout,
            AccessSink::File(path) => Output::file(path)?,
        };
        let (sender, receiver) = sync_channel(QUEUE);
        let lost = dropped.clone();
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || output.write_all(receiver, &lost))?;
        Ok(Self { lines: Some(sender), dropped })
    }

    /// Waits until all lines that were handed on are written; half a second at most, for their reader may have stopped.
    pub fn settle(&self) {
        let Some(sender) = &self.lines else { return };
        let (written, told) = sync_channel(1);
        for _ in 0..ROUNDS {
            let _ = sender.try_send(Given::Waiting(written.clone()));
            if told.recv_timeout(ROUND).is_ok() {
                return;
            }
        }
    }

    /// A buffer for one core.
    pub fn buffer(&self) -> AccessBuffer {
        AccessBuffer { log: self.clone(), lines: RefCell::default(), second: RefCell::default() }
    }
}

/// One core's lines that have not been handed on.
pub struct AccessBuffer {
    log: AccessLog,
    lines: RefCell<String>,
    /// The last second that was written, and its text: most lines share it.
    second: RefCell<(i64, String)>,
}

impl AccessBuffer {
    /// Whether lines go anywhere.
    pub fn is_on(&self) -> bool {
        self.log.lines.is_some()
    }

    /// Adds a line.
    pub fn write(&self, entry: &AccessEntry<'_>) {
        if !self.is_on() {
            return;
        }
        let full = {
            let mut lines = self.lines.borrow_mut();
            self.json(&mut lines, entry);
            lines.len() >= BUFFER
        };
        if full {
            self.flush();
        }
    }

    /// Hands all lines on.
    pub fn flush(&self) {
        let mut lines = self.lines.borrow_mut();
        let Some(sender) = &self.log.lines else { return };
        if lines.is_empty() {
            return;
        }
        let full = std::mem::replace(&mut *lines, String::with_capacity(BUFFER + 1024));
        if let Err(TrySendError::Full(Given::Lines(lost)) | TrySendError::Disconnected(Given::Lines(lost))) =
            sender.try_send(Given::Lines(full))
        {
            self.log.dropped.inc_by(lost.lines().count() as u64);
        }
    }

    fn time(&self, out: &mut String, time: DateTime<Utc>) {
        let mut second = self.second.borrow_mut();
        if second.0 != time.timestamp() {
            let text = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            *second = (time.timestamp(), text.trim_end_matches('Z').to_owned());
        }
        out.push_str(&second.1);
        let thousandths = time.timestamp_subsec_millis() % 1000;
        out.push('.');
        out.extend(
            [thousandths / 100, thousandths / 10 % 10, thousandths % 10].map(|digit| char::from(b'0' + digit as u8)),
        );
        out.push('Z');
    }

    fn json(&self, out: &mut String, entry: &AccessEntry<'_>) {
        out.push_str("{\"timestamp\":\"");
        self.time(out, entry.time);
        out.push_str("\",\"target\":\"access\",\"service\":\"gateway\",\"request_id\":\"");
        escape(out, entry.request_id);
        out.push_str("\",\"client\":\"");
        escape(out, entry.client);
        out.push_str("\",\"method\":\"");
        escape(out, entry.method);
        out.push_str("\",\"path\":\"");
        escape(out, entry.path);
        out.push_str("\",\"route\":\"");
        escape(out, entry.route);
        if let Some(user) = entry.user {
            out.push_str("\",\"user\":\"");
            escape(out, user);
        }
        out.push_str("\",\"outcome\":\"");
        out.push_str(entry.outcome.name());
        // Numbers are written without the formatter, which costs more than the rest of the line.
        for (name, number) in [
            ("\",\"status\":", u64::from(entry.status)),
            (",\"duration_us\":", entry.duration.as_micros() as u64),
            (",\"received\":", entry.received),
            (",\"sent\":", entry.sent),
        ] {
            out.push_str(name);
            out.push_str(itoa::Buffer::new().format(number));
        }
        if let Some(told) = entry.answered {
            out.push_str(",\"answered\":");
            out.push_str(itoa::Buffer::new().format(told));
        }
        out.push_str("}\n");
    }
}

/// Appends text as the inside of a JSON string; nothing that could forge a line or steer a terminal passes.
fn escape(out: &mut String, text: &str) {
    let plain = |byte: &u8| (0x20..0x7f).contains(byte) && !matches!(byte, b'"' | b'\\');
    if text.as_bytes().iter().all(plain) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessEntry, AccessLog, AccessSink, Outcome};
    use chrono::DateTime;
    use prometheus::IntCounter;
    use std::path::PathBuf;
    use std::time::Duration;

    fn entry(path: &str) -> AccessEntry<'_> {
        AccessEntry {
            time: DateTime::from_timestamp(1_800_000_000, 7_000_000).expect("a time"),
            request_id: "id",
            client: "127.0.0.1",
            user: None,
            method: "GET",
            path,
            route: "shop",
            status: 502,
            answered: Some(200),
            outcome: Outcome::UpstreamBroke,
            duration: Duration::from_micros(1500),
            received: 1,
            sent: 2,
        }
    }

    fn open(name: &str) -> (AccessLog, PathBuf) {
        let path = std::env::temp_dir().join(format!("orion-access-{name}-{}.log", std::process::id()));
        let dropped = IntCounter::new("dropped", "dropped").expect("a counter");
        (AccessLog::open(AccessSink::File(path.clone()), dropped).expect("open"), path)
    }

    #[test]
    fn lines_reach_the_file_as_json_whatever_the_path_holds() {
        let (log, path) = open("json");
        let buffer = log.buffer();
        buffer.write(&entry("/a\"b\\c\n\u{1b}[31m\u{1f600}"));
        buffer.flush();
        log.settle();
        let text = std::fs::read_to_string(&path).expect("a file");
        let _ = std::fs::remove_file(&path);
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["path"], "/a\"b\\c\n\u{1b}[31m\u{1f600}");
        assert_eq!((&line["status"], &line["timestamp"]), (&502.into(), &"2027-01-15T08:00:00.007Z".into()));
        assert_eq!((&line["answered"], &line["outcome"]), (&200.into(), &"upstream_broke".into()));
    }

    #[test]
    fn all_lines_are_written_when_it_has_settled() {
        let (log, path) = open("settled");
        let buffer = log.buffer();
        (0..2_000).for_each(|_| buffer.write(&entry("/a/path/that/is/not/short")));
        buffer.flush();
        log.settle();
        let text = std::fs::read_to_string(&path).expect("a file");
        let _ = std::fs::remove_file(&path);
        assert_eq!(text.lines().count(), 2_000);
    }

    #[test]
    fn a_file_that_is_moved_away_is_followed_by_a_new_one() {
        let (log, path) = open("moved");
        let (buffer, moved) = (log.buffer(), path.with_extension("1"));
        let write = |path: &str| {
            buffer.write(&entry(path));
            buffer.flush();
            log.settle();
        };
        write("/before");
        std::fs::rename(&path, &moved).expect("moved");
        write("/after");
        let texts = [&moved, &path].map(|path| std::fs::read_to_string(path).expect("a file"));
        let _ = [&moved, &path].map(std::fs::remove_file);
        assert!(texts[0].contains("/before") && !texts[0].contains("/after"), "{texts:?}");
        assert!(texts[1].contains("/after"), "{texts:?}");
    }
}
