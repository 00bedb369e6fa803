//! A mistake in the configuration, told the same way by everything that checks some of it.

use orion_contracts::FieldCode;

/// What ORION's environment variables begin with.
pub const VARIABLE_PREFIX: &str = "ORION_";

/// A key whose value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} ({}): {message}", variable(.key))]
pub struct ConfigFault {
    /// Such as `auth.key_rotation_days` or `gateway.routes[2].path`.
    pub key: String,
    /// What kind of fault it is, for programs: whoever changes a setting is told.
    pub code: FieldCode,
    /// What is wrong and what would be right; never a secret.
    pub message: String,
}

impl ConfigFault {
    /// A mistake in a key.
    pub fn new(key: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        Self { key: key.into(), code, message: message.into() }
    }
}

/// The environment variable of a key; an item of a list has that of the list.
pub fn variable(key: &str) -> String {
    let key = key.split('[').next().unwrap_or(key);
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// The longest time that is configured in days: a hundred years. Dates far beyond it do not exist.
pub const MAX_DAYS: u32 = 36_525;
