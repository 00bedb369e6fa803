//! How settings, what was wrong with them, and whoever changed them are told to people.

use crate::cli::{Failure, databases};
use crate::config::{Config, Key};
use crate::wiring;
use orion_contracts::{FieldError, Problem, ServiceName, UserId};
use orion_infra::config::ConfigFault;
use std::collections::HashMap;

/// What is told of a setting that the command's own configuration does not go with.
pub(super) fn not_applied(fault: &ConfigFault) -> String {
    let what = "is not applied by a process of this configuration, in which the value of the start is in force";
    format!("the setting {} {what}: {}", fault.key, fault.message)
}

/// Why there is no setting of that name.
pub(super) fn unknown(key: &str) -> Failure {
    let keys = Config::keys();
    let dynamic = |key: &&Key| key.is_dynamic;
    match keys.get(key) {
        Some(known) if !known.is_dynamic => {
            format!("{key} is read at the start only: set it in the file, the environment or by a flag").into()
        }
        _ => {
            let near = keys.nearest(key).filter(|near| keys.get(near).filter(dynamic).is_some());
            let near = near.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
            format!("there is no setting {key}; `orion settings list` shows all.{near}").into()
        }
    }
}

/// Why something was not done with a setting.
pub(super) fn refused(key: &str, problem: &Problem) -> Failure {
    match (problem.name(), problem.errors.as_slice()) {
        ("not-found", _) => unknown(key),
        (_, []) => problem.to_string().into(),
        (_, errors) => {
            let told = |error: &FieldError| match error.field.as_str() {
                "value" => error.message.clone(),
                field => format!("{field} {}", error.message),
            };
            format!("{key}: {}", errors.iter().map(told).collect::<Vec<_>>().join("; ")).into()
        }
    }
}

pub(super) fn words(problem: Problem) -> Failure {
    let fields = problem.errors.iter().map(|error| format!("{} {}", error.field, error.message));
    let fields = fields.collect::<Vec<_>>().join("; ");
    if fields.is_empty() { problem.to_string().into() } else { fields.into() }
}

/// Whose changes they are.
pub(super) struct Names(HashMap<UserId, String>);

impl Names {
    /// Looks them up; those that cannot be are shown by their ids.
    pub(super) async fn of(config: &Config, authors: impl IntoIterator<Item = Option<UserId>>) -> Self {
        let mut authors: Vec<_> = authors.into_iter().flatten().collect();
        authors.sort_unstable();
        authors.dedup();
        let mut names = HashMap::new();
        if authors.is_empty() {
            return Self(names);
        }
        let Ok(Some(users)) = databases::to_look(config, ServiceName::Users).await else { return Self(names) };
        for id in authors {
            if let Ok(Some(email)) = wiring::address_of(&users, id).await {
                names.insert(id, email);
            }
        }
        Self(names)
    }

    pub(super) fn of_author(&self, id: Option<UserId>) -> String {
        let Some(id) = id else { return "the machine".to_owned() };
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}
