//! Argon2id on memory that is used again.

use crate::AuthConfig;
use crate::error::AuthError;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use orion_infra::config::ConfigFault;

/// Length of a hash, in bytes.
const LENGTH: usize = 32;
/// Length of a salt, in bytes.
pub(super) const SALT: usize = 16;

/// What a hash costs.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(Params);

impl Parameters {
    /// From the configuration, when Argon2 takes it.
    pub(crate) fn new(config: &AuthConfig) -> Result<Self, ConfigFault> {
        let AuthConfig { argon2_memory_kib: memory, argon2_iterations: passes, argon2_parallelism: lanes, .. } = config;
        Params::new(*memory, *passes, *lanes, Some(LENGTH))
            .map(Self)
            .map_err(|error| ConfigFault::new(key_of(error), format!("is not taken by Argon2: {error}")))
    }

    /// A hash that no password has but that costs the same to verify: what unknown accounts are measured against.
    pub(crate) fn unmatchable(&self, random: [u8; SALT + LENGTH]) -> Result<String, AuthError> {
        let (salt, output) = random.split_at(SALT);
        self.format(salt, output)
    }

    /// Whether a stored hash was made with these parameters.
    pub(crate) fn made(&self, stored: &str) -> bool {
        PasswordHash::new(stored).is_ok_and(|hash| {
            hash.algorithm == Algorithm::Argon2id.ident()
                && Params::try_from(&hash).is_ok_and(|params| {
                    (params.m_cost(), params.t_cost(), params.p_cost())
                        == (self.0.m_cost(), self.0.t_cost(), self.0.p_cost())
                })
        })
    }

    /// The PHC string of a new hash.
    pub(super) fn hash(&self, password: &str, salt: &[u8; SALT], memory: &mut Vec<Block>) -> Result<String, AuthError> {
        let mut output = [0; LENGTH];
        fill(&self.0, password, salt, &mut output, memory)?;
        self.format(salt, &output)
    }

    fn format(&self, salt: &[u8], output: &[u8]) -> Result<String, AuthError> {
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.0).map_err(defect)?,
            salt: Some(Salt::new(salt).map_err(defect)?),
            hash: Some(Output::new(output).map_err(defect)?),
        };
        Ok(hash.to_string())
    }
}

/// Whether the password has this hash. A stored hash that cannot be read matches nothing.
pub(super) fn verify(password: &str, stored: &str, memory: &mut Vec<Block>) -> Result<bool, AuthError> {
    let hash = PasswordHash::new(stored).map_err(defect)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    if hash.algorithm != Algorithm::Argon2id.ident() {
        return Ok(false);
    }
    let mut output = vec![0; expected.len()];
    fill(&Params::try_from(&hash).map_err(defect)?, password, salt, &mut output, memory)?;
    // Comparing two outputs takes constant time.
    Ok(Output::new(&output).map_err(defect)? == *expected)
}

fn fill(
    params: &Params,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), AuthError> {
    memory.resize(params.block_count(), Block::new());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, output, memory.as_mut_slice())
        .map_err(defect)
}

/// Which key sets what Argon2 refused.
fn key_of(error: argon2::Error) -> &'static str {
    match error {
        argon2::Error::TimeTooSmall => "auth.argon2_iterations",
        argon2::Error::ThreadsTooFew | argon2::Error::ThreadsTooMany => "auth.argon2_parallelism",
        _ => "auth.argon2_memory_kib",
    }
}

fn defect(error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier;

    fn parameters(memory: u32) -> Parameters {
        Parameters(Params::new(memory, 2, 1, Some(LENGTH)).expect("valid"))
    }

    #[test]
    fn hashes_are_those_of_the_standard_also_on_used_memory() {
        let mut memory = Vec::new();
        for password in ["first password", "second password", ""] {
            let stored = parameters(64).hash(password, &[7; SALT], &mut memory).expect("hashed");
            assert!(stored.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{stored}");
            Argon2::default().verify_password(password.as_bytes(), stored.as_str()).expect("the library agrees");
            assert!(verify(password, &stored, &mut memory).expect("verified"));
            assert!(!verify("another password", &stored, &mut memory).expect("verified"));
        }
    }

    #[test]
    fn a_password_is_not_cut() {
        let mut memory = Vec::new();
        let long = "a".repeat(72);
        let stored = parameters(64).hash(&format!("{long}x"), &[1; SALT], &mut memory).expect("hashed");
        assert!(!verify(&format!("{long}y"), &stored, &mut memory).expect("verified"), "differs in byte 73");
    }

    #[test]
    fn old_parameters_are_noticed_and_still_verify() {
        let mut memory = Vec::new();
        let stored = parameters(128).hash("password", &[1; SALT], &mut memory).expect("hashed");
        assert!(parameters(128).made(&stored));
        assert!(!parameters(64).made(&stored));
        memory.clear();
        assert!(verify("password", &stored, &mut memory).expect("verified"));
    }

    #[test]
    fn nothing_matches_the_unmatchable() {
        let stored = parameters(64).unmatchable([9; SALT + LENGTH]).expect("made");
        assert!(parameters(64).made(&stored));
        assert!(!verify("", &stored, &mut Vec::new()).expect("verified"));
    }
}
