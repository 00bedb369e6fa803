//! Concurrent edits: a change says which versions of a thing its author has seen, and is refused when it stands at another.

use orion_contracts::Problem;

/// The versions that the author of a change has seen, when they say so.
#[derive(Debug, Clone)]
pub struct SeenVersions(Option<Seen>);

#[derive(Debug, Clone)]
struct Seen {
    versions: Vec<i64>,
    weak: Vec<i64>,
}

impl SeenVersions {
    /// They do not say: whatever stands there is changed.
    pub const ANY: Self = Self(None);

    /// One of these, and no other. Those of weak tags match nothing; who sent one is told so.
    pub fn one_of(versions: Vec<i64>, weak: Vec<i64>) -> Self {
        Self(Some(Seen { versions, weak }))
    }

    /// Refuses, with 412, when it is at another version: somebody else has changed it since.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        let detail = match &self.0 {
            Some(seen) if seen.versions.contains(&version) => return Ok(()),
            None => return Ok(()),
            // As a proxy makes it that compresses answers. Reading again would not help.
            Some(seen) if seen.weak.contains(&version) => format!(
                "It is still at version {version}, but a weak tag such as W/\"{version}\" never matches (RFC 9110, section \
                 13.1.1). Send If-Match: \"{version}\"."
            ),
            Some(_) => {
                format!("It is at version {version} now, which is not the one you have seen. Read it again.")
            }
        };
        Err(Problem::precondition_failed().detail(detail))
    }
}
