//! Whether a password is known from a leak: a service is asked for all hashes that begin with the same five digits, as "Have I
//! Been Pwned" answers (k-anonymity). It learns neither the password nor its hash, and by the length of its answer nobody else
//! does, for that is padded. One that is away stops nobody.

use crate::error::AuthError;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use orion_contracts::Password;
use orion_infra::Clock;
use orion_infra::outage::Outage;
use orion_infra::ranges::Ranges;
use std::fmt::Write;
use zeroize::Zeroizing;

/// How many hexadecimal digits the service is told.
const TOLD: usize = 5;

/// The service.
pub(crate) struct Breaches {
    ranges: Ranges,
    outage: Outage,
}

impl Breaches {
    /// The service at this address; none, where it is empty.
    pub(crate) fn new(base: &str, clock: &Clock) -> Result<Option<Self>, AuthError> {
        if base.is_empty() {
            return Ok(None);
        }
        let ranges = Ranges::new(base).map_err(|error| AuthError::Defect(error.to_string()))?;
        let outage = Outage::of(
            format!("the breach check at {base}"),
            "does not answer, and passwords are taken without it",
            clock.clone(),
        );
        Ok(Some(Self { ranges, outage }))
    }

    /// Whether the password is known; none, when the service cannot say.
    pub(crate) async fn know(&self, password: &Password) -> Option<bool> {
        let hash = sha1(password.expose());
        let (told, kept) = hash.split_at(TOLD);
        match self.ranges.get(told).await {
            Ok(answer) => {
                self.outage.over();
                Some(has(&answer, kept))
            }
            Err(error) => {
                self.outage.failed(&error);
                None
            }
        }
    }
}

/// In hexadecimal digits, as the service writes it.
fn sha1(text: &str) -> Zeroizing<String> {
    let mut hash = Zeroizing::new(String::with_capacity(40));
    for byte in digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref() {
        let _ = write!(hash, "{byte:02X}");
    }
    hash
}

/// Whether an answer names the rest of a hash. A line is `REST:HOW OFTEN`; those that were never seen fill the answer up.
fn has(answer: &str, kept: &str) -> bool {
    answer.lines().filter_map(|line| line.trim().split_once(':')).any(|(rest, times)| {
        rest.eq_ignore_ascii_case(kept) && times.trim().parse::<u64>().is_ok_and(|times| times > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_the_service_writes_it() {
        let hash = sha1("password");
        assert_eq!(*hash, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
        let kept = &hash[TOLD..];
        let other = "003D68EB55068C33ACE09247EE4C639306B:3\r\n";
        assert!(has(&format!("{other}{kept}:10434004\r\n"), kept));
        assert!(has(&format!("{}:1", kept.to_lowercase()), kept));
        for answer in [String::new(), other.to_owned(), format!("{kept}:0\r\n"), kept.to_owned(), format!("{kept}:-1")]
        {
            assert!(!has(&answer, kept), "{answer}");
        }
    }
}
