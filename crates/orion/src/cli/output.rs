//! What commands print: tables for people, JSON for programs; errors on standard error. Who reads no further, as `head`
//! does, has seen enough: that is no failure.

use super::Output;
use comfy_table::{Table, presets};
use orion_contracts::unseen;
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
        return Ok(line(&json(&serde_json::to_string_pretty(values)?))?);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    table.add_rows(values.iter().map(|value| row(value).iter().map(|cell| on_one_line(cell)).collect::<Vec<_>>()));
    Ok(line(&table.trim_fmt())?)
}

/// Prints a text, or a value as JSON.
pub(super) fn value(output: Output, text: &str, value: &impl Serialize) -> Result<(), super::Failure> {
    match output {
        Output::Text => line(&harmless(text))?,
        Output::Json => line(&json(&serde_json::to_string(value)?))?,
    }
    Ok(())
}

/// Prints a file, or a value as JSON. What is kept or read again is as it is; on a terminal nothing steers.
pub(super) fn document(output: Output, text: &str, value: &impl Serialize) -> Result<(), super::Failure> {
    match output {
        Output::Text if !io::stdout().is_terminal() => Ok(bytes(text.as_bytes())?),
        _ => self::value(output, text.trim_end(), value),
    }
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

/// A text without what steers a terminal, turns the direction of writing or is not seen: names come from files and other people. Its
/// lines stay.
pub(super) fn harmless(text: &str) -> String {
    unseen::shown(text, |letter| matches!(letter, '\n' | '\t'))
}

/// The same on one line.
pub(super) fn on_one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

/// JSON in which nothing steers a terminal or hides: it means the same, for such characters stand in texts alone.
fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        // Between texts there are line ends alone.
        if letter == '\n' || !unseen::is_unseen(letter) {
            shown.push(letter);
            continue;
        }
        let mut units = [0; 2];
        letter.encode_utf16(&mut units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
    }
    shown
}

/// Prints why a command failed.
pub(super) fn error(output: Output, failure: &dyn std::error::Error) {
    if output == Output::Json {
        return complain(&json(&serde_json::json!({ "error": failure.to_string() }).to_string()));
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
    let is_json = words.windows(2).any(asks)
        || words.iter().any(|word| matches!(&**word, "-ojson" | "-o=json" | "--output=json"));
    if error.use_stderr() && is_json {
        let text = error.to_string();
        let text = text.trim().trim_start_matches("error: ");
        complain(&json(&serde_json::json!({ "error": text }).to_string()));
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Prints what a command line lacks.
pub(super) fn wrong(output: Output, words: &str) -> ExitCode {
    error(output, super::Failure::from(words).as_ref());
    ExitCode::from(2)
}

/// Prints what should be looked at, though it hinders nothing.
pub(super) fn warning(text: &str) {
    complain(&format!("warning: {}", harmless(text)));
}

/// Prints what belongs to an answer and is none of its rows.
pub(super) fn note(text: &str) {
    complain(&harmless(text));
}

/// Where nobody listens there is nobody to be told.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::{harmless, json, on_one_line};

    /// What steers a terminal, turns writing round, ends a line elsewhere, or is not seen.
    const HARMFUL: [char; 12] = [
        '\u{1b}',
        '\u{9b}',
        '\u{7f}',
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{202e}',
        '\u{2028}',
        '\u{2029}',
        '\u{2066}',
        '\u{feff}',
        '\u{e0041}',
    ];

    #[test]
    fn nothing_that_steers_or_hides_comes_to_a_terminal() {
        for letter in HARMFUL {
            let shown = harmless(&format!("a{letter}b"));
            assert_eq!(shown, format!("a{}b", letter.escape_unicode()));
        }
        assert_eq!(harmless("one\n\ttwo é 李小龍 Ada ❤\u{fe0f}"), "one\n\ttwo é 李小龍 Ada ❤\u{fe0f}");
        assert_eq!(on_one_line("one\ntwo"), "one\\ntwo");
    }

    #[test]
    fn json_means_the_same_and_hides_nothing() {
        let value = serde_json::json!({ "name": HARMFUL.iter().collect::<String>(), "lines": "a\nb" });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
            let shown = json(&text);
            assert!(!shown.contains(HARMFUL), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
        }
    }
}
