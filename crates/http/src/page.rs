//! Cursors: opaque to callers, a position inside. Whoever forges one gets a 400 at most.

use orion_contracts::page::{DEFAULT_LIMIT, MAX_LIMIT};
use orion_contracts::{FieldCode, Page, Problem};
use orion_infra::secrets::{hex, unhex};
use serde::{Serialize, de::DeserializeOwned};

/// The longest cursor that is looked at, in bytes.
const MAX_CURSOR: usize = 2048;

/// The number of items asked for, within bounds.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
        Some(_) => Err(Problem::validation().field("limit", FieldCode::OutOfRange, limit_message())),
    }
}

/// What a limit must be.
pub(crate) fn limit_message() -> String {
    format!("must be a whole number from 1 to {MAX_LIMIT}")
}

/// The position inside a cursor.
pub fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    Some(cursor)
        .filter(|cursor| cursor.len() <= MAX_CURSOR)
        .and_then(unhex)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .map(Some)
        .ok_or_else(|| Problem::invalid_cursor().detail("Pass next_cursor as it was given, or none to start again."))
}

/// A page of `limit` items out of up to `limit + 1` found; `position` says where the next page starts.
pub fn page<T, P: Serialize>(mut items: Vec<T>, limit: u32, position: impl Fn(&T) -> P) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).and_then(|last| encode(&position(last)));
    Page { items, next_cursor }
}

/// A cursor that leads to a position.
pub fn encode(position: &impl Serialize) -> Option<String> {
    serde_json::to_vec(position).ok().map(|bytes| hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_where_it_was_made() {
        let page = page(vec![1, 2, 3], 2, |item| *item);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(decode::<i32>(page.next_cursor.as_deref()).expect("own cursor"), Some(2));
    }

    #[test]
    fn the_last_page_has_no_cursor_and_forged_ones_are_refused() {
        assert!(page(vec![1, 2], 2, |item| *item).next_cursor.is_none());
        for forged in ["x", "zz", "é1", "7b", "00", "+937", "3737+9"] {
            assert_eq!(decode::<i32>(Some(forged)).expect_err(forged).name(), "invalid-cursor");
        }
    }
}
