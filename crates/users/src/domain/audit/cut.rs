//! Retention: old links leave from the beginning, and the chain is verified from there on. Nothing leaves that does not
//! hold, and nothing for a single date; for a wrong clock, what is a month too young at most.

use super::verify::{Break, Walk};
use super::{ChainKeys, Witness};
use crate::error::UsersError;
use crate::store::audit_chain::ChainEnds;
use crate::store::audit_log::Row;
use crate::store::{audit_chain, audit_checkpoints, audit_log};
use chrono::{DateTime, Duration, Utc};
use orion_contracts::Author;
use orion_infra::{Change, Infra};

/// How many links go in one transaction, so that nobody waits long for the writer.
const SLICE: u64 = 1000;
/// Which part of the log goes at once at most, if that is more than a slice: a tenth. The next look takes more.
const PART: u64 = 10;
/// What was done so long ago by the clock, or as long as entries are kept, has settled: that was the time then,
const SETTLED: Duration = Duration::days(7);
/// and now it is so much later at most, as far as entries are concerned. A clock that has jumped ahead removes nothing
/// else, until it has been lived by for a week.
const BELIEVED: Duration = Duration::days(30);

/// Why a cut stopped before all that is old was gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// The clock is not believed.
    #[error("nothing was done for a month but in the last days: the clock may be far ahead")]
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
    let Some(mut before) = now.checked_sub_signed(keep) else { return Ok(cut) };
    // Looking costs a read; only when something is old is the writer asked for.
    let ends = audit_chain::find(infra.db.read()).await?;
    let first = audit_log::after(infra.db.read(), ends.cut_position, 1).await?;
    let Some(first) = first.first().filter(|link| is_old(link, before) && link.row.position < ends.head_position)
    else {
        return Ok(cut);
    };
    let settled = audit_log::happened_last(infra.db.read(), now - SETTLED.min(keep)).await?;
    before = settled.map_or(before, |settled| before.min(settled + BELIEVED - keep));
    if !is_old(first, before) {
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
        if !walk.breaks.is_empty() || link.row.position >= ends.head_position || !is_old(&link, before) {
            break;
        }
        walk.step(&link);
        if walk.breaks.is_empty() {
            last = Some((link.row.position, link.row.hash));
        }
    }
    let mut removed = 0;
    if let Some((position, hash)) = last {
        ends = ChainEnds { cut_position: position, cut_hash: hash, cut_at: Some(change.now()), ..ends };
        ends.seal = ChainKeys(&secrets).seal(&ends);
        removed = audit_log::delete_up_to(change, position).await?;
        audit_checkpoints::delete_up_to(change, position).await?;
        audit_chain::update(change, &ends).await?;
    }
    Ok((removed, walk.breaks.into_iter().next().map(Stop::Broken)))
}

/// Where one of the times cannot be read the other one tells: that link does not hold, which is told then.
fn is_old(link: &Row, before: DateTime<Utc>) -> bool {
    link.row.occurred_at < before && link.row.appended_at < before
}
