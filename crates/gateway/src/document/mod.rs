//! The document of what is kept in the database and changes while the gateway runs. It lies over what the process's own file
//! has; both together are looked at as a whole, and are in force as a whole or not at all.

mod detail;
mod differences;
mod look;
mod names;
#[cfg(test)]
pub(crate) mod testing;

pub use detail::{GatewayDocument, RouteDetail, StoredDocument};
pub(crate) use differences::{Edits, apply, differences, summary};
pub(crate) use look::{Base, Looked, field_of, fields_of_list, look};

use crate::routing::RouteConfig;
use crate::store::items::StoredItem;
use crate::store::versions::Stamp;
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::gateway_changes::GatewayItemKind;
use serde::de::Error as _;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a thing of the document is found by.
pub(crate) type Key = (GatewayItemKind, String);

/// What stands in a document, by kind and name; that is also the order in which routes are added after those of the file.
pub(crate) type Items = BTreeMap<Key, Arc<Item>>;

/// A thing of the document.
#[derive(Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) definition: Json,
    /// The definition as this version reads it; or why it cannot.
    pub(crate) route: Result<RouteConfig, String>,
    /// The version that wrote it.
    pub(crate) since: i64,
    pub(crate) changed_by: Option<UserId>,
    pub(crate) changed_at: DateTime<Utc>,
}

/// A version of the document as it is kept.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) stamp: Stamp,
    pub(crate) items: Items,
    /// Things of kinds that this version does not know, as "kind name": a newer one has written them.
    pub(crate) unknown: Vec<String>,
}

impl Document {
    /// Before the first change.
    pub(crate) const EMPTY: Self = Self { stamp: Stamp::NONE, items: Items::new(), unknown: Vec::new() };

    /// Of what was read of it.
    pub(crate) fn new(stamp: Stamp, stored: Vec<StoredItem>) -> Self {
        let mut document = Self { stamp, ..Self::EMPTY };
        for item in stored {
            match GatewayItemKind::of_word(&item.kind) {
                Some(kind) => drop(document.items.insert((kind, item.name.clone()), Arc::new(Item::of(item)))),
                None => document.unknown.push(format!("{} {}", item.kind, item.name)),
            }
        }
        document
    }

    /// This one with what later versions have written and taken away, so that a change of one thing reads one thing.
    pub(crate) fn with(&self, stamp: Stamp, touched: Vec<StoredItem>) -> Self {
        let (ended, standing): (Vec<_>, Vec<_>) = touched.into_iter().partition(|item| item.until.is_some());
        let mut document = Self { stamp, items: self.items.clone(), unknown: self.unknown.clone() };
        for item in ended {
            match GatewayItemKind::of_word(&item.kind) {
                Some(kind) => drop(document.items.remove(&(kind, item.name))),
                None => document.unknown.retain(|one| *one != format!("{} {}", item.kind, item.name)),
            }
        }
        let standing = Self::new(stamp, standing);
        document.items.extend(standing.items);
        document.unknown.extend(standing.unknown);
        document
    }
}

impl Item {
    fn of(stored: StoredItem) -> Self {
        let StoredItem { definition, since, changed_by, changed_at, .. } = stored;
        Self { route: read(&definition), definition, since, changed_by, changed_at }
    }

    /// One that is about to be written by a version.
    pub(crate) fn new(definition: Json, since: i64, changed_by: Option<UserId>, changed_at: DateTime<Utc>) -> Self {
        Self { route: read(&definition), definition, since, changed_by, changed_at }
    }
}

fn read(definition: &Json) -> Result<RouteConfig, String> {
    // A list of the right length would pass for an object otherwise.
    if !definition.is_object() {
        return Err(serde_json::Error::custom("is no JSON object").to_string());
    }
    serde::Deserialize::deserialize(definition).map_err(|error: serde_json::Error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored(kind: &str, name: &str, since: i64, until: Option<i64>) -> StoredItem {
        let definition = json!({ "name": name, "path": format!("/{name}/*"), "upstream": "http://127.0.0.1:9000" });
        let changed_at = DateTime::UNIX_EPOCH;
        StoredItem {
            kind: kind.to_owned(),
            name: name.to_owned(),
            since,
            until,
            definition,
            changed_by: None,
            changed_at,
        }
    }

    fn stamp(version: i64) -> Stamp {
        Stamp { version, changed_at: Some(DateTime::UNIX_EPOCH) }
    }

    #[test]
    fn what_versions_touched_makes_the_same_document_as_reading_all_of_it() {
        let before = Document::new(stamp(2), vec![stored("route", "a", 1, None), stored("route", "b", 2, None)]);
        // "a" is replaced by 3, "b" is removed by 4, "c" comes with 4; "d" comes and goes in between.
        let touched = vec![
            stored("route", "a", 1, Some(3)),
            stored("route", "a", 3, None),
            stored("route", "b", 2, Some(4)),
            stored("route", "c", 4, None),
            stored("route", "d", 3, Some(4)),
        ];
        let after = before.with(stamp(4), touched);
        let whole = Document::new(stamp(4), vec![stored("route", "a", 3, None), stored("route", "c", 4, None)]);
        assert_eq!((after.stamp, &after.items), (whole.stamp, &whole.items));
        assert_eq!(before.items.len(), 2, "the version before is as it was");
    }

    #[test]
    fn what_a_newer_version_has_written_is_neither_lost_nor_taken_for_something_else() {
        let document =
            Document::new(stamp(1), vec![stored("of_tomorrow", "x", 1, None), stored("route", "a", 1, None)]);
        assert_eq!((document.items.len(), &*document.unknown), (1, &["of_tomorrow x".to_owned()][..]));
        let after = document.with(stamp(2), vec![stored("of_tomorrow", "x", 1, Some(2))]);
        assert!(after.unknown.is_empty());
    }

    #[test]
    fn a_definition_that_cannot_be_read_says_why() {
        let mut odd = stored("route", "a", 1, None);
        odd.definition = json!({ "name": "a", "path": "/a", "upstream": "http://host", "planet": "Mars" });
        let document = Document::new(stamp(1), vec![odd]);
        let item = document.items.values().next().expect("kept");
        assert!(item.route.as_ref().is_err_and(|why| why.contains("planet")), "{item:?}");
    }
}
