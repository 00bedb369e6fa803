//! Words of which there are only so many, as the contracts list them: another one is told with all that there are.

use super::calls::Calls;
use super::lists::all;
use super::refusals::{Refused, status_of};
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use orion_contracts::permissions;
use orion_contracts::problem::NO_SUCH_ROLE;
use orion_contracts::roles::SYSTEM_ROLES;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Reads one of these words.
pub(super) fn one_of<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Copy + Send + Sync,
{
    PossibleValuesParser::new(all.iter().map(|word| name(*word))).try_map(|text| text.parse::<T>())
}

/// What a name may mean, for words that tell of a mistake. Nobody is told that they meant what they said.
pub(super) fn like(name: &str, known: &BTreeSet<String>) -> String {
    let known = known.iter().filter(|other| *other != name);
    let likely = known.map(|other| (strsim::jaro_winkler(name, other), other));
    let likely = likely.filter(|(likeness, _)| *likeness > 0.85).max_by(|left, right| left.0.total_cmp(&right.0));
    likely.map(|(_, other)| format!("; did you mean {other}?")).unwrap_or_default()
}

/// Where there are things that are meant by their names.
pub(super) const PERMISSIONS: &str = "/api/v1/permissions";
pub(super) const ROLES: &str = "/api/v1/roles";

/// Something that has a name.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// What a command has come to; where one of these names is none that there is, with the one that may have been meant.
pub(super) async fn meant<T>(
    calls: &mut Calls,
    outcome: Result<T, Failure>,
    names: &[String],
    path: &str,
) -> Result<T, Failure> {
    let Err(failure) = outcome else { return outcome };
    if !matches!(status_of(&failure), Some(404 | 422)) {
        return Err(failure);
    }
    // Who may not list them is told what every platform has.
    let known: BTreeSet<String> = match all::<Named>(calls, path).await {
        Ok(known) => known.into_iter().map(|one| one.name).collect(),
        Err(_) => from_the_beginning(path),
    };
    let likely = names.iter().filter(|name| !known.contains(*name)).map(|name| like(name, &known)).collect::<String>();
    let is_unnamed = matches!(failure.downcast_ref(), Some(Refused::Problem(problem)) if problem.detail.as_deref() == Some(NO_SUCH_ROLE));
    match (likely.is_empty(), is_unnamed && path == ROLES) {
        (true, false) => Err(failure),
        (true, true) => Err(format!("{failure} `orion role list` lists them.").into()),
        (false, _) => Err(format!("{}{likely}", failure.to_string().trim_end_matches('.')).into()),
    }
}

/// What there is on every platform, by what this version knows of itself.
fn from_the_beginning(path: &str) -> BTreeSet<String> {
    let names: Vec<&str> = match path {
        PERMISSIONS => permissions::ALL.iter().map(|permission| permission.name).collect(),
        ROLES => SYSTEM_ROLES.to_vec(),
        _ => Vec::new(),
    };
    names.into_iter().map(str::to_owned).collect()
}

/// A text that is to be changed: none where it was not named, and `None` in it where an empty one clears.
pub(super) fn cleared(text: Option<&String>) -> Option<Option<String>> {
    text.map(|text| Some(text.clone()).filter(|text| !text.is_empty()))
}

/// Shows something that is described: a line with what it is, then what it is for and when it was made.
pub(super) fn described(
    output: Output,
    head: String,
    description: Option<&String>,
    made: DateTime<Utc>,
    value: &impl Serialize,
) -> Result<(), Failure> {
    let mut lines = vec![head];
    lines.extend(description.cloned());
    lines.push(format!("Made {}.", made.format(output::TIME)));
    output::value(output, &lines.join("\n"), value)
}
