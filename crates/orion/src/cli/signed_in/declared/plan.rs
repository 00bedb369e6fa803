//! A plan: what would be done, what that would break, and what stands in the way. Its JSON is what `orion apply --plan` reads again.

use super::breaks::Break;
use super::read::{Place, Source};
use super::step::Step;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of a plan. Those of the first had no files in them, so that nobody could say whether their steps are what they told of.
pub(super) const FORM: u32 = 2;

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Role,
    Organisation,
    Team,
    ServiceAccount,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Organisation => "organisation",
            Self::Team => "team",
            Self::ServiceAccount => "service account",
        }
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Create,
    Change,
    Remove,
}

/// A field that is another one afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Field {
    pub(super) field: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// Something that is made, changed or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) action: Action,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// How many people it touches, where that is known; 10,000 means as many or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) touches: Option<u32>,
    /// Where it stands in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place>,
}

/// Something that is as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Same {
    pub(super) kind: Kind,
    pub(super) name: String,
}

/// Something for which the plan cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Obstacle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place>,
    /// What it is about, such as `role support`.
    pub(super) subject: String,
    pub(super) message: String,
}

/// All of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) form: u32,
    /// The platform that was looked at.
    pub(super) url: String,
    /// What it was made of: it is made again of these before it is done.
    pub(super) files: Vec<Source>,
    pub(super) prune: bool,
    pub(super) in_sync: bool,
    pub(super) changes: Vec<Change>,
    pub(super) same: Vec<Same>,
    pub(super) breaks: Vec<Break>,
    /// What could not be looked at.
    pub(super) notes: Vec<String>,
    pub(super) obstacles: Vec<Obstacle>,
    /// What is called, in this order.
    pub(super) steps: Vec<Step>,
}

impl Plan {
    /// In words what this one would do that one that was kept does not say, if anything is.
    pub(super) fn beyond(&self, kept: &Self) -> Option<String> {
        let of = |change: &Change| (change.kind, change.name.clone());
        let is_same = |one: &Change, other: &Change| {
            (one.action, of(one), &one.fields) == (other.action, of(other), &other.fields)
        };
        let lacks = |some: &[Change], other: &[Change]| {
            let one = some.iter().find(|one| !other.iter().any(|known| is_same(one, known)))?;
            Some(format!("the {} {}", one.kind.words(), one.name))
        };
        if let Some(what) = lacks(&self.changes, &kept.changes).or_else(|| lacks(&kept.changes, &self.changes)) {
            return Some(format!("it says something else of {what}"));
        }
        let steps = |plan: &Self| serde_json::to_value(&plan.steps).unwrap_or_default();
        if self.changes.len() != kept.changes.len() || steps(self) != steps(kept) {
            return Some("its steps are others".to_owned());
        }
        let more = self.breaks.iter().find(|one| !one.is_told_by(&kept.breaks))?;
        Some(format!("it does not say that {}", super::words::broken(more)))
    }
}

/// A plan that is being made: steps by when they are done.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) changes: Vec<Change>,
    pub(super) same: Vec<Same>,
    pub(super) obstacles: Vec<Obstacle>,
    pub(super) steps: Vec<Step>,
    /// Done last, the last first.
    pub(super) removals: Vec<Step>,
}

impl Draft {
    pub(super) fn obstacle(&mut self, place: Option<&Place>, subject: String, message: impl Into<String>) {
        self.obstacles.push(Obstacle { place: place.cloned(), subject, message: message.into() });
    }

    /// Notes what becomes of something that stands in a file.
    pub(super) fn note(&mut self, action: Action, kind: Kind, name: &str, place: Option<&Place>, fields: Vec<Field>) {
        match action {
            Action::Change if fields.is_empty() => self.same.push(Same { kind, name: name.to_owned() }),
            _ => {
                let (name, place) = (name.to_owned(), place.cloned());
                self.changes.push(Change { action, kind, name, fields, touches: None, place });
            }
        }
    }
}

/// The fields that differ.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<Field>);

impl Fields {
    /// Compares a field where it is wanted at all; whether it differs.
    pub(super) fn compare<T: Serialize + PartialEq>(&mut self, field: &str, before: &T, after: Option<&T>) -> bool {
        let Some(after) = after.filter(|after| *after != before) else { return false };
        self.add(field, serde_json::json!(before), serde_json::json!(after));
        true
    }

    pub(super) fn add(&mut self, field: &str, before: Value, after: Value) {
        self.0.push(Field { field: field.to_owned(), before, after });
    }
}
