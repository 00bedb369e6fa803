//! What is wrong with a configuration: all of it at once, each with the place that it came from.

use super::DEFAULT;
use orion_infra::config::variable;
use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, such as `orion.toml:12`, `ORION_LISTEN_HOST`, `--set listen.host`.
    pub origin: String,
    /// The key, as far as it is one.
    pub key: String,
    /// What is wrong and what would be right; never a secret.
    pub message: String,
}

/// Why the configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl Problem {
    pub(super) fn new(origin: impl Into<String>, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { origin: origin.into(), key: key.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, message } = self;
        match key.as_str() {
            "" => write!(to, "{origin}: {message}"),
            key if *origin == variable(key) => write!(to, "{origin}: {key} {message}"),
            // A flag has named it.
            key if origin.strip_prefix("--set ") == Some(key) => {
                write!(to, "{origin} ({}) {message}", variable(key))
            }
            // Nobody has set it.
            key if origin == DEFAULT => write!(to, "{key} ({}) {message}", variable(key)),
            key => write!(to, "{origin}: {key} ({}) {message}", variable(key)),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [problem] => problem.fmt(to),
            problems => {
                write!(to, "{} things are wrong with the configuration:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(to, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
