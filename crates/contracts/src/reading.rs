//! How fields of bodies are read.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer};

/// A moment as both databases keep it, to the microsecond: two that are kept as one are compared as one.
pub fn kept(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.trunc_subsecs(6)
}

/// An end of what is given, as it will be kept.
pub(crate) fn end<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<DateTime<Utc>>::deserialize(from)?.map(kept))
}

/// What cannot be cleared: where it is absent it stays, and `null` is refused. To read that as absent would answer a change that was none.
pub(crate) fn value<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::api_keys::UpdateApiKey;
    use crate::users::{AssignRole, PutDirectPermission};
    use serde_json::{from_value, json};

    #[test]
    fn an_end_is_read_as_it_will_be_kept() {
        let read = |text: &str| from_value::<AssignRole>(json!({ "expires_at": text })).expect("an end").expires_at;
        let kept = read("2030-01-01T00:00:00.123456789Z").expect("an end");
        assert_eq!(kept.timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(read("2030-01-01T01:00:00.123456+01:00"), Some(kept));
        let open: PutDirectPermission = from_value(json!({ "effect": "grant", "expires_at": null })).expect("none");
        assert_eq!(open.expires_at, None);
        assert_eq!(from_value::<AssignRole>(json!({})).expect("none").expires_at, None);
    }

    #[test]
    fn what_cannot_be_cleared_is_absent_or_a_value() {
        let read = |body| from_value::<UpdateApiKey>(body);
        assert_eq!(read(json!({})).expect("nothing").name, None);
        assert_eq!(read(json!({ "name": "Export" })).expect("a name").name.as_deref(), Some("Export"));
        let refused = read(json!({ "name": null })).expect_err("null").to_string();
        assert!(refused.contains("null, expected a string"), "{refused}");
    }
}
