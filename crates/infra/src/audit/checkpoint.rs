//! Signed checkpoints of the audit log: what the platform says at a moment that its newest link is. Whoever keeps one elsewhere
//! can show later that nothing up to there was removed or written anew, also by somebody who has the platform's keys by then.
//!
//! A checkpoint is a compact JWS (RFC 7515) by Ed25519 (RFC 8037), so that other programs can check it. The key is derived of
//! the master key: nothing is stored, every process has it, and no other service has to be there.

use crate::secrets::{Scope, Secrets};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use orion_contracts::audit::{AuditCheckpoint, AuditKey};
use serde::{Deserialize, Serialize};

const PURPOSE: [&str; 2] = ["audit", "checkpoint"];
/// What the token is, so that no other one of the platform's is taken for one.
const TYPE: &str = "orion-audit-checkpoint+jws";
const ALGORITHM: &str = "EdDSA";
/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 4096;

/// Why a checkpoint is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// It is no token, or of something else.
    #[error("it is no checkpoint of an audit log")]
    Unreadable,
    /// None of the keys is the one that it names.
    #[error("it was signed by the key {0}, which is none of this platform's")]
    UnknownKey(String),
    /// Somebody has changed it.
    #[error("its signature is wrong: somebody has changed it")]
    Signature,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    position: i64,
    hash: String,
    taken_at: DateTime<Utc>,
}

/// Signs that the log has this link as its newest.
pub fn sign(secrets: &Secrets, position: i64, hash: &str, taken_at: DateTime<Utc>) -> Option<AuditCheckpoint> {
    let pair = pair(&secrets.derive(Scope::AtRest, &PURPOSE))?;
    let key_id = public(&pair).kid;
    let header = Header { alg: ALGORITHM.to_owned(), typ: TYPE.to_owned(), kid: key_id.clone() };
    let payload = Payload { position, hash: hash.to_owned(), taken_at };
    let text = format!("{}.{}", part(&header)?, part(&payload)?);
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()).as_ref());
    Some(AuditCheckpoint { position, hash: payload.hash, taken_at, key_id, token: format!("{text}.{signature}") })
}

/// The public halves of the keys that sign, or did before a change of the master key; that of now first.
pub fn public_keys(secrets: &Secrets) -> Vec<AuditKey> {
    secrets.derive_all(Scope::AtRest, &PURPOSE).iter().filter_map(|seed| pair(seed)).map(|pair| public(&pair)).collect()
}

/// Reads a checkpoint that one of these keys has signed.
///
/// # Errors
/// When none of them has.
pub fn read(token: &str, keys: &[AuditKey]) -> Result<AuditCheckpoint, CheckpointFault> {
    let token = token.trim();
    let (text, signature) = token.rsplit_once('.').ok_or(CheckpointFault::Unreadable)?;
    let (header, payload) = text.split_once('.').ok_or(CheckpointFault::Unreadable)?;
    let header: Header = open(header).filter(|_| token.len() <= MAX_TOKEN).ok_or(CheckpointFault::Unreadable)?;
    if header.alg != ALGORITHM || header.typ != TYPE {
        return Err(CheckpointFault::Unreadable);
    }
    let key = keys.iter().find(|key| key.kid == header.kid);
    let key = key.ok_or_else(|| CheckpointFault::UnknownKey(header.kid.chars().take(64).collect()))?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| CheckpointFault::Signature);
    let (public, signature) = (decode(&key.x)?, decode(signature)?);
    let verified = UnparsedPublicKey::new(&ED25519, public).verify(text.as_bytes(), &signature);
    verified.map_err(|_| CheckpointFault::Signature)?;
    let Payload { position, hash, taken_at } = open(payload).ok_or(CheckpointFault::Unreadable)?;
    Ok(AuditCheckpoint { position, hash, taken_at, key_id: header.kid, token: token.to_owned() })
}

fn pair(seed: &[u8; 32]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

fn public(pair: &Ed25519KeyPair) -> AuditKey {
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    // The members that RFC 7638 takes, in its order.
    let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, thumbprint.as_bytes()).as_ref());
    let text = str::to_owned;
    AuditKey { kty: text("OKP"), crv: text("Ed25519"), x, alg: text(ALGORITHM), usage: text("sig"), kid }
}

fn part(value: &impl Serialize) -> Option<String> {
    serde_json::to_vec(value).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

fn open<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    fn secrets(master: u8) -> Secrets {
        Secrets::new([master; 32], [9; 32], Random::system())
    }

    #[test]
    fn a_checkpoint_is_read_with_the_key_that_signed_it_and_as_it_was_signed_alone() {
        let ours = secrets(1);
        let signed = sign(&ours, 7, "abc", DateTime::UNIX_EPOCH).expect("signed");
        assert_eq!(read(&signed.token, &public_keys(&ours)), Ok(signed.clone()));
        let stranger = read(&signed.token, &public_keys(&secrets(2)));
        assert_eq!(stranger, Err(CheckpointFault::UnknownKey(signed.key_id.clone())));
        let rotated = secrets(2).with_older(Scope::AtRest, [[1; 32]]);
        assert_eq!(read(&signed.token, &public_keys(&rotated)), Ok(signed.clone()), "the key of before");

        let other = sign(&ours, 8, "abc", DateTime::UNIX_EPOCH).expect("signed").token;
        let parts: Vec<_> = signed.token.split('.').collect();
        let payload = other.split('.').nth(1).expect("a payload");
        let mixed = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_eq!(read(&mixed, &public_keys(&ours)), Err(CheckpointFault::Signature));
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","typ":"{TYPE}","kid":"{}"}}"#, signed.key_id));
        for token in ["", "a.b.c", &format!("{none}.{}.", parts[1])] {
            assert_eq!(read(token, &public_keys(&ours)), Err(CheckpointFault::Unreadable), "{token}");
        }
    }
}
