//! The document as a whole: replaced, tried out, restored.

use super::changes::{check_reason, definition_of};
use super::make::{Made, Why, look_at, new_faults, told};
use super::{Gateway, GatewayError};
use crate::document::{Base, Document, Edits, GatewayDocument, StoredDocument, apply, differences, fields_of_list};
use crate::store::{items, versions};
use orion_contracts::gateway_changes::{GatewayItemKind, GatewayVerdict};
use orion_contracts::{Author, FieldCode, FieldError, Problem};
use orion_infra::Change;
use orion_infra::config::ConfigFault;
use orion_infra::idempotency::IdempotencyKey;
use orion_infra::versions::SeenVersions;
use std::collections::HashMap;

impl Gateway {
    /// Puts another document in the place of the one that is kept.
    pub(crate) async fn replace_document(
        &self,
        author: impl Into<Author>,
        key: &IdempotencyKey,
        seen: &SeenVersions,
        wanted: &GatewayDocument,
        reason: Option<&str>,
    ) -> Result<StoredDocument, Problem> {
        reason.map_or(Ok(()), check_reason)?;
        let (definitions, places) = read(wanted)?;
        let made = self
            .infra
            .write_once(author, key, async |change: &mut Change| {
                let standing = self.hold(change).await?;
                seen.check(standing.stamp.version)?;
                let edits = edits(&standing, &definitions);
                // Once more where it is kept; here the places in the list are known.
                let verdict = tried(&self.in_force.base(), &standing, &edits, &places);
                if !verdict.is_valid {
                    return Err(told(verdict.faults.into_iter()));
                }
                let made = self.make(change, &standing, edits, Why { reason, restored: None }).await?;
                Ok::<_, Problem>(stored(&made))
            })
            .await?;
        self.apply_here().await;
        Ok(made)
    }

    /// What would become of a document in the place of the one that is kept; nothing is changed.
    pub(crate) async fn try_document(&self, wanted: &GatewayDocument) -> Result<GatewayVerdict, Problem> {
        let standing = self.newest().await?;
        match read(wanted) {
            Ok((definitions, places)) => {
                Ok(tried(&self.in_force.base(), &standing, &edits(&standing, &definitions), &places))
            }
            Err(problem) => Ok(GatewayVerdict {
                is_valid: false,
                faults: problem.errors,
                warnings: Vec::new(),
                changes: Vec::new(),
            }),
        }
    }

    /// Makes a version that is kept the newest again.
    pub(crate) async fn restore(
        &self,
        author: impl Into<Author>,
        key: &IdempotencyKey,
        (seen, version): (&SeenVersions, i64),
        reason: Option<&str>,
    ) -> Result<StoredDocument, Problem> {
        reason.map_or(Ok(()), check_reason)?;
        let made = self
            .infra
            .write_once(author, key, async |change: &mut Change| {
                let standing = self.hold(change).await?;
                seen.check(standing.stamp.version)?;
                if versions::find(change, version).await?.is_none() {
                    return Err(GatewayError::NoSuchVersion.into());
                }
                let then = items::at(change, version).await?;
                let then = Document::new(versions::Stamp { version, changed_at: None }, then);
                let definitions = then.items.into_iter().map(|(key, item)| (key, Some(item.definition.clone())));
                let edits = edits(&standing, &definitions.collect());
                let made = self.make(change, &standing, edits, Why { reason, restored: Some(version) }).await?;
                Ok::<_, Problem>(stored(&made))
            })
            .await?;
        self.apply_here().await;
        Ok(made)
    }
}

/// The definitions of a document as somebody has written it, and where in its list each stands; or which names stand twice.
fn read(wanted: &GatewayDocument) -> Result<(Edits, HashMap<&str, usize>), Problem> {
    let (mut definitions, mut places) = (Edits::new(), HashMap::new());
    let mut twice = Vec::new();
    for (at, route) in wanted.routes.iter().enumerate() {
        if let Some(first) = places.insert(&*route.name, at) {
            let message = format!("is the name of routes[{first}] already");
            twice.push(FieldError { field: format!("routes[{at}].name"), code: FieldCode::Taken, message });
        }
        definitions.insert((GatewayItemKind::Route, route.name.clone()), Some(definition_of(route)?));
    }
    if twice.is_empty() { Ok((definitions, places)) } else { Err(told(twice.into_iter())) }
}

/// The edits by which these definitions are all that stands there.
fn edits(standing: &Document, definitions: &Edits) -> Edits {
    let gone = standing.items.keys().map(|key| (key.clone(), None));
    let wanted = definitions.iter().map(|(key, after)| (key.clone(), after.clone()));
    gone.chain(wanted).collect()
}

fn tried(base: &Base, standing: &Document, edits: &Edits, places: &HashMap<&str, usize>) -> GatewayVerdict {
    let changes = differences(&standing.items, edits.iter().map(|(key, after)| (key, after.as_ref())));
    let version = standing.stamp.version + 1;
    let items = apply(&standing.items, &changes, version, (None, chrono::DateTime::UNIX_EPOCH));
    let looked = look_at(base, standing, &items, &changes);
    let (faults, warnings) = match looked.table {
        Ok(_) => (Vec::new(), looked.warnings),
        Err(faults) => (new_faults(base, standing, faults, &changes), Vec::new()),
    };
    let field = |fault: &ConfigFault| fields_of_list(fault, GatewayItemKind::Route, places);
    GatewayVerdict { is_valid: faults.is_empty(), faults: faults.iter().map(field).collect(), warnings, changes }
}

/// A document as it is given.
fn stored(made: &Made) -> StoredDocument {
    let document = super::reading::readable(&made.document);
    StoredDocument { version: made.document.stamp.version, document, warnings: made.warnings.clone() }
}
