//! Verification: reads the whole chain and says where it does not hold.

use super::{ChainKeys, Witness};
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use crate::store::{audit_chain, audit_log};
use chrono::Duration;
use orion_contracts::Author;
use orion_infra::{Change, Infra};

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
    #[error("link {0} does not continue the one before, or was changed")]
    Link(i64),
    /// A row that was never appended.
    #[error("row {0} is no link of the chain")]
    Stray(i64),
    /// The chain is an older one than what this process has seen.
    #[error("an older copy of the log was put back")]
    Rewound,
}

/// Verifies the chain, if that is due, and notes what was found. How many breaks are known now, newly found or not.
/// Whether it is due is said by the database: restarts must not put it off, and one process of several is enough.
pub(crate) async fn verify_when_due(infra: &Infra, witness: &Witness) -> Result<i64, UsersError> {
    let now = infra.clock.now();
    let ends = audit_chain::find(infra.db.read_aside()).await?;
    // A time in the future is nobody's honest note, and one that is not sealed either.
    let is_recent = ends.verified_at.is_some_and(|last| last <= now && now - last < VERIFY_AFTER);
    if is_recent && ChainKeys(&infra.secrets).are_intact(&ends) && !witness.is_rewound() {
        return Ok(ends.break_count);
    }
    let breaks = verify(infra, witness).await?;
    if let Some(first) = breaks.first() {
        tracing::error!(breaks = breaks.len(), %first, "the audit log does not hold: it was tampered with");
    }
    let count = i64::try_from(breaks.len()).unwrap_or(i64::MAX);
    let sentences: Vec<_> = breaks.iter().take(KEPT).map(ToString::to_string).collect();
    let sentences = &serde_json::Value::from(sentences).to_string();
    infra
        .write(Author::PLATFORM, async |change: &mut Change| {
            change.unaudited("the audit log is not its own subject");
            let keys = ChainKeys(&infra.secrets);
            let ends = audit_chain::lock(change).await?;
            let intact = keys.are_intact(&ends);
            let mut ends =
                ChainEnds { verified_at: Some(change.now()), break_count: count, breaks: sentences.clone(), ..ends };
            // A seal that was broken stays so: it is what the next look finds.
            if intact {
                ends.seal = keys.seal(&ends);
            }
            Ok::<_, UsersError>(audit_chain::update(change, &ends).await?)
        })
        .await?;
    Ok(count)
}

/// Verifies the chain; empty when it holds.
pub(super) async fn verify(infra: &Infra, witness: &Witness) -> Result<Vec<Break>, UsersError> {
    loop {
        let seen = witness.position();
        let ends = audit_chain::find(infra.db.read_aside()).await?;
        witness.compare_since(seen, &ends);
        let mut breaks = walk(infra, &ends, witness).await?;
        // Rows are looked at before the ends are read again: what was appended meanwhile is behind the first ends, and
        // not behind the second.
        let (first, last) = audit_log::bounds(infra.db.read_aside()).await?;
        let now = audit_chain::find(infra.db.read_aside()).await?;
        // Retention may have cut what was being read.
        if now.cut_position != ends.cut_position && !breaks.is_empty() {
            continue;
        }
        let strays = [first.filter(|first| *first <= ends.cut_position), last.filter(|last| *last > now.head_position)];
        breaks.extend(strays.into_iter().flatten().map(Break::Stray));
        if witness.is_rewound() {
            breaks.push(Break::Rewound);
        }
        if breaks.is_empty() {
            witness.saw(&ends);
        }
        return Ok(breaks);
    }
}

async fn walk(infra: &Infra, ends: &ChainEnds, witness: &Witness) -> Result<Vec<Break>, UsersError> {
    let mut walk = Walk::from(ends, ChainKeys(&infra.secrets), witness);
    loop {
        // Links behind the head that was read are still being appended, or belong to the next look.
        let links = audit_log::after(infra.db.read_aside(), walk.position, SLICE).await?;
        let before = walk.position;
        for link in links.into_iter().take_while(|link| link.position <= ends.head_position) {
            walk.step(&link);
        }
        if walk.position == before || walk.breaks.len() >= MOST {
            return Ok(walk.finish(ends));
        }
    }
}

/// A walk along the chain.
pub(super) struct Walk<'a> {
    keys: ChainKeys<'a>,
    witness: &'a Witness,
    position: i64,
    hash: String,
    /// What was found wrong so far.
    pub(super) breaks: Vec<Break>,
}

impl<'a> Walk<'a> {
    /// From the beginning.
    pub(super) fn from(ends: &ChainEnds, keys: ChainKeys<'a>, witness: &'a Witness) -> Self {
        let breaks = if keys.are_intact(ends) { Vec::new() } else { vec![Break::Ends] };
        Self { keys, witness, position: ends.cut_position, hash: ends.cut_hash.clone(), breaks }
    }

    /// To the next link.
    pub(super) fn step(&mut self, link: &Model) {
        let expected = self.position + 1;
        if link.position != expected {
            self.breaks.push(Break::Missing { from: expected, to: link.position - 1 });
        } else if link.previous_hash != self.hash {
            self.breaks.push(Break::Link(link.position));
        }
        if !self.keys.is_payload(link, &link.payload_hmac) {
            self.breaks.push(Break::Entry(link.position));
        }
        if !self.keys.is_link(link) {
            self.breaks.push(Break::Link(link.position));
        }
        self.witness.compare_link(link);
        (self.position, self.hash) = (link.position, link.hash.clone());
    }

    fn finish(mut self, ends: &ChainEnds) -> Vec<Break> {
        if self.breaks.len() >= MOST {
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
