//! Retention: old links leave from the beginning, and the chain is verified from there on. Nothing leaves that does not
//! hold, and nothing for a single date or a wrong clock.

use super::verify::{Break, Walk};
use super::{ChainKeys, Witness};
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Model;
use crate::store::{audit_chain, audit_log};
use chrono::{DateTime, Duration, Utc};
use orion_contracts::Author;
use orion_infra::{Change, Infra};

/// How many links go in one transaction, so that nobody waits long for the writer.
const SLICE: u64 = 1000;
/// Which part of the log goes at once at most, if that is more than a slice: a tenth. The next look takes more.
const PART: u64 = 10;
/// A clock is believed when something was done at least so long ago by it, or as long as entries are kept,
const SETTLED: Duration = Duration::days(7);
/// and at most so long. One that has just jumped ahead has no such past.
const PAST: Duration = Duration::days(365);

/// Why a cut stopped before all that is old was gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// The clock is not believed.
    #[error("nothing was done in the last year but in its last days: the clock seems to be far ahead")]
    Clock,
    /// The next link does not hold.
    #[error("{0}")]
    Broken(Break),
}

/// What a cut did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// How many links were removed.
    pub(crate) removed: u64,
    /// Why it stopped early.
    pub(crate) stop: Option<Stop>,
}

/// Removes links from the beginning that are older than this, by when they happened and by when they were appended.
pub(crate) async fn cut(infra: &Infra, witness: &Witness, keep: Duration) -> Result<Cut, UsersError> {
    let now = infra.clock.now();
    let mut cut = Cut::default();
    let Some(before) = now.checked_sub_signed(keep) else { return Ok(cut) };
    // Looking costs a read; only when something is old is the writer asked for.
    let ends = audit_chain::find(infra.db.read()).await?;
    let first = audit_log::after(infra.db.read(), ends.cut_position, 1).await?;
    if !first.iter().all(|link| is_old(link, before) && link.position < ends.head_position) || first.is_empty() {
        return Ok(cut);
    }
    if !audit_log::happened_between(infra.db.read(), now - PAST, now - SETTLED.min(keep)).await? {
        cut.stop = Some(Stop::Clock);
        return Ok(cut);
    }
    let length = u64::try_from(ends.head_position - ends.cut_position).unwrap_or_default();
    let most = SLICE.max(length / PART);
    while cut.stop.is_none() && cut.removed < most {
        let limit = SLICE.min(most - cut.removed);
        let slice = async |change: &mut Change| remove(change, witness, before, limit).await;
        let (removed, stop) = infra.write(Author::PLATFORM, slice).await?;
        cut.removed += removed;
        cut.stop = stop;
        if removed < limit {
            break;
        }
    }
    Ok(cut)
}

/// Removes the next links, as far as they are old and hold; the newest one always stays.
async fn remove(
    change: &mut Change,
    witness: &Witness,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<(u64, Option<Stop>), UsersError> {
    change.unaudited("the audit log is not its own subject; the note of the cut is sealed");
    let mut ends = audit_chain::lock(change).await?;
    let secrets = change.infra().secrets.clone();
    let mut walk = Walk::from(&ends, ChainKeys(&secrets), witness);
    let mut last = None;
    for link in audit_log::after(change, ends.cut_position, limit).await? {
        if !walk.breaks.is_empty() || link.position >= ends.head_position || !is_old(&link, before) {
            break;
        }
        walk.step(&link);
        if walk.breaks.is_empty() {
            last = Some((link.position, link.hash));
        }
    }
    let mut removed = 0;
    if let Some((position, hash)) = last {
        ends = ChainEnds { cut_position: position, cut_hash: hash, cut_at: Some(change.now()), ..ends };
        ends.seal = ChainKeys(&secrets).seal(&ends);
        removed = audit_log::delete_up_to(change, position).await?;
        audit_chain::update(change, &ends).await?;
    }
    Ok((removed, walk.breaks.into_iter().next().map(Stop::Broken)))
}

fn is_old(link: &Model, before: DateTime<Utc>) -> bool {
    link.occurred_at < before && link.appended_at < before
}
