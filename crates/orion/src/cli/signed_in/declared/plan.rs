//! A plan: what would be done, what that would break, and what stands in the way. Its JSON is what `orion apply --plan` reads again.

use super::breaks::Break;
use super::meaning::Meaning;
use super::read::{Place, Source};
use super::step::Step;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The form of a plan. Those of the first had no files in them, so that nobody could say whether their steps are what they told of, and those
/// of the second did not say what the roles mean that they give.
pub(super) const FORM: u32 = 3;

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Role,
    Organisation,
    Team,
    ServiceAccount,
    Route,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Organisation => "organisation",
            Self::Team => "team",
            Self::ServiceAccount => "service account",
            Self::Route => "route",
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
    /// What the roles mean that it gives, makes or changes.
    pub(super) gives: BTreeMap<String, Meaning>,
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
        let other = |(name, now): (&String, &Meaning)| match kept.gives.get(name) {
            None => Some(format!("it does not say what the role {name} gives")),
            Some(planned) => Some(format!("the role {name} {}", planned.changed(now)?)),
        };
        if let Some(other) = self.gives.iter().find_map(other) {
            return Some(other);
        }
        if let Some(more) = self.breaks.iter().find(|one| !one.is_told_by(&kept.breaks)) {
            return Some(format!("it does not say that {}", super::words::broken(more)));
        }
        // How many there are may be others by then.
        let without_numbers = |note: &str| note.replace(|letter: char| letter.is_ascii_digit(), "");
        let is_noted = |note: &str| kept.notes.iter().any(|known| without_numbers(known) == without_numbers(note));
        if let Some(note) = self.notes.iter().find(|note| !is_noted(note)) {
            return Some(format!("it does not say what is not looked at: {note}"));
        }
        let met = |change: &Change| change.touches.unwrap_or_default();
        let met_nobody = |one: &Change| kept.changes.iter().any(|known| is_same(one, known) && met(known) == 0);
        let touched = self.changes.iter().find(|one| met(one) > 0 && met_nobody(one))?;
        let people = super::words::counted(met(touched), "person", "people");
        Some(format!("it does not say that the {} {} touches {people}", touched.kind.words(), touched.name))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(touches: u32, notes: &[&str]) -> Plan {
        let change = Change {
            action: Action::Change,
            kind: Kind::Role,
            name: "desk".to_owned(),
            fields: Vec::new(),
            touches: Some(touches),
            place: None,
        };
        Plan {
            form: FORM,
            url: "http://localhost:3000".to_owned(),
            files: Vec::new(),
            prune: false,
            in_sync: false,
            changes: vec![change],
            same: Vec::new(),
            breaks: Vec::new(),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
            obstacles: Vec::new(),
            steps: Vec::new(),
            gives: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_not_looked_at_any_more_is_beyond_a_plan_that_was_kept() {
        let (keys, people) = ("API keys are looked at of 100 of the 120 who lose something", "people cannot be listed");
        let kept = plan(1, &[keys]);
        assert_eq!(plan(1, &[]).beyond(&kept), None, "by then all was looked at");
        assert_eq!(plan(1, &["API keys are looked at of 100 of the 9 who lose something"]).beyond(&kept), None);
        let told = plan(1, &[keys, people]).beyond(&kept);
        assert_eq!(told.as_deref(), Some("it does not say what is not looked at: people cannot be listed"));
    }

    #[test]
    fn who_is_touched_where_nobody_was_is_beyond_a_plan_that_was_kept() {
        let told = plan(2, &[]).beyond(&plan(0, &[]));
        assert_eq!(told.as_deref(), Some("it does not say that the role desk touches 2 people"));
        for (now, before) in [(0, 0), (0, 5), (7, 1)] {
            assert_eq!(plan(now, &[]).beyond(&plan(before, &[])), None);
        }
    }
}
