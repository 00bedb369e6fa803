//! What commands print: tables for people, JSON for programs; errors on standard error. Who reads no further, as `head`
//! does, has seen enough: that is no failure.

use super::Output;
use comfy_table::{Table, presets};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// How a moment is written.
pub(super) const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

/// Prints rows as a table, or the values as JSON.
pub(super) fn rows<T: Serialize>(
    output: Output,
    values: &[T],
    header: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<(), super::Failure> {
    if output == Output::Json {
        return Ok(line(&serde_json::to_string_pretty(values)?)?);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    table.add_rows(values.iter().map(row));
    Ok(line(&table.trim_fmt())?)
}

/// Prints a text, or a value as JSON.
pub(super) fn value(output: Output, text: &str, value: &impl Serialize) -> Result<(), super::Failure> {
    match output {
        Output::Text => line(text)?,
        Output::Json => line(&serde_json::to_string(value)?)?,
    }
    Ok(())
}

/// Prints bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| io::Error::new(error.kind(), format!("standard output: {error}"))),
    }
}

fn line(text: &str) -> io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// A text without what steers a terminal or turns the direction of writing: names come from files and other people. Its lines stay.
pub(super) fn harmless(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let shown = |letter: char| match steers(letter) {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Prints why a command failed.
pub(super) fn error(output: Output, failure: &dyn std::error::Error) {
    if output == Output::Json {
        return complain(&serde_json::json!({ "error": failure.to_string() }).to_string());
    }
    let label = if io::stderr().is_terminal() { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
    complain(&format!("{label} {}", harmless(&failure.to_string())));
}

/// Prints what is wrong with the words of the command line, or the help that they ask for. Which output they ask for is not
/// known yet, for they could not be read: it is looked for among them.
#[allow(clippy::disallowed_methods, reason = "the command line is read here and by clap")]
pub(super) fn misuse(error: &clap::Error) -> ExitCode {
    let words: Vec<_> = std::env::args().collect();
    let asks = |pair: &[String]| matches!(pair, [flag, form] if matches!(&**flag, "-o" | "--output") && form == "json");
    let is_json = words.windows(2).any(asks) || words.iter().any(|word| matches!(&**word, "-ojson" | "--output=json"));
    if error.use_stderr() && is_json {
        complain(&serde_json::json!({ "error": error.to_string() }).to_string());
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Prints what should be looked at, though it hinders nothing.
pub(super) fn warning(text: &str) {
    complain(&format!("warning: {}", harmless(text)));
}

/// Prints what belongs to an answer and is none of its rows.
pub(super) fn note(text: &str) {
    complain(text);
}

/// Where nobody listens there is nobody to be told.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
