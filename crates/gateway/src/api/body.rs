//! Bodies that are checked as a part of the whole, where they lie over what the file has.

use garde::Validate;
use serde::Deserialize;

/// A body of the right shape.
#[derive(Debug, Deserialize, Validate)]
#[serde(transparent)]
pub(super) struct Shaped<T>(#[garde(skip)] pub(super) T);
