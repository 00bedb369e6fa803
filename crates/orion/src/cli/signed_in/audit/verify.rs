//! Whether the log holds: asked of a platform that runs, or read from a database at rest.

use super::super::At;
use super::super::calls::Calls;
use super::super::refusals::status_of;
use crate::cli::{Failure, Output, databases, output};
use crate::config::Config;
use crate::wiring::AuditAtRest;
use orion_contracts::audit::{AuditCheckpoint, AuditKey, AuditKeys, AuditLink, AuditVerification};
use orion_infra::audit::checkpoint;
use serde::Serialize;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const VERIFICATION: &str = "/api/v1/audit/verification";
/// It could not be found out; as for a command line that is wrong.
const NOT_FOUND_OUT: u8 = 2;
/// How often a platform is asked whether it is done, and how often at most: a quarter of an hour.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 1800;
/// The largest checkpoint that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Where the log is.
pub(super) enum Place<'a> {
    /// At a platform that runs.
    Running(&'a At),
    /// In a database.
    AtRest {
        /// Which says where it is.
        config: &'a Config,
        /// The master key, where it lies elsewhere.
        key_file: Option<&'a Path>,
    },
}

/// What was found.
#[derive(Serialize)]
struct Verified {
    /// It holds where the chain does, and each checkpoint is held.
    #[serde(flatten)]
    verification: AuditVerification,
    checkpoints: Vec<Compared>,
}

/// A checkpoint that was kept, and what the log says of it.
#[derive(Serialize)]
struct Compared {
    position: i64,
    /// Whether the log holds all up to it.
    held: bool,
    /// In a sentence.
    found: String,
}

/// 0 when it holds, 1 when it does not, 2 when that could not be found out: a script must not take that for a no.
pub(super) async fn run(place: &Place<'_>, files: &[PathBuf], output: Output) -> ExitCode {
    match verify(place, files).await.and_then(|verified| {
        output::value(output, &text(&verified), &verified)?;
        Ok(verified.verification.holds)
    }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            output::error(output, failure.as_ref());
            ExitCode::from(NOT_FOUND_OUT)
        }
    }
}

async fn verify(place: &Place<'_>, files: &[PathBuf]) -> Result<Verified, Failure> {
    // What cannot be read is told before the log is read for long.
    let tokens = files.iter().map(|file| Ok((file, token(file)?))).collect::<Result<Vec<_>, Failure>>()?;
    let mut log = match place {
        Place::Running(at) => Log::Running(Box::new(Calls::open(at).await?)),
        Place::AtRest { config, key_file } => Log::AtRest(Box::new(databases::audit_at_rest(config, *key_file).await?)),
    };
    let keys = log.keys().await?.keys;
    let kept: Vec<_> = tokens.iter().map(|(file, token)| signed(file, token, &keys)).collect::<Result<_, _>>()?;
    let mut verification = log.verify().await?;
    if !verification.is_finished && verification.break_count <= 1 {
        return Err("it is not known whether the audit log holds: the platform could not read it to its end; its own log says why".into());
    }
    let mut checkpoints = Vec::new();
    for signed in &kept {
        checkpoints.push(compare(signed, &verification, log.hash_at(signed.position).await?));
    }
    verification.holds = verification.holds && checkpoints.iter().all(|compared| compared.held);
    if let Log::AtRest(log) = log {
        log.db.close().await;
    }
    Ok(Verified { verification, checkpoints })
}

enum Log {
    Running(Box<Calls>),
    AtRest(Box<AuditAtRest>),
}

impl Log {
    async fn keys(&mut self) -> Result<AuditKeys, Failure> {
        match self {
            Self::Running(calls) => calls.get("/api/v1/audit/keys").await,
            Self::AtRest(log) => Ok(log.keys()),
        }
    }

    async fn verify(&mut self) -> Result<AuditVerification, Failure> {
        let calls = match self {
            Self::AtRest(log) => return log.verify().await.map_err(|problem| problem.to_string().into()),
            Self::Running(calls) => calls,
        };
        let before: AuditVerification = calls.post(VERIFICATION, &json!({})).await?;
        for _ in 0..TRIES {
            let now: AuditVerification = calls.get(VERIFICATION).await?;
            if now.verified_at > before.verified_at {
                return Ok(now);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("the platform has not verified its log in a quarter of an hour; `orion status` tells what is wrong with it"
            .into())
    }

    async fn hash_at(&mut self, position: i64) -> Result<Option<String>, Failure> {
        match self {
            Self::AtRest(log) => log.hash_at(position).await.map_err(|problem| problem.to_string().into()),
            Self::Running(calls) => match calls.get::<AuditLink>(&format!("/api/v1/audit/links/{position}")).await {
                Ok(link) => Ok(Some(link.hash)),
                Err(failure) if status_of(&failure) == Some(404) => Ok(None),
                Err(failure) => Err(failure),
            },
        }
    }
}

/// What the log says of a checkpoint.
fn compare(signed: &AuditCheckpoint, log: &AuditVerification, hash: Option<String>) -> Compared {
    let AuditCheckpoint { position, taken_at, .. } = signed;
    let at = taken_at.format(output::TIME);
    let (held, found) = match hash {
        Some(hash) if hash == signed.hash => {
            (true, format!("the log holds all up to link {position} as it was at {at}"))
        }
        Some(_) => (false, format!("the log was written anew: link {position} is another one than at {at}")),
        None if *position > log.head_position => (
            false,
            format!("the log was cut short: it ends at link {}, and at {at} it had {position}", log.head_position),
        ),
        None if *position <= log.cut_position => {
            let cut = log.cut_position;
            (
                false,
                format!("nothing is left to compare: the log says that all up to link {cut} was too old to be kept"),
            )
        }
        None => (false, format!("link {position} is missing; at {at} it was there")),
    };
    Compared { position: *position, held, found }
}

/// What a file holds: the token, or the JSON that has it.
fn token(file: &Path) -> Result<String, Failure> {
    let told = |error: std::io::Error| Failure::from(format!("--checkpoint: {}: {error}", file.display()));
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).map_err(told)?),
    };
    let mut text = String::new();
    source.take(MAX_FILE).read_to_string(&mut text).map_err(told)?;
    let kept = serde_json::from_str::<AuditCheckpoint>(&text).map(|kept| kept.token);
    Ok(kept.unwrap_or_else(|_| text.trim().to_owned()))
}

fn signed(file: &Path, token: &str, keys: &[AuditKey]) -> Result<AuditCheckpoint, Failure> {
    checkpoint::read(token, keys).map_err(|fault| format!("--checkpoint: {}: {fault}", file.display()).into())
}

fn text(verified: &Verified) -> String {
    let log = &verified.verification;
    let mut lines = Vec::new();
    let many = |number: i64, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
    let entries = many(log.entries, "entry", "entries");
    lines.push(match log.break_count {
        0 => format!("The audit log holds: {entries}, up to link {}.", log.head_position),
        count => format!("The audit log does not hold, in {} ({entries}):", many(count, "place", "places")),
    });
    lines.extend(log.breaks.iter().map(|found| format!("  {found}")));
    let told = i64::try_from(log.breaks.len()).unwrap_or(i64::MAX);
    if told > 0 && told < log.break_count {
        lines.push(format!("  and {} more", log.break_count - told));
    }
    if log.redacted > 0 {
        let redacted = many(log.redacted, "entry was", "entries were");
        lines.push(format!("{redacted} redacted by the platform, which is no tampering."));
    }
    if let Some(cut_at) = log.cut_at {
        let at = cut_at.format(output::TIME);
        lines.push(format!("All up to link {} was removed for its age, last at {at}.", log.cut_position));
    }
    for Compared { held, found, .. } in &verified.checkpoints {
        lines.push(format!("Checkpoint {}: {found}.", if *held { "held" } else { "not held" }));
    }
    lines.join("\n")
}
