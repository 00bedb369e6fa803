//! Taking away what may not be there. It is as it was to be, so nobody failed; but who asked is told, for they may have meant another one.

use crate::cli::{Failure, Output, output};
use serde_json::Value;

/// Whether one of these is it; so it is taken to be where they are not for whoever calls to see.
pub(super) fn was_among<T>(there: Option<Vec<T>>, is_it: impl FnMut(&T) -> bool) -> bool {
    there.is_none_or(|there| there.iter().any(is_it))
}

/// Says that it is done; or that it was so before.
pub(super) fn told(output: Output, was: bool, (done, before): (&str, &str), value: &Value) -> Result<(), Failure> {
    let text = if was { format!("{done}.") } else { format!("{before}: nothing was to be done.") };
    output::value(output, &text, value)
}
