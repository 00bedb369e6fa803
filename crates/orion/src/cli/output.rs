//! What commands print: tables for people, JSON for programs; errors on standard error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use super::Output;
use comfy_table::{Table, presets};
use serde::Serialize;
use std::io::IsTerminal;

/// Prints rows as a table, or the values as JSON.
pub(super) fn rows<T: Serialize>(
    output: Output,
    values: &[T],
    header: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<(), super::Failure> {
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(values)?);
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    table.add_rows(values.iter().map(row));
    println!("{}", table.trim_fmt());
    Ok(())
}

/// Prints a text, or a value as JSON.
pub(super) fn value(output: Output, text: &str, value: &impl Serialize) -> Result<(), super::Failure> {
    match output {
        Output::Text => println!("{text}"),
        Output::Json => println!("{}", serde_json::to_string(value)?),
    }
    Ok(())
}

/// Prints why a command failed.
pub(super) fn error(failure: &dyn std::error::Error) {
    let label = if std::io::stderr().is_terminal() { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
    eprintln!("{label} {failure}");
}
