//! What differs between two versions of the document, and a version with edits.

use super::{Item, Items, Key};
use chrono::{DateTime, Utc};
use orion_contracts::UserId;
use orion_contracts::gateway_changes::{GatewayEdit, GatewayItemChange};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What somebody wants: the definition that each of these shall have; none for one that shall be no more.
pub(crate) type Edits = BTreeMap<Key, Option<Json>>;

/// How many changes a summary names.
const NAMED: usize = 10;

/// What the edits would change, in their order; edits that change nothing are left out.
pub(crate) fn differences<'a>(
    before: &Items,
    edits: impl IntoIterator<Item = (&'a Key, Option<&'a Json>)>,
) -> Vec<GatewayItemChange> {
    let change = |((kind, name), after): (&Key, Option<&Json>)| {
        let stands = before.get(&(*kind, name.clone())).map(|item| &item.definition);
        let edit = match (stands, after) {
            (None, Some(_)) => GatewayEdit::Added,
            (Some(stands), Some(after)) if stands != after => GatewayEdit::Replaced,
            (Some(_), None) => GatewayEdit::Removed,
            _ => return None,
        };
        Some(GatewayItemChange {
            kind: *kind,
            name: name.clone(),
            edit,
            before: stands.cloned(),
            after: after.cloned(),
        })
    };
    edits.into_iter().filter_map(change).collect()
}

/// The document after changes that were made of edits.
pub(crate) fn apply(
    before: &Items,
    changes: &[GatewayItemChange],
    version: i64,
    (changed_by, changed_at): (Option<UserId>, DateTime<Utc>),
) -> Items {
    let mut items = before.clone();
    for change in changes {
        let key = (change.kind, change.name.clone());
        match &change.after {
            Some(after) => {
                drop(items.insert(key, Arc::new(Item::new(after.clone(), version, changed_by, changed_at))));
            }
            None => drop(items.remove(&key)),
        }
    }
    items
}

/// The first of them in words.
pub(crate) fn summary(changes: &[GatewayItemChange]) -> Vec<String> {
    let word = |edit| match edit {
        GatewayEdit::Added => "added",
        GatewayEdit::Replaced => "replaced",
        GatewayEdit::Removed => "removed",
    };
    let line = |one: &GatewayItemChange| format!("{} {} {}", one.kind.as_str(), one.name, word(one.edit));
    changes.iter().take(NAMED).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::gateway_changes::GatewayItemKind::Route;
    use proptest::prelude::*;
    use serde_json::json;

    fn document(names: &BTreeMap<String, u8>) -> Items {
        let item = |(name, number): (&String, &u8)| {
            ((Route, name.clone()), Arc::new(Item::new(json!({ "n": number }), 1, None, DateTime::UNIX_EPOCH)))
        };
        names.iter().map(item).collect()
    }

    /// The edits that make one document another.
    fn edits(from: &Items, to: &Items) -> Edits {
        let gone = from.keys().map(|key| (key.clone(), None));
        gone.chain(to.iter().map(|(key, item)| (key.clone(), Some(item.definition.clone())))).collect()
    }

    proptest! {
        #[test]
        fn what_differs_makes_one_document_of_the_other_and_names_nothing_else(
            from in proptest::collection::btree_map("[a-d]", 0_u8..3, 0..5),
            to in proptest::collection::btree_map("[a-d]", 0_u8..3, 0..5),
        ) {
            let (from, to) = (document(&from), document(&to));
            let edits = edits(&from, &to);
            let changes = differences(&from, edits.iter().map(|(key, after)| (key, after.as_ref())));
            let made = apply(&from, &changes, 2, (None, DateTime::UNIX_EPOCH));
            let plain = |items: &Items| items.iter().map(|(key, item)| (key.clone(), item.definition.clone())).collect::<Vec<_>>();
            prop_assert_eq!(plain(&made), plain(&to));
            for change in &changes {
                prop_assert_ne!(&change.before, &change.after);
            }
            // What stays keeps the version that wrote it: two who change different things are not in each other's way.
            let kept = made.iter().filter(|(key, _)| changes.iter().all(|change| change.name != key.1));
            for (_, item) in kept {
                prop_assert_eq!(item.since, 1);
            }
        }
    }

    #[test]
    fn a_summary_names_the_first_of_them() {
        let many = document(&(0..20).map(|number| (format!("r{number:02}"), 0)).collect());
        let edits = edits(&Items::new(), &many);
        let lines = summary(&differences(&Items::new(), edits.iter().map(|(key, after)| (key, after.as_ref()))));
        assert_eq!((lines.len(), &*lines[0]), (NAMED, "route r00 added"));
    }
}
