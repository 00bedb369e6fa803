//! Words of which there are only so many, as the contracts list them: another one is told with all that there are.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Reads one of these words.
pub(super) fn one_of<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Copy + Send + Sync,
{
    PossibleValuesParser::new(all.iter().map(|word| name(*word))).try_map(|text| text.parse::<T>())
}

/// What a name may mean, for words that tell of a mistake.
pub(super) fn like(name: &str, known: &BTreeSet<String>) -> String {
    let likely = known.iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let likely = likely.filter(|(likeness, _)| *likeness > 0.85).max_by(|left, right| left.0.total_cmp(&right.0));
    likely.map(|(_, other)| format!("; did you mean {other}?")).unwrap_or_default()
}
