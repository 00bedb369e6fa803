//! The keys within the items of a list, such as those of `[[gateway.routes]]`.

use super::keys::nearest;
use super::value::Kind;
use std::collections::BTreeMap;
use toml::Value;

/// What an item may have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    /// What each of its keys may be.
    pub(super) keys: BTreeMap<String, Kind>,
    /// The keys that it must have.
    pub(super) required: Vec<String>,
}

impl Items {
    /// One of its keys, as an example.
    pub(super) fn first(&self) -> &str {
        self.required.first().or(self.keys.keys().next()).map_or("key", String::as_str)
    }

    /// What is wrong with the items of a list, each under its key: `gateway.routes[0].path`.
    pub(super) fn faults_of_list(&self, list: &str, items: &[Value]) -> Vec<(String, String)> {
        let of_item = |(index, item): (usize, &Value)| self.faults(&format!("{list}[{index}]"), item);
        items.iter().enumerate().flat_map(of_item).collect()
    }

    fn faults(&self, name: &str, item: &Value) -> Vec<(String, String)> {
        let Value::Table(table) = item else {
            return vec![(name.to_owned(), format!("must have keys: {}", self.required.join(", ")))];
        };
        let mut faults = Vec::new();
        for (word, value) in table {
            let name = format!("{name}.{word}");
            match (self.keys.get(word), value) {
                (None, _) => {
                    let near = nearest(word, self.keys.keys().map(String::as_str));
                    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    faults.push((name, format!("is no key that it can have{near}")));
                }
                (Some(Kind::Table(within)), Value::Table(_)) => faults.extend(within.faults(&name, value)),
                (Some(kind), _) => {
                    faults.extend(kind.accept(value.clone()).err().map(|fault| (name, fault.to_string())));
                }
            }
        }
        let missing: Vec<_> =
            self.required.iter().filter(|word| !table.contains_key(*word)).map(String::as_str).collect();
        if !missing.is_empty() {
            faults.push((name.to_owned(), format!("must have `{}`", missing.join("`, `"))));
        }
        faults
    }
}
