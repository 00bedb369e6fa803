//! Argon2id on memory that is used again; hashes of other kinds are verified, and never made.

mod foreign;

use crate::AuthConfig;
use crate::error::AuthError;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use foreign::Foreign;
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use orion_infra::huge_pages::LargeBuffer;

/// Length of a hash, in bytes.
const LENGTH: usize = 32;
/// Length of a salt, in bytes.
pub(super) const SALT: usize = 16;

/// The longest stored hash that is read, in bytes.
const MAX_STORED: usize = 1024;

/// The most memory that a hash may take, in KiB.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes.
const MAX_PASSES: u32 = 16;
/// The most lanes.
const MAX_LANES: u32 = 8;

/// The kind of Argon2 that new hashes are of.
const OURS: (Algorithm, Version) = (Algorithm::Argon2id, Version::V0x13);

/// What a hash costs.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(Params);

/// What of a hash has a bound: the configuration key of new hashes, the value, the bound.
fn costs(memory: u32, passes: u32, lanes: u32) -> [(&'static str, u32, u32); 3] {
    [
        ("auth.argon2_memory_kib", memory, MAX_MEMORY_KIB),
        ("auth.argon2_iterations", passes, MAX_PASSES),
        ("auth.argon2_parallelism", lanes, MAX_LANES),
    ]
}

impl Parameters {
    /// From the configuration, when Argon2 takes it and what it makes can be verified.
    pub(crate) fn new(config: &AuthConfig) -> Result<Self, ConfigFault> {
        let AuthConfig { argon2_memory_kib: memory, argon2_iterations: passes, argon2_parallelism: lanes, .. } = config;
        if let Some((key, _, most)) = costs(*memory, *passes, *lanes).into_iter().find(|(_, value, most)| value > most)
        {
            return Err(ConfigFault::new(key, FieldCode::OutOfRange, format!("must be at most {most}")));
        }
        Params::new(*memory, *passes, *lanes, Some(LENGTH)).map(Self).map_err(|error| {
            ConfigFault::new(key_of(error), FieldCode::Invalid, format!("is not taken by Argon2: {error}"))
        })
    }

    /// A hash that no password has but that costs the same to verify: what unknown accounts are measured against.
    pub(crate) fn unmatchable(&self, random: [u8; SALT + LENGTH]) -> Result<StoredHash, AuthError> {
        let (salt, output) = random.split_at(SALT);
        let (salt, expected) = (Salt::new(salt).map_err(argon2)?, Output::new(output).map_err(argon2)?);
        Ok(StoredHash::Argon2(Argon2Hash { kind: OURS, params: self.0.clone(), salt, expected }))
    }

    /// Whether a stored hash is of our kind and was made with these parameters.
    pub(crate) fn made(&self, stored: &StoredHash) -> bool {
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        match stored {
            StoredHash::Argon2(hash) => hash.kind == OURS && costs(&hash.params) == costs(&self.0),
            StoredHash::Foreign(_) => false,
        }
    }

    /// The PHC string of a new hash.
    pub(super) fn hash(
        &self,
        password: &str,
        salt: &[u8; SALT],
        memory: &mut LargeBuffer<Block>,
    ) -> Result<String, AuthError> {
        let mut output = [0; LENGTH];
        fill(OURS, &self.0, password, salt, &mut output, memory)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.0).map_err(argon2)?,
            salt: Some(Salt::new(salt).map_err(argon2)?),
            hash: Some(Output::new(&output).map_err(argon2)?),
        };
        Ok(hash.to_string())
    }
}

/// A hash as it was stored, which can be verified at a bounded cost.
#[derive(Clone)]
pub(crate) enum StoredHash {
    /// Any kind of Argon2.
    Argon2(Argon2Hash),
    /// What other systems made.
    Foreign(Foreign),
}

/// A hash of any kind of Argon2.
#[derive(Clone)]
pub(crate) struct Argon2Hash {
    kind: (Algorithm, Version),
    params: Params,
    salt: Salt,
    expected: Output,
}

/// Why a stored hash matches no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnusableHash {
    /// Another algorithm, or no hash at all.
    #[error("it is no hash of Argon2, bcrypt, scrypt or PBKDF2 in a form that is known")]
    Unreadable,
    /// Whoever wrote it could take all memory or time by it.
    #[error("it would cost too much: {0} is {1}, and at most {2} is computed")]
    TooCostly(&'static str, u64, u64),
}

impl StoredHash {
    /// Reads a hash and looks at what it would cost, before anything is allocated for it.
    pub(crate) fn parse(stored: &str) -> Result<Self, UnusableHash> {
        match stored {
            _ if stored.len() > MAX_STORED => Err(UnusableHash::Unreadable),
            _ if stored.starts_with("$argon2") => Argon2Hash::parse(stored).map(Self::Argon2),
            _ => Foreign::parse(stored).map(Self::Foreign),
        }
    }
}

impl Argon2Hash {
    fn parse(stored: &str) -> Result<Self, UnusableHash> {
        let hash = PasswordHash::new(stored).map_err(|_| UnusableHash::Unreadable)?;
        let params = Params::try_from(&hash).map_err(|_| UnusableHash::Unreadable)?;
        let algorithm = hash.algorithm.as_str().parse().map_err(|_| UnusableHash::Unreadable)?;
        // The oldest programs named no version.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let version = version.map_err(|_| UnusableHash::Unreadable)?;
        // An output has at most 64 bytes, by its type.
        let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
            return Err(UnusableHash::Unreadable);
        };
        for (key, value, most) in costs(params.m_cost(), params.t_cost(), params.p_cost()) {
            if value > most {
                return Err(UnusableHash::TooCostly(key.trim_start_matches("auth."), value.into(), most.into()));
            }
        }
        Ok(Self { kind: (algorithm, version), params, salt, expected })
    }
}

/// Whether the password has this hash.
pub(super) fn verify(password: &str, stored: &StoredHash, memory: &mut LargeBuffer<Block>) -> Result<bool, AuthError> {
    let hash = match stored {
        StoredHash::Argon2(hash) => hash,
        StoredHash::Foreign(hash) => return hash.verify(password),
    };
    let mut output = vec![0; hash.expected.len()];
    fill(hash.kind, &hash.params, password, &hash.salt, &mut output, memory)?;
    // Comparing two outputs takes constant time.
    Ok(Output::new(&output).map_err(argon2)? == hash.expected)
}

fn fill(
    (algorithm, version): (Algorithm, Version),
    params: &Params,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut LargeBuffer<Block>,
) -> Result<(), AuthError> {
    let memory = memory.sized(params.block_count(), Block::new());
    Argon2::new(algorithm, version, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, output, memory)
        .map_err(argon2)
}

/// Which key sets what Argon2 refused.
fn key_of(error: argon2::Error) -> &'static str {
    match error {
        argon2::Error::TimeTooSmall => "auth.argon2_iterations",
        argon2::Error::ThreadsTooFew | argon2::Error::ThreadsTooMany => "auth.argon2_parallelism",
        _ => "auth.argon2_memory_kib",
    }
}

fn argon2(error: impl std::fmt::Display) -> AuthError {
    defect("argon2", error)
}

fn defect(what: &str, error: impl std::fmt::Display) -> AuthError {
    AuthError::Defect(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier;

    fn parameters(memory: u32) -> Parameters {
        Parameters(Params::new(memory, 2, 1, Some(LENGTH)).expect("valid"))
    }

    fn verify(password: &str, stored: &str, memory: &mut LargeBuffer<Block>) -> bool {
        super::verify(password, &StoredHash::parse(stored).expect("usable"), memory).expect("verified")
    }

    #[test]
    fn hashes_are_those_of_the_standard_also_on_used_memory() {
        let mut memory = LargeBuffer::default();
        for password in ["first password", "second password", ""] {
            let stored = parameters(64).hash(password, &[7; SALT], &mut memory).expect("hashed");
            assert!(stored.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{stored}");
            Argon2::default().verify_password(password.as_bytes(), stored.as_str()).expect("the library agrees");
            assert!(verify(password, &stored, &mut memory));
            assert!(!verify("another password", &stored, &mut memory));
        }
    }

    #[test]
    fn a_password_is_not_cut() {
        let mut memory = LargeBuffer::default();
        let long = "a".repeat(72);
        let stored = parameters(64).hash(&format!("{long}x"), &[1; SALT], &mut memory).expect("hashed");
        assert!(!verify(&format!("{long}y"), &stored, &mut memory), "differs in byte 73");
    }

    #[test]
    fn old_parameters_are_noticed_and_still_verify() {
        let mut memory = LargeBuffer::default();
        let stored = parameters(128).hash("password", &[1; SALT], &mut memory).expect("hashed");
        let parsed = StoredHash::parse(&stored).expect("usable");
        assert!(parameters(128).made(&parsed));
        assert!(!parameters(64).made(&parsed));
        assert!(verify("password", &stored, &mut LargeBuffer::default()));
    }

    #[test]
    fn nothing_matches_the_unmatchable() {
        let stored = parameters(64).unmatchable([9; SALT + LENGTH]).expect("made");
        assert!(parameters(64).made(&stored));
        assert!(!super::verify("", &stored, &mut LargeBuffer::default()).expect("verified"));
    }

    #[test]
    fn a_stored_hash_that_would_cost_too_much_is_not_computed() {
        let stored = |costs: &str, output: usize| {
            StoredHash::parse(&format!("$argon2id$v=19${costs}$BwcHBwcHBwcHBwcHBwcHBw${}", "A".repeat(output * 4 / 3)))
        };
        assert!(stored("m=262144,t=16,p=8", 48).is_ok(), "at the bounds");
        for (costs, key) in [
            ("m=262145,t=2,p=1", "argon2_memory_kib"),
            ("m=4294967295,t=2,p=1", "argon2_memory_kib"),
            ("m=64,t=17,p=1", "argon2_iterations"),
            ("m=256,t=2,p=9", "argon2_parallelism"),
        ] {
            assert!(matches!(stored(costs, 48), Err(UnusableHash::TooCostly(seen, ..)) if seen == key), "{costs}");
        }
        assert_eq!(stored("m=64,t=2,p=1", 66).err(), Some(UnusableHash::Unreadable), "a longer output");
    }

    #[test]
    fn what_is_no_hash_is_unreadable() {
        let tail = "m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$Mdn5CM9HcwcF2uRvAiuF1mIJviWUzswDdgLXvOMvpgk";
        assert!(StoredHash::parse(&format!("$argon2id$v=19${tail}")).is_ok());
        for stored in [
            String::new(),
            "plain".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
            format!("$argon2x$v=19${tail}"),
            format!("$argon2id$v=18${tail}"),
            "$argon2id$v=19$m=64,t=2,p=1".to_owned(),
        ] {
            assert_eq!(StoredHash::parse(&stored).err(), Some(UnusableHash::Unreadable), "{stored}");
        }
    }
}
