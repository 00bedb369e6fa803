//! Why a call was not done, as somebody reads it who types commands: what the platform names by an address of its API or a field of a body is
//! named here by the command or the flag that it is.

use crate::cli::{Failure, output};
use orion_contracts::{FieldError, Problem, pointers};

/// Why a call was not done.
#[derive(Debug)]
pub(super) enum Refused {
    /// The platform says why.
    Problem(Box<Problem>),
    /// It says nothing that can be read.
    Away(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(text) => f.write_str(text),
            Self::Problem(problem) => write(f, problem, flag),
        }
    }
}

impl std::error::Error for Refused {}

/// The same of a call that a file made: it has fields, and no flags.
pub(super) fn of_file(failure: &Failure) -> String {
    struct OfFile<'a>(&'a Problem);
    impl std::fmt::Display for OfFile<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write(f, self.0, |_| None)
        }
    }
    match failure.downcast_ref() {
        Some(Refused::Problem(problem)) => OfFile(problem).to_string(),
        Some(Refused::Away(_)) | None => failure.to_string(),
    }
}

fn write(
    f: &mut std::fmt::Formatter<'_>,
    problem: &Problem,
    named: impl Fn(&str) -> Option<String>,
) -> std::fmt::Result {
    f.write_str(&told(problem.detail.as_deref().unwrap_or(&problem.title)))?;
    if let Some(seconds) = problem.retry_after {
        write!(f, " Try again in {seconds} s.")?;
    }
    problem.errors.iter().try_for_each(|error| {
        let FieldError { field, message, .. } = error;
        let field = named(field).unwrap_or_else(|| output::on_one_line(field));
        write!(f, "\n  {field}: {}", told(message))?;
        match HELP.iter().find(|(of, _)| *of == error.field) {
            Some((_, help)) => write!(f, "; {help}"),
            None => Ok(()),
        }
    })
}

/// Fields of bodies, and the flags by which commands fill them, where that is another word.
const FLAGS: [(&str, &str); 13] = [
    ("condition", "--when"),
    ("display_name", "--display-name"),
    ("expires_at", "--until"),
    ("first_name", "--first-name"),
    ("last_name", "--last-name"),
    ("organisation_id", "--organisation"),
    ("overlap_seconds", "--overlap"),
    ("owner_id", "--owner"),
    ("rate_limit", "--rate-limit"),
    ("roles", "--role"),
    ("scopes", "--scope"),
    ("social_links", "--link"),
    ("team_id", "--team"),
];

/// What else helps where a field is wrong.
const HELP: [(&str, &str); 1] =
    [("team_id", "`orion team list` lists those of an organisation, and `orion team add` puts a member into one")];

/// What answers name by its address, and by which command that is done.
const COMMANDS: [(&str, &str); pointers::ALL.len()] = [
    (pointers::PERMISSIONS, "`orion permission list` lists them"),
    (pointers::ROLES_INSIDE, "`orion role list` lists them, with the scopes org and team"),
    (pointers::TRANSFER, "Hand it over by `orion organisation transfer`"),
    (pointers::MEMBERS, "`orion organisation give` and `orion organisation take` give and take it"),
    (pointers::STEP_UP, "Sign in again with `orion login`"),
    (pointers::RESTORE, "by `orion user reactivate`"),
    (pointers::NOT_ACTING, "or you do not act for it: `orion organisation use SLUG` acts for it from then on"),
];

/// Fields that flags fill whose word is the same.
const SAME: [&str; 15] = [
    "bio",
    "description",
    "level",
    "locale",
    "location",
    "metadata",
    "parent",
    "phone",
    "reason",
    "role",
    "slug",
    "tags",
    "timezone",
    "username",
    "website",
];

fn flag(field: &str) -> Option<String> {
    let other = FLAGS.iter().find(|(of, _)| *of == field).map(|(_, flag)| (*flag).to_owned());
    other.or_else(|| SAME.contains(&field).then(|| format!("--{field}")))
}

/// What a command has come to that names something by its id; where there is nothing of that id, with the command that lists what there is.
pub(super) fn listed<T>(outcome: Result<T, Failure>, list: &str) -> Result<T, Failure> {
    outcome.map_err(|failure| match status_of(&failure) {
        Some(404) => format!("{failure} `{list}` shows what there is.").into(),
        _ => failure,
    })
}

/// The same on one line: names of others stand in answers.
fn told(text: &str) -> String {
    output::on_one_line(&by_command(text))
}

/// An answer as somebody reads it who types commands.
fn by_command(text: &str) -> String {
    COMMANDS.iter().fold(text.to_owned(), |text, (address, command)| text.replace(address, command))
}

/// The HTTP status by which the platform refused, where it did.
pub(super) fn status_of(failure: &Failure) -> Option<u16> {
    match failure.downcast_ref()? {
        Refused::Problem(problem) => Some(problem.status),
        Refused::Away(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;
    use orion_contracts::FieldCode;

    #[test]
    fn what_is_named_by_its_address_is_told_by_its_command() {
        for address in pointers::ALL {
            let told = by_command(&format!("There is none, {address}."));
            assert!(told.contains("`orion ") && !told.contains("/api/"), "{told}");
        }
    }

    /// The flags of a command and those below it.
    fn flags(command: &clap::Command) -> Vec<String> {
        let own = command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?)));
        own.chain(command.get_subcommands().flat_map(flags)).collect()
    }

    #[test]
    fn a_field_is_told_by_no_flag_that_there_is_not() {
        let known = flags(&Cli::command());
        for field in FLAGS.iter().map(|(field, _)| *field).chain(SAME) {
            let flag = flag(field).expect("a flag");
            assert!(known.contains(&flag), "{field} is told as {flag}, which no command has");
        }
    }

    #[test]
    fn a_field_is_told_by_its_flag_but_of_a_file() {
        let problem = || Problem::validation().field("expires_at", FieldCode::OutOfRange, "must be later");
        let failure: Failure = Refused::Problem(Box::new(problem())).into();
        assert!(failure.to_string().contains("\n  --until: must be later"), "{failure}");
        assert!(of_file(&failure).contains("\n  expires_at: must be later"), "{}", of_file(&failure));
    }
}
