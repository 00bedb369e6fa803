//! Words of which there are only so many, as the contracts list them: another one is told with all that there are.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::str::FromStr;

/// Reads one of these words.
pub(super) fn one_of<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Copy + Send + Sync,
{
    PossibleValuesParser::new(all.iter().map(|word| name(*word))).try_map(|text| text.parse::<T>())
}
