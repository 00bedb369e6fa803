//! Verification: reads the whole chain and says where it does not hold.

use super::{ChainKeys, Witness};
use crate::domain::Users;
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Row;
use crate::store::{audit_chain, audit_checkpoints, audit_log};
use chrono::Duration;
use orion_contracts::Author;
use orion_contracts::audit::AuditKey;
use orion_infra::audit::checkpoint;
use orion_infra::secrets::Secrets;
use orion_infra::{Change, Db, Infra};
use serde::{Deserialize, Serialize};

/// How many links are read at once.
const SLICE: u64 = 1000;
/// After so many breaks nothing more is looked for.
const MOST: usize = 1000;
/// How many breaks are kept with the chain.
const KEPT: usize = 20;
/// How long after a verification the next one is due.
const VERIFY_AFTER: Duration = Duration::hours(24);

/// What is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Break {
    /// The ends were changed by somebody without the key.
    #[error("the row of the chain's ends was changed")]
    Ends,
    /// Links are missing.
    #[error("links {from} to {to} are missing")]
    Missing {
        /// The first one.
        from: i64,
        /// The last one.
        to: i64,
    },
    /// The entry, or a column made from it, is not what was appended.
    #[error("the entry of link {0} was changed")]
    Entry(i64),
    /// The link does not continue the one before.
    #[error("link {0} does not continue the one before: it was changed, moved or put in")]
    Link(i64),
    /// The entry is marked as redacted, and the platform has not redacted it so.
    #[error("the entry of link {0} was changed: it is no redaction of the platform's")]
    Redaction(i64),
    /// What was signed once is not what the log holds.
    #[error("the log holds another link {0} than its signed checkpoint, or none")]
    Checkpoint(i64),
    /// A row that was never appended.
    #[error("row {0} is no link of the chain")]
    Stray(i64),
    /// A column holds what the platform does not store in it.
    #[error("link {0} cannot be read: it was changed")]
    Unreadable(i64),
    /// A value is what it was, and no filter finds it.
    #[error("link {0} was changed: a value is written in another way than the platform writes it")]
    Respelt(i64),
    /// Nothing can be said of the rest.
    #[error("the log could not be read to its end, so that it is not known whether it holds")]
    Unfinished,
    /// The chain is an older one than what this process has seen.
    #[error("an older copy of the log was put back")]
    Rewound,
}

/// The job that verifies the log now, as somebody has asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VerifyAudit {}

impl Users {
    /// Wants the log verified, which takes its time; what is found is told by [`Users::audit_verification`].
    pub(crate) async fn order_verification(&self, author: impl Into<Author>) -> Result<(), UsersError> {
        self.infra
            .write(author, async |change: &mut Change| {
                change.unaudited("looking at the log changes nothing");
                change.enqueue(VerifyAudit {});
                Ok(())
            })
            .await
    }

    /// Verifies the log, and notes what was found; in how many places it does not hold.
    pub(crate) async fn verify_audit(&self) -> Result<i64, UsersError> {
        verify_and_note(&self.infra, &self.witness).await
    }
}

/// Verifies the chain, if that is due, and notes what was found. How many breaks are known now, newly found or not.
/// Whether it is due is said by the database: restarts must not put it off, and one process of several is enough. After one that did not
/// come to its end the next one is due at once.
pub(super) async fn verify_when_due(infra: &Infra, witness: &Witness) -> Result<i64, UsersError> {
    let now = infra.clock.now();
    let ends = audit_chain::find(infra.db.read_aside()).await?;
    // A time in the future is nobody's honest note, and one that is not sealed either.
    let is_recent = ends.verified_at.is_some_and(|last| last <= now && now - last < VERIFY_AFTER);
    let is_known = is_recent && is_finished(&ends.found());
    if is_known && ChainKeys(&infra.secrets).are_intact(&ends) && !witness.is_rewound() {
        return Ok(ends.break_count);
    }
    verify_and_note(infra, witness).await
}

async fn verify_and_note(infra: &Infra, witness: &Witness) -> Result<i64, UsersError> {
    let found = match verify(Log::of(infra), witness).await {
        // A database that is away for a moment is asked again; nothing else gets better by itself, and what was found once is not said
        // to hold for ever.
        Err(UsersError::Db(error)) if !error.is_unavailable() => {
            tracing::error!(%error, "the audit log could not be read to its end, so that it is not known whether it holds");
            None
        }
        found => Some(found?),
    };
    if let Some((first, breaks)) = found.as_ref().and_then(|found| Some((found.breaks.first()?, found.breaks.len()))) {
        tracing::error!(breaks, %first, "the audit log does not hold: it was tampered with");
    }
    let found = found.as_ref();
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("the audit log is not its own subject");
            let keys = ChainKeys(&infra.secrets);
            let ends = audit_chain::lock(change).await?;
            let intact = keys.are_intact(&ends);
            let mut ends = match found {
                Some(found) => noted(ends, found),
                None => unfinished(ends),
            };
            ends.verified_at = Some(change.now());
            // A seal that was broken stays so: it is what the next look finds.
            if intact {
                ends.seal = keys.seal(&ends);
            }
            audit_chain::note(change, &ends).await?;
            Ok(ends.break_count)
        })
        .await
}

/// The ends, with what a verification has found.
fn noted(ends: ChainEnds, found: &Found) -> ChainEnds {
    let break_count = i64::try_from(found.breaks.len()).unwrap_or(i64::MAX);
    let breaks = serde_json::Value::from(sentences(&found.breaks)).to_string();
    ChainEnds { break_count, breaks, redacted: found.redacted, ..ends }
}

/// The ends after a verification that did not come to its end. What the one before has found is found still: nobody hides it by having
/// the next one fail.
fn unfinished(ends: ChainEnds) -> ChainEnds {
    let mut found = ends.found();
    if !is_finished(&found) {
        return ends;
    }
    found.insert(0, Break::Unfinished.to_string());
    found.truncate(KEPT);
    let break_count = ends.break_count.saturating_add(1);
    ChainEnds { break_count, breaks: serde_json::Value::from(found).to_string(), ..ends }
}

/// Whether a verification that has found this came to its end.
pub(super) fn is_finished(found: &[String]) -> bool {
    let unfinished = Break::Unfinished.to_string();
    !found.contains(&unfinished)
}

/// The first breaks, in sentences.
pub(super) fn sentences(breaks: &[Break]) -> Vec<String> {
    breaks.iter().take(KEPT).map(ToString::to_string).collect()
}

/// A log to look at, and the key that it was made with.
#[derive(Clone, Copy)]
pub(super) struct Log<'a> {
    pub(super) db: &'a Db,
    pub(super) secrets: &'a Secrets,
}

impl<'a> Log<'a> {
    /// The platform's own.
    pub(super) fn of(infra: &'a Infra) -> Self {
        Self { db: &infra.db, secrets: &infra.secrets }
    }
}

/// What a verification has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Where the chain does not hold.
    pub(super) breaks: Vec<Break>,
    /// How many entries were redacted by the platform.
    pub(super) redacted: i64,
}

/// Verifies the chain.
pub(super) async fn verify(log: Log<'_>, witness: &Witness) -> Result<Found, UsersError> {
    loop {
        let seen = witness.position();
        let ends = audit_chain::find(log.db.read_aside()).await?;
        witness.compare_since(seen, &ends);
        let mut found = walk(log, &ends, witness).await?;
        // Rows are looked at before the ends are read again: what was appended meanwhile is behind the first ends, and
        // not behind the second.
        let (first, last) = audit_log::bounds(log.db.read_aside()).await?;
        let signed = audit_checkpoints::newest(log.db.read_aside(), None, 1).await?;
        let now = audit_chain::find(log.db.read_aside()).await?;
        // Retention may have cut what was being read.
        if now.cut_position != ends.cut_position && !found.breaks.is_empty() {
            continue;
        }
        let strays = [first.filter(|first| *first <= ends.cut_position), last.filter(|last| *last > now.last())];
        found.breaks.extend(strays.into_iter().flatten().map(Break::Stray));
        let unheld = signed.first().map(|signed| signed.row.position).filter(|position| *position > now.last());
        found.breaks.extend(unheld.map(Break::Checkpoint));
        if witness.is_rewound() {
            found.breaks.push(Break::Rewound);
        }
        if found.breaks.is_empty() {
            witness.saw(&ends);
        }
        return Ok(found);
    }
}

async fn walk(log: Log<'_>, ends: &ChainEnds, witness: &Witness) -> Result<Found, UsersError> {
    let mut walk = Walk::from(ends, ChainKeys(log.secrets), witness);
    let keys = checkpoint::public_keys(log.secrets);
    loop {
        // Links behind the head that was read are still being appended, or belong to the next look.
        let links = audit_log::after(log.db.read_aside(), walk.position, SLICE).await?;
        let before = walk.position;
        let last = links.last().map_or(before, |link| link.row.position).min(ends.last());
        let mut signed = audit_checkpoints::between(log.db.read_aside(), before, last).await?.into_iter().peekable();
        for link in links.into_iter().take_while(|link| link.row.position <= ends.last()) {
            walk.step(&link);
            while let Some(checkpoint) = signed.next_if(|signed| signed.row.position <= link.row.position) {
                walk.compare(&link, &checkpoint, &keys);
            }
        }
        if walk.position == before || walk.breaks.len() >= MOST {
            let redacted = walk.redacted;
            return Ok(Found { breaks: walk.finish(ends), redacted });
        }
    }
}

/// A walk along the chain.
pub(super) struct Walk<'a> {
    keys: ChainKeys<'a>,
    witness: &'a Witness,
    position: i64,
    hash: String,
    redacted: i64,
    /// What was found wrong so far.
    pub(super) breaks: Vec<Break>,
}

impl<'a> Walk<'a> {
    /// From the beginning.
    pub(super) fn from(ends: &ChainEnds, keys: ChainKeys<'a>, witness: &'a Witness) -> Self {
        let breaks = if keys.are_intact(ends) { Vec::new() } else { vec![Break::Ends] };
        Self { keys, witness, position: ends.cut_position, hash: ends.cut_hash.clone(), redacted: 0, breaks }
    }

    /// To the next link.
    pub(super) fn step(&mut self, found: &Row) {
        let link = &found.row;
        let position = link.position;
        let expected = self.position + 1;
        if position != expected {
            self.breaks.push(Break::Missing { from: expected, to: position - 1 });
        } else if link.previous_hash != self.hash {
            self.breaks.push(Break::Link(position));
        }
        if !found.unreadable.is_empty() {
            self.breaks.push(Break::Unreadable(position));
            (self.position, self.hash) = (position, link.hash.clone());
            return;
        }
        if found.is_respelt && self.keys.is_content(found) && self.keys.is_link(link) {
            self.breaks.push(Break::Respelt(position));
        }
        match (self.keys.is_content(found), &link.redaction) {
            (true, None) => {}
            (true, Some(_)) => self.redacted += 1,
            (false, None) => self.breaks.push(Break::Entry(position)),
            (false, Some(_)) => self.breaks.push(Break::Redaction(position)),
        }
        if !self.keys.is_link(link) {
            self.breaks.push(Break::Link(position));
        }
        self.witness.compare_link(link);
        (self.position, self.hash) = (position, link.hash.clone());
    }

    /// Compares a link with what was signed of it.
    fn compare(&mut self, link: &Row, signed: &audit_checkpoints::Row, keys: &[AuditKey]) {
        let (link, position) = (&link.row, signed.row.position);
        let is_held = checkpoint::read(&signed.row.token, keys)
            .is_ok_and(|said| said.position == position && said.position == link.position && said.hash == link.hash);
        if !is_held || !signed.unreadable.is_empty() {
            self.breaks.push(Break::Checkpoint(position));
        }
    }

    fn finish(mut self, ends: &ChainEnds) -> Vec<Break> {
        // Where the chain ends is not known, so nobody can say that something is not there.
        if self.breaks.len() >= MOST || ends.are_lost {
            return self.breaks;
        }
        if self.position < ends.head_position {
            self.breaks.push(Break::Missing { from: self.position + 1, to: ends.head_position });
        } else if self.hash != ends.head_hash {
            self.breaks.push(Break::Link(ends.head_position));
        }
        self.breaks
    }
}
