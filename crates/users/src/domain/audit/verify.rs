//! Verification: reads the whole chain and says where it does not hold.

use super::{ChainKeys, read};
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use crate::store::{audit_chain, audit_log};
use orion_infra::Db;
use orion_infra::secrets::{Secrets, same};
use std::collections::HashMap;

/// How many links are read at once.
const SLICE: u64 = 1000;

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
    #[error("link {0} does not continue the one before")]
    Link(i64),
    /// The service wrote entries that never arrived here.
    #[error("{service} wrote entries before its number {sequence} that are not in the chain")]
    Sequence {
        /// Whose.
        service: String,
        /// Number of the first entry after the gap.
        sequence: i64,
    },
}

/// Verifies the chain; empty when it holds. Somebody who puts back an older copy of all rows, ends included, is found by
/// the gap in a service's sequence that the next entry leaves.
pub(crate) async fn verify(db: &Db, secrets: &Secrets) -> Result<Vec<Break>, UsersError> {
    loop {
        let ends = audit_chain::find(db.read()).await?;
        let breaks = verify_between(db, secrets, &ends).await?;
        // Retention may have cut what was being read.
        if breaks.is_empty() || audit_chain::find(db.read()).await?.cut_position == ends.cut_position {
            return Ok(breaks);
        }
    }
}

async fn verify_between(db: &Db, secrets: &Secrets, ends: &ChainEnds) -> Result<Vec<Break>, UsersError> {
    let mut walk = Walk::from(ends, ChainKeys(secrets));
    loop {
        // Links behind the head that was read are still being appended, or belong to the next look.
        let links = audit_log::after(db.read(), walk.position, SLICE).await?;
        let before = walk.position;
        for link in links.into_iter().take_while(|link| link.position <= ends.head_position) {
            walk.step(&link);
        }
        if walk.position == before {
            return Ok(walk.finish(ends));
        }
    }
}

/// A walk along the chain.
struct Walk<'a> {
    keys: ChainKeys<'a>,
    position: i64,
    hash: String,
    /// The next sequence number of each service. After a cut, a service's first number is not known.
    next: HashMap<String, i64>,
    whole: bool,
    breaks: Vec<Break>,
}

impl<'a> Walk<'a> {
    fn from(ends: &ChainEnds, keys: ChainKeys<'a>) -> Self {
        let untouched = ends.head_position == 0 && ends.cut_position == 0 && ends.seal.is_empty();
        let sealed = untouched || same(keys.seal(ends).as_bytes(), ends.seal.as_bytes());
        Self {
            keys,
            position: ends.cut_position,
            hash: ends.cut_hash.clone(),
            next: HashMap::new(),
            whole: ends.cut_position == 0,
            breaks: if sealed { Vec::new() } else { vec![Break::Ends] },
        }
    }

    fn step(&mut self, link: &Model) {
        let expected = self.position + 1;
        if link.position != expected {
            self.breaks.push(Break::Missing { from: expected, to: link.position - 1 });
        } else if link.previous_hash != self.hash {
            self.breaks.push(Break::Link(link.position));
        }
        if !self.is_as_appended(link) {
            self.breaks.push(Break::Entry(link.position));
        }
        let hash = self.keys.link(&link.previous_hash, &link.payload_hmac, link.position);
        if !same(hash.as_bytes(), link.hash.as_bytes()) {
            self.breaks.push(Break::Link(link.position));
        }
        let first = if self.whole { 1 } else { link.sequence };
        if *self.next.get(&link.service).unwrap_or(&first) != link.sequence {
            self.breaks.push(Break::Sequence { service: link.service.clone(), sequence: link.sequence });
        }
        self.next.insert(link.service.clone(), link.sequence + 1);
        (self.position, self.hash) = (link.position, link.hash.clone());
    }

    fn is_as_appended(&self, link: &Model) -> bool {
        let columns = |link: &Model| {
            let entry = read(link).ok()?;
            Some(entry.id.0 == link.id && entry.service.as_str() == link.service && entry.sequence == link.sequence)
        };
        same(self.keys.payload(&link.entry).as_bytes(), link.payload_hmac.as_bytes()) && columns(link) == Some(true)
    }

    fn finish(mut self, ends: &ChainEnds) -> Vec<Break> {
        if self.position < ends.head_position {
            self.breaks.push(Break::Missing { from: self.position + 1, to: ends.head_position });
        } else if self.hash != ends.head_hash {
            self.breaks.push(Break::Link(ends.head_position));
        }
        self.breaks
    }
}
