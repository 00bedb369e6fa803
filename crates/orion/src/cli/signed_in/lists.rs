//! Reading what may be long, or not for everybody to see.

use super::calls::Calls;
use super::refusals::status_of;
use crate::cli::Failure;
use orion_contracts::Page;
use orion_contracts::page::MAX_LIMIT;
use serde::de::DeserializeOwned;

/// What a call gives; none, where it is not there, or not for the caller to see.
pub(super) async fn seen<T: DeserializeOwned>(calls: &mut Calls, path: &str) -> Result<Option<T>, Failure> {
    match calls.get(path).await {
        Err(failure) if matches!(status_of(&failure), Some(403 | 404)) => Ok(None),
        answer => answer.map(Some),
    }
}

/// All pages of a bounded list; its address may have a query.
pub(super) async fn all<T: DeserializeOwned>(calls: &mut Calls, path: &str) -> Result<Vec<T>, Failure> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{sign}limit={MAX_LIMIT}");
    let (mut page, mut items): (Page<T>, _) = (calls.get(&first).await?, Vec::new());
    loop {
        items.append(&mut page.items);
        let Some(cursor) = page.next_cursor else { return Ok(items) };
        page = calls.get(&format!("{first}&cursor={cursor}")).await?;
    }
}

/// The same; none, where it is not for whoever calls to see.
pub(super) async fn seen_all<T: DeserializeOwned>(calls: &mut Calls, path: &str) -> Result<Option<Vec<T>>, Failure> {
    match all(calls, path).await {
        Err(failure) if matches!(status_of(&failure), Some(403 | 404)) => Ok(None),
        answer => answer.map(Some),
    }
}
