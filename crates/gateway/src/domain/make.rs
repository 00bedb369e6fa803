//! The next version of the document: what stands there is read under a lock, edited, looked at as a whole, and kept with its
//! audit entry, its event and its announcement.

use super::Gateway;
use crate::document::{Base, Document, Edits, Items, Looked, apply, differences, field_of, look, summary};
use crate::store::{items, versions};
use orion_contracts::audit::AuditAction;
use orion_contracts::bus::BusMessage;
use orion_contracts::events::GatewayChanged;
use orion_contracts::gateway_changes::{GatewayEdit, GatewayItemChange, GatewayVersion};
use orion_contracts::{Author, FieldError, Principal, Problem, UserId};
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::config::ConfigFault;
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// What the document is to those who listen to events: there is one.
const DOCUMENT: Uuid = Uuid::from_u128(0x019e_4c3a_0000_7000_8000_6761_7465_7761);
/// How many faults are told of a document: who has made more mends these first.
const MOST_FAULTS: usize = 100;
/// How many things an audit entry has with their definitions; the history has all.
const AUDITED: usize = 100;

/// Why a version is made.
#[derive(Clone, Copy, Default)]
pub(super) struct Why<'a> {
    pub(super) reason: Option<&'a str>,
    /// The version that it restores.
    pub(super) restored: Option<i64>,
}

/// A version that was made, or the one that stands where nothing was changed.
pub(super) struct Made {
    pub(super) document: Document,
    pub(super) warnings: Vec<String>,
}

impl Gateway {
    /// The document, held until the commit: no other change is made meanwhile.
    pub(super) async fn hold(&self, change: &Change) -> Result<Arc<Document>, Problem> {
        versions::hold(change).await?;
        let newest = versions::newest(change).await?;
        let known = self.in_force.document();
        if known.stamp == newest {
            return Ok(known);
        }
        Ok(Arc::new(Document::new(newest, items::current(change).await?)))
    }

    /// Makes the next version of edits; none where they change nothing.
    pub(super) async fn make(
        &self,
        change: &mut Change,
        standing: &Document,
        edits: Edits,
        why: Why<'_>,
    ) -> Result<Made, Problem> {
        let changes = differences(&standing.items, edits.iter().map(|(key, after)| (key, after.as_ref())));
        if changes.is_empty() {
            change.unaudited("everything stands there already as it shall");
            let document = Document { stamp: standing.stamp, items: standing.items.clone(), unknown: Vec::new() };
            return Ok(Made { document, warnings: Vec::new() });
        }
        let (author, now) = (changed_by(change.author()), change.now());
        let version = standing.stamp.version + 1;
        let items = apply(&standing.items, &changes, version, (author, now));
        let warnings = check(&self.in_force.base(), standing, &items, &changes)?;

        let next = versions::advance(change).await?;
        debug_assert_eq!(next, version, "the version was held");
        for one in &changes {
            if one.before.is_some() {
                items::end(change, one.kind, &one.name, version).await?;
            }
            if let Some(definition) = &one.after {
                items::begin(change, one.kind, &one.name, version, definition, author).await?;
            }
        }
        let made = GatewayVersion {
            version,
            reason: why.reason.map(str::to_owned),
            restored: why.restored,
            changed_by: author,
            changed_at: now,
            changed: changes.len() as u64,
            summary: summary(&changes),
        };
        versions::insert(change, &made).await?;
        change.audit(audited(&made, &changes));
        change.tell(DOCUMENT, version, GatewayChanged { version, restored: made.restored, summary: made.summary });
        change.announce(BusMessage::GatewayChanged { version });
        let stamp = versions::Stamp { version, changed_at: Some(now) };
        Ok(Made { document: Document { stamp, items, unknown: Vec::new() }, warnings })
    }
}

/// Refuses what could not be in force, with all that is wrong. What was wrong before, since another file or another version
/// of ORION, is no reason: whoever mends a part of it must be able to. Otherwise what may not be meant.
fn check(
    base: &Base,
    standing: &Document,
    items: &Items,
    changes: &[GatewayItemChange],
) -> Result<Vec<String>, Problem> {
    let looked = look_at(base, standing, items, changes);
    let Looked { table: Err(faults), .. } = looked else { return Ok(looked.warnings) };
    let new = new_faults(base, standing, faults, changes);
    if new.is_empty() {
        let message =
            "it is kept, but not in force: something else of the document cannot be; see /api/v1/gateway/applied";
        return Ok(vec![message.to_owned()]);
    }
    Err(told(new.iter().map(|fault| match changes {
        [one] => field_of(fault, &(one.kind, one.name.clone())),
        _ => FieldError { field: fault.key.clone(), code: fault.code, message: fault.message.clone() },
    })))
}

/// Looks at what edits make of the document.
pub(super) fn look_at(base: &Base, standing: &Document, items: &Items, changes: &[GatewayItemChange]) -> Looked {
    let edited = changes.iter().map(|one| (one.kind, one.name.clone())).collect();
    look(base, items, &standing.unknown, &edited)
}

/// Those faults that edits have brought in, or that are of what was edited.
pub(super) fn new_faults(
    base: &Base,
    standing: &Document,
    faults: Vec<ConfigFault>,
    changes: &[GatewayItemChange],
) -> Vec<ConfigFault> {
    let before = look(base, &standing.items, &standing.unknown, &BTreeSet::new());
    let before: HashSet<_> = before.faults().iter().map(|fault| (fault.key.clone(), fault.message.clone())).collect();
    let written: HashSet<_> = changes
        .iter()
        .filter(|one| one.after.is_some())
        .map(|one| format!("{}.{}", one.kind.list(), one.name))
        .collect();
    let is_of_written = |key: &str| {
        let ends = std::iter::once(key.len()).chain(key.match_indices('.').map(|(at, _)| at));
        ends.filter_map(|end| key.get(..end)).any(|start| written.contains(start))
    };
    let is_new = |fault: &ConfigFault| {
        is_of_written(&fault.key) || !before.contains(&(fault.key.clone(), fault.message.clone()))
    };
    faults.into_iter().filter(is_new).collect()
}

/// The problem that tells of faults.
pub(super) fn told(faults: impl ExactSizeIterator<Item = FieldError>) -> Problem {
    let more = faults.len().saturating_sub(MOST_FAULTS);
    let mut problem = Problem::validation();
    problem.errors.extend(faults.take(MOST_FAULTS));
    if more > 0 { problem.detail(format!("And {more} more.")) } else { problem }
}

/// Who is told to have made a change: a user or a service account.
fn changed_by(author: Author) -> Option<UserId> {
    match author.principal {
        Principal::ServiceAccount { id } => Some(UserId(id)),
        principal => principal.user_id(),
    }
}

/// The audit entry of a version: of the one thing that it changed, or of all of them together.
fn audited(made: &GatewayVersion, changes: &[GatewayItemChange]) -> AuditRecord {
    let ([one], None) = (changes, made.restored) else {
        let what = match made.restored {
            Some(version) => format!("Restored version {version} of the gateway's document"),
            None => "Replaced the gateway's document".to_owned(),
        };
        let side = |of: fn(&GatewayItemChange) -> &Option<Json>| {
            let named =
                |one: &GatewayItemChange| Some((format!("{} {}", one.kind.as_str(), one.name), of(one).clone()?));
            Json::Object(changes.iter().take(AUDITED).filter_map(named).collect())
        };
        let what = format!("{what}: version {}, {} changed", made.version, made.changed);
        let record = AuditRecord::new(AuditAction::Update, "gateway_document", what).on(made.version);
        return record.values(Some(side(|one| &one.before)), Some(side(|one| &one.after)));
    };
    let (action, word) = match one.edit {
        GatewayEdit::Added => (AuditAction::Create, "Added"),
        GatewayEdit::Replaced => (AuditAction::Update, "Replaced"),
        GatewayEdit::Removed => (AuditAction::Delete, "Removed"),
    };
    let what = format!("{word} the {} {}: version {}", one.kind.as_str(), one.name, made.version);
    let with_reason = |after: Option<Json>| match (&made.reason, after) {
        (Some(reason), Some(Json::Object(mut fields))) => {
            fields.insert("reason".to_owned(), json!(reason));
            Some(Json::Object(fields))
        }
        (Some(reason), None) => Some(json!({ "reason": reason })),
        (_, after) => after,
    };
    AuditRecord::new(action, one.kind.as_str(), what)
        .on(&one.name)
        .values(one.before.clone(), with_reason(one.after.clone()))
}
