//! Concurrent edits: a change says which versions of a thing its author has seen, and is refused when it stands at another.

use orion_contracts::Problem;

/// The versions that the author of a change has seen, when they say so.
#[derive(Debug, Clone)]
pub struct SeenVersions(Option<Vec<i64>>);

impl SeenVersions {
    /// They do not say: whatever stands there is changed.
    pub const ANY: Self = Self(None);

    /// One of these, and no other.
    pub fn one_of(versions: Vec<i64>) -> Self {
        Self(Some(versions))
    }

    /// Refuses, with 412, when it is at another version: somebody else has changed it since.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match &self.0 {
            Some(seen) if !seen.contains(&version) => Err(Problem::precondition_failed()
                .detail(format!("It is at version {version} now, which is not the one you have seen. Read it again."))),
            _ => Ok(()),
        }
    }
}
