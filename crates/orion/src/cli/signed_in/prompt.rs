//! Questions to whoever sits before the terminal. What is secret is not shown while it is typed.

use crate::cli::{Failure, output};
use clap::Args;
use std::io::{BufRead, IsTerminal, Write};

/// Whether somebody can be asked.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal()
}

/// Says something beside what a command answers.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", output::harmless(text));
}

/// Asks for a line.
pub(super) fn ask(question: &str) -> Result<String, Failure> {
    let mut out = std::io::stderr().lock();
    write!(out, "{}: ", output::on_one_line(question)).and_then(|()| out.flush())?;
    drop(out);
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line)? {
        0 => Err("nothing was typed".into()),
        _ => Ok(line.trim().to_owned()),
    }
}

/// Asks for a secret; from a pipe, for a line of it.
pub(super) fn ask_secret(question: &str) -> Result<zeroize::Zeroizing<String>, Failure> {
    if !is_possible() {
        let mut line = zeroize::Zeroizing::new(String::new());
        return match std::io::stdin().lock().read_line(&mut line)? {
            0 => {
                Err(format!("{question} is missing: there is no terminal to ask at, and nothing came by the pipe")
                    .into())
            }
            _ => Ok(zeroize::Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())),
        };
    }
    Ok(zeroize::Zeroizing::new(rpassword::prompt_password(format!("{question}: "))?))
}

/// Before what has no way back.
#[derive(Args)]
pub(crate) struct Sure {
    /// Ask nothing.
    #[arg(short, long)]
    yes: bool,
}

impl Sure {
    /// The same of what scripts do every day: asks where somebody sits at a terminal, and goes on where a program calls.
    pub(super) fn ask_where_possible(&self, what: &str) -> Result<(), Failure> {
        if is_possible() { self.ask(what, "yes") } else { Ok(()) }
    }

    /// Asks for a word to be typed, unless nothing is to be asked.
    pub(super) fn ask(&self, what: &str, word: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !is_possible() {
            return Err(format!("nothing is done: {what}, and there is no terminal to ask at; say --yes").into());
        }
        match ask(&format!("{what}. Type {word} to do it"))? {
            typed if typed == word => Ok(()),
            _ => Err("nothing is done".into()),
        }
    }
}
