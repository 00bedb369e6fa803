//! What is wrong with a policy, each with its key, so that all of it is told at once.

use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use std::fmt::Display;

/// The faults of one policy.
pub(super) struct Faults<'a> {
    /// The policy's own key, such as `gateway.routes[2].cors`.
    at: &'a str,
    found: Vec<ConfigFault>,
}

impl<'a> Faults<'a> {
    pub(super) fn of(at: &'a str) -> Self {
        Self { at, found: Vec::new() }
    }

    /// A fault of a key within the policy, such as `origins[0]`.
    pub(super) fn add(&mut self, key: impl Display, code: FieldCode, message: impl Into<String>) {
        self.found.push(ConfigFault::new(format!("{}.{key}", self.at), code, message));
    }

    /// A number must lie within bounds.
    pub(super) fn within(&mut self, key: &str, number: u64, least: u64, most: u64) {
        if !(least..=most).contains(&number) {
            self.add(key, FieldCode::OutOfRange, format!("must be {least} to {most}"));
        }
    }

    /// All that was found.
    pub(super) fn all(self) -> Vec<ConfigFault> {
        self.found
    }

    /// What was prepared, unless something is wrong.
    pub(super) fn or<T>(self, prepared: T) -> Result<T, Vec<ConfigFault>> {
        if self.found.is_empty() { Ok(prepared) } else { Err(self.found) }
    }
}
