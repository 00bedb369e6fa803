//! Moments that somebody names.

use crate::error::UsersError;
use chrono::{DateTime, Datelike, Utc};
use orion_contracts::FieldCode;
use orion_infra::Change;

/// Whether both databases keep and compare a moment alike: SQLite compares texts, of which years of other lengths are out of order.
pub(super) fn is_storable(moment: DateTime<Utc>) -> bool {
    (1..=9999).contains(&moment.year())
}

/// Refuses a moment of a filter that the databases do not take.
pub(super) fn check(field: &'static str, moment: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>, UsersError> {
    match moment {
        Some(moment) if !is_storable(moment) => {
            Err(UsersError::invalid(field, FieldCode::OutOfRange, "must be in a year from 1 to 9999"))
        }
        moment => Ok(moment),
    }
}

/// Refuses an end of what is given or denied that has been, or that the databases do not take.
pub(super) fn check_end(end: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), UsersError> {
    match end > now && is_storable(end) {
        true => Ok(()),
        false => Err(UsersError::invalid(
            "expires_at",
            FieldCode::OutOfRange,
            "must be in the future, before the year 10000",
        )),
    }
}

/// What the clock says once the locks of a change are held, of which each may have been waited for: what has ended meanwhile counts no
/// more, though the change began before.
pub(super) fn after_locks(change: &Change) -> DateTime<Utc> {
    change.infra().clock.now().max(change.now())
}

#[cfg(test)]
mod tests {
    use super::{check, check_end};
    use chrono::{DateTime, Utc};

    #[test]
    fn years_that_databases_compare_otherwise_are_refused() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let now = at("2026-01-01T00:00:00Z");
        assert!(check("since", Some(at("0001-01-01T00:00:00Z"))).is_ok());
        assert!(check_end(at("9999-12-31T23:59:59Z"), now).is_ok());
        for far in [at("+10000-01-01T00:00:00Z"), at("-0001-01-01T00:00:00Z")] {
            assert!(check("since", Some(far)).is_err());
            assert!(check_end(far, now).is_err());
        }
        assert!(check_end(now, now).is_err());
    }
}
