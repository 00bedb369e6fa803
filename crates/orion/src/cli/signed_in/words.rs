//! Words of which there are only so many, as the contracts list them: another one is told with all that there are.

use super::calls::Calls;
use super::lists::all;
use super::refusals::status_of;
use crate::cli::{Failure, Output, output};
use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use orion_contracts::permissions;
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
    let likely = known.map(|other| (likeness(name, other), other));
    let likely = likely.filter(|(likeness, _)| *likeness > 0.85).max_by(|left, right| left.0.total_cmp(&right.0));
    likely.map(|(_, other)| format!("; did you mean {other}?")).unwrap_or_default()
}

/// How like two names are, from 0 to 1, whatever their case. Addresses of one domain are as like as what stands before it.
fn likeness(left: &str, right: &str) -> f64 {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    match (left.rsplit_once('@'), right.rsplit_once('@')) {
        (Some((left, of)), Some((right, domain))) if of == domain => strsim::jaro_winkler(left, right),
        _ => strsim::jaro_winkler(&left, &right),
    }
}

/// What was said of a mistake so far, and what helps besides.
pub(super) fn besides(said: &str, help: &str) -> String {
    match said.ends_with(['?', '.']) {
        true => format!("{said} {help}"),
        false => format!("{said}; {help}"),
    }
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
    let (known, is_all) = match names_at(calls, path).await {
        Ok(known) => (known, true),
        Err(_) => (from_the_beginning(path), false),
    };
    let unknown: Vec<_> = names.iter().filter(|name| !known.contains(*name)).collect();
    if unknown.is_empty() {
        return Err(failure);
    }
    let mut said = failure.to_string();
    // Of several it is said which.
    if is_all && names.len() > 1 {
        let which: Vec<_> =
            unknown.iter().filter(|name| !said.contains(name.as_str())).map(|name| name.as_str()).collect();
        if !which.is_empty() {
            said = format!("{}, and not {}", said.trim_end_matches('.'), which.join(", "));
        }
    }
    let likely = unknown.iter().map(|name| like(name, &known)).collect::<String>();
    let list = if path == ROLES { "`orion role list` lists them" } else { "`orion permission list` lists them" };
    Err(match (likely.is_empty(), said.contains(list)) {
        (true, true) => failure,
        // It may be there, and something else be wrong.
        (true, false) if !is_all && status_of(&failure) != Some(404) => failure,
        (true, false) if said.ends_with('.') => besides(&said, &format!("{list}.")).into(),
        (true, false) => besides(&said, list).into(),
        (false, _) => format!("{}{likely}", said.trim_end_matches('.')).into(),
    })
}

/// What is to be said of a name where there is nothing that is called so, which may be nothing at all; none where there is, or nobody may see
/// what there is.
pub(super) async fn no_such(calls: &mut Calls, name: &str, path: &str) -> Result<Option<String>, Failure> {
    match names_at(calls, path).await {
        Ok(known) => Ok((!known.contains(name)).then(|| like(name, &known))),
        Err(failure) if status_of(&failure) == Some(403) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn names_at(calls: &mut Calls, path: &str) -> Result<BTreeSet<String>, Failure> {
    Ok(all::<Named>(calls, path).await?.into_iter().map(|one| one.name).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_meant_is_like_it_beyond_its_case_and_its_domain() {
        let known = ["root@example.com", "Bot", "analytical-engines"].map(str::to_owned).into();
        assert_eq!(like("nobody@example.com", &known), "", "a domain that all share says nothing");
        assert_eq!(like("rot@example.com", &known), "; did you mean root@example.com?");
        assert_eq!(like("root@exmaple.com", &known), "; did you mean root@example.com?");
        assert_eq!(like("bot", &known), "; did you mean Bot?");
        assert_eq!(like("Bot", &known), "", "it is what was said");
        assert_eq!(
            besides("there is none; did you mean a?", "`b` lists all"),
            "there is none; did you mean a? `b` lists all"
        );
        assert_eq!(besides("there is none", "`b` lists all"), "there is none; `b` lists all");
    }
}
