//! The access log: one line per request, built per core without a lock and written by one thread. A reader that is too
//! slow loses lines, which are counted, instead of holding requests up.

use chrono::{DateTime, SecondsFormat, Utc};
use prometheus::IntCounter;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

/// Bytes that a core collects before it hands them on.
const BUFFER: usize = 32 * 1024;
/// Buffers that may wait for the writing thread.
const QUEUE: usize = 64;

/// Where lines go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessSink {
    /// Nowhere.
    Off,
    /// Standard output.
    #[default]
    Stdout,
    /// A file, appended to.
    File(PathBuf),
}

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessFormat {
    /// A JSON object.
    #[default]
    Json,
    /// For people.
    Human,
}

/// Where lines go and how they look.
#[derive(Debug, Clone, Default)]
pub struct AccessLogSettings {
    /// Where.
    pub sink: AccessSink,
    /// How.
    pub format: AccessFormat,
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
    /// The answer's status.
    pub status: u16,
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
    lines: Option<SyncSender<String>>,
    format: AccessFormat,
    dropped: IntCounter,
}

impl AccessLog {
    /// Opens the log and starts its thread, which ends when the last core has let go of it.
    pub fn open(settings: &AccessLogSettings, dropped: IntCounter) -> io::Result<Self> {
        let mut output: Box<dyn Write + Send> = match &settings.sink {
            AccessSink::Off => return Ok(Self { lines: None, format: settings.format, dropped }),
            AccessSink::Stdout => Box::new(io::stdout()),
            AccessSink::File(path) => Box::new(OpenOptions::new().create(true).append(true).open(path)?),
        };
        let (sender, receiver) = sync_channel::<String>(QUEUE);
        let lost = dropped.clone();
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || {
            for lines in receiver {
                if output.write_all(lines.as_bytes()).and_then(|()| output.flush()).is_err() {
                    lost.inc_by(lines.lines().count() as u64);
                }
            }
        })?;
        Ok(Self { lines: Some(sender), format: settings.format, dropped })
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
            // Writing to a String cannot fail.
            let _ = match self.log.format {
                AccessFormat::Json => self.json(&mut lines, entry),
                AccessFormat::Human => self.human(&mut lines, entry),
            };
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
        if let Err(error) = sender.try_send(full) {
            let (std::sync::mpsc::TrySendError::Full(lost) | std::sync::mpsc::TrySendError::Disconnected(lost)) = error;
            self.log.dropped.inc_by(lost.lines().count() as u64);
        }
    }

    fn time(&self, out: &mut String, time: DateTime<Utc>) -> std::fmt::Result {
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
        Ok(())
    }

    fn json(&self, out: &mut String, entry: &AccessEntry<'_>) -> std::fmt::Result {
        out.push_str("{\"timestamp\":\"");
        self.time(out, entry.time)?;
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
        out.push_str("}\n");
        Ok(())
    }

    fn human(&self, out: &mut String, entry: &AccessEntry<'_>) -> std::fmt::Result {
        self.time(out, entry.time)?;
        let duration = entry.duration.as_secs_f64() * 1000.0;
        write!(out, " {} {} ", entry.status, entry.method)?;
        escape(out, entry.path);
        writeln!(
            out,
            " {duration:.1}ms {} in {} out {} {} {}",
            entry.received, entry.sent, entry.client, entry.route, entry.request_id
        )
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
    use super::{AccessEntry, AccessFormat, AccessLog, AccessLogSettings, AccessSink};
    use chrono::DateTime;
    use prometheus::IntCounter;
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
            status: 200,
            duration: Duration::from_micros(1500),
            received: 1,
            sent: 2,
        }
    }

    #[test]
    fn lines_reach_the_file_as_json_whatever_the_path_holds() {
        let path = std::env::temp_dir().join(format!("orion-access-{}.log", std::process::id()));
        let settings = AccessLogSettings { sink: AccessSink::File(path.clone()), format: AccessFormat::Json };
        let log = AccessLog::open(&settings, IntCounter::new("dropped", "dropped").expect("a counter")).expect("open");
        let buffer = log.buffer();
        buffer.write(&entry("/a\"b\\c\n\u{1b}[31m\u{1f600}"));
        buffer.flush();
        let text = (0..200)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(5));
                std::fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n'))
            })
            .expect("a line");
        let _ = std::fs::remove_file(&path);
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["path"], "/a\"b\\c\n\u{1b}[31m\u{1f600}");
        assert_eq!((&line["status"], &line["timestamp"]), (&200.into(), &"2027-01-15T08:00:00.007Z".into()));
    }
}
