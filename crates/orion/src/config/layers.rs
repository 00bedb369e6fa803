//! Layers of configuration: default < file < environment < flag. Every value remembers where it came from, so that what is
//! wrong with it can say so. Nothing stops at the first mistake.

use super::keys::{ANY, Keys, nearest};
use super::problem::{ConfigError, Problem};
use super::value::Kind;
use orion_contracts::FieldFault;
use orion_infra::config::{ConfigFault, VARIABLE_PREFIX, variable};
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// Names the file; read before the configuration is.
pub(super) const CONFIG_VARIABLE: &str = "ORION_CONFIG";
/// Holds a token for the commands that speak to a platform as a person does.
pub(crate) const TOKEN_VARIABLE: &str = "ORION_TOKEN";
/// The same with an API key.
pub(crate) const API_KEY_VARIABLE: &str = "ORION_API_KEY";
/// The launcher's and the tests' own variables.
const FOREIGN: &[&str] = &["ORION_TEST_", "ORION_E2E", "ORION_PROFILE", "ORION_BINARY", "ORION_BENCH_", "ORION_WRITE"];
/// The origin of what nobody has set.
pub(crate) const DEFAULT: &str = "default";
/// Addresses that follow a port while nobody sets them.
const FOLLOWERS: [(&str, &str); 2] =
    [("public_url", "listen.gateway_port"), ("admin.console_url", "listen.admin_port")];

/// Values that know where they came from.
pub struct Layers {
    keys: Keys,
    set: BTreeMap<String, (Value, String)>,
    /// Where the items of lists stand in a file, and their keys: `gateway.routes[0].path`.
    places: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Layers {
    /// The defaults alone.
    pub fn new(keys: Keys) -> Self {
        Self { keys, set: BTreeMap::new(), places: BTreeMap::new(), problems: Vec::new() }
    }

    /// The keys that there are.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What was wrong until now.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Lays a TOML file over what there is.
    pub fn add_file(&mut self, path: &Path, named_by: &str) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_toml(text.trim_start_matches('\u{feff}'), &path.display().to_string()),
            Err(error) => {
                self.problems.push(Problem::new(named_by, "", format!("{} cannot be read: {error}", path.display())));
            }
        }
    }

    /// Lays a TOML text over what there is.
    pub fn add_toml(&mut self, text: &str, file: &str) {
        match (DeTable::parse(text), text.parse::<Table>()) {
            (Ok(places), Ok(values)) => self.add_table("", places.get_ref(), values, &|at| place(file, text, at)),
            (Err(error), _) | (_, Err(error)) => {
                let at = error.span().map_or(0, |span| span.start);
                self.problems.push(Problem::new(place(file, text, at), "", error.message()));
            }
        }
    }

    fn add_table(&mut self, above: &str, places: &DeTable<'_>, values: Table, place: &dyn Fn(usize) -> String) {
        for (name, value) in values {
            let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            let found = places.iter().find(|(word, _)| word.get_ref().as_ref() == name);
            let origin = place(found.map_or(0, |(word, _)| word.span().start));
            match (value, found.map(|(_, value): (_, &Spanned<DeValue<'_>>)| value.get_ref())) {
                (Value::Table(below), Some(DeValue::Table(places))) if self.keys.is_section(&key) => {
                    self.add_table(&key, places, below, place);
                }
                (value, within) => {
                    self.forget_places(&key);
                    if let Some(DeValue::Array(items)) = within {
                        self.note_places(&key, items, place);
                    }
                    self.set(&key, value, &origin);
                }
            }
        }
    }

    /// Where a key of an item stands in a file, or the item.
    fn place_of(&self, key: &str) -> Option<&str> {
        let above = |key: &str| key.rsplit_once('.').map(|(above, _)| above.to_owned());
        let mut keys = std::iter::successors(Some(key.to_owned()), |key| above(key));
        keys.find_map(|key| self.places.get(&key)).map(String::as_str)
    }

    /// Whoever sets a list anew sets it whole.
    fn forget_places(&mut self, list: &str) {
        let of_list = format!("{list}[");
        self.places.retain(|key, _| !key.starts_with(&of_list));
    }

    fn note_places(&mut self, list: &str, items: &[Spanned<DeValue<'_>>], place: &dyn Fn(usize) -> String) {
        for (index, item) in items.iter().enumerate() {
            let name = format!("{list}[{index}]");
            if let DeValue::Table(keys) = item.get_ref() {
                let words = keys.iter().map(|(word, _)| word);
                self.places.extend(words.map(|word| (format!("{name}.{}", word.get_ref()), place(word.span().start))));
            }
            self.places.insert(name, place(item.span().start));
        }
    }

    /// Lays environment variables over what there is; those that are not ORION's are passed over.
    pub fn add_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let known: BTreeMap<_, _> = self.keys.all().map(|key| (variable(&key.name), key.name.clone())).collect();
        let variables: BTreeMap<String, String> = variables.collect();
        for (name, text) in &variables {
            let is_foreign = FOREIGN.iter().any(|prefix| name.starts_with(prefix))
                || [CONFIG_VARIABLE, TOKEN_VARIABLE, API_KEY_VARIABLE].contains(&name.as_str());
            if !name.starts_with(VARIABLE_PREFIX) || is_foreign || is_service_link(name, text) {
                continue;
            }
            let key_of = |name: &str| known.get(name).cloned().or_else(|| self.keys.named_by_variable(name));
            if let Some(key) = key_of(name) {
                self.set_text(&key, text, name);
            } else if let Some(key) = name.strip_suffix("_FILE").and_then(key_of) {
                match variables.contains_key(&variable(&key)) {
                    true => {
                        let message = format!("is set by {} as well: take one of them away", variable(&key));
                        self.problems.push(Problem::new(name, key, message));
                    }
                    false => self.set_by_file(&key, Path::new(text), name),
                }
            } else {
                let near = nearest(name, known.keys().map(String::as_str).chain([CONFIG_VARIABLE]));
                let message = format!("is no variable of ORION{}", suggestion(near));
                self.problems.push(Problem::new(name, "", message));
            }
        }
    }

    /// Sets a key to what stands in a file. One that is empty was not written yet: without its value there would be the
    /// embedded parts, and everything from nothing.
    fn set_by_file(&mut self, key: &str, file: &Path, origin: &str) {
        let read = std::fs::read_to_string(file).map_err(|error| error.to_string());
        match read {
            Ok(text) if text.trim().is_empty() => self.refuse_file(key, file, origin, "the file is empty"),
            Ok(text) => self.set_text(key, text.trim_end_matches(['\r', '\n']), origin),
            Err(error) => self.refuse_file(key, file, origin, &error),
        }
    }

    fn refuse_file(&mut self, key: &str, file: &Path, origin: &str, reason: &str) {
        self.problems.push(Problem::new(origin, key, format!("cannot be read from {}: {reason}", file.display())));
    }

    /// Sets a key from a text.
    pub fn set_text(&mut self, key: &str, text: &str, origin: &str) {
        let value = self.keys.get(key).map(|key| key.kind.read(text));
        self.forget_places(key);
        self.put(key, value, text.is_empty(), origin);
    }

    fn set(&mut self, key: &str, value: Value, origin: &str) {
        let is_empty = value.as_str() == Some("");
        let value = self.keys.get(key).map(|key| key.kind.accept(value));
        self.put(key, value, is_empty, origin);
    }

    fn put(&mut self, key: &str, value: Option<Result<Value, FieldFault>>, is_empty: bool, origin: &str) {
        match value {
            // As if nobody had set it.
            Some(_) if is_empty && FOLLOWERS.iter().any(|(follower, _)| *follower == key) => {
                self.set.remove(key);
            }
            Some(Ok(value)) => {
                let faults = self.faults_of_items(key, &value);
                if !faults.is_empty() {
                    let told = faults.into_iter().map(|(within, message)| {
                        let place = self.place_of(&within).unwrap_or(origin);
                        Problem::new(place, within, message)
                    });
                    return self.problems.extend(told.collect::<Vec<_>>());
                }
                self.set.insert(key.to_owned(), (value, origin.to_owned()));
            }
            Some(Err(fault)) => self.problems.push(Problem::new(origin, key, fault.message)),
            None if self.keys.is_section(key) => {
                self.problems.push(Problem::new(origin, "", format!("`{key}` is a section: name a key in it")));
            }
            None if key.is_empty() => {
                self.problems.push(Problem::new(origin, "", "names no key: write it as KEY=VALUE"));
            }
            None => {
                let message = format!("unknown key `{key}`{}", suggestion(self.keys.nearest(key).as_deref()));
                self.problems.push(Problem::new(origin, "", message));
            }
        }
    }

    fn faults_of_items(&self, key: &str, value: &Value) -> Vec<(String, String)> {
        match (self.keys.get(key).map(|key| &key.kind), value) {
            (Some(Kind::List(Some(items))), Value::Array(list)) => items.faults_of_list(key, list),
            _ => Vec::new(),
        }
    }

    /// Fills in the addresses that nobody has set: they follow the ports, which are their origin then.
    pub(super) fn follow_ports(&mut self) {
        for (key, port) in FOLLOWERS {
            let Some(number) = self.get(port).and_then(Value::as_integer).filter(|_| !self.set.contains_key(key))
            else {
                continue;
            };
            let url = Value::String(format!("http://localhost:{number}"));
            self.set.insert(key.to_owned(), (url, port.to_owned()));
        }
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self.set.get(key) {
            Some((value, _)) => Some(value),
            None => self.keys.get(key).map(|key| &key.default),
        }
    }

    /// The names of all keys: those that there always are, and those of sections that somebody has named.
    pub fn names(&self) -> Vec<&str> {
        let always = self.keys.all().map(|key| &*key.name).filter(|name| !name.contains(ANY));
        let named = self.set.keys().map(String::as_str).filter(|name| self.keys.is_named(name));
        always.chain(named).collect()
    }

    /// Where a key's value came from; an item of a list came with the list.
    pub fn origin(&self, key: &str) -> &str {
        if let Some(place) = self.place_of(key) {
            return place;
        }
        let key = key.split('[').next().unwrap_or(key);
        self.set.get(key).map_or(DEFAULT, |(_, origin)| origin)
    }

    /// A mistake that was found when the values were used, with the place that its key came from.
    pub fn problem(&self, fault: ConfigFault) -> Problem {
        Problem::new(self.origin(&fault.key), fault.key, fault.message)
    }

    /// Refuses when something is wrong, each with the place that it came from.
    pub fn refuse(&self, faults: Vec<ConfigFault>) -> Result<(), ConfigError> {
        let problems: Vec<_> = faults.into_iter().map(|fault| self.problem(fault)).collect();
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }

    /// What was set, as a configuration is read from it; what was not has its default.
    pub fn table(&self) -> Table {
        let mut all = Table::new();
        for (key, (value, _)) in &self.set {
            let mut place = &mut all;
            let mut words = key.split('.').peekable();
            while let Some(word) = words.next() {
                if words.peek().is_none() {
                    place.insert(word.to_owned(), value.clone());
                } else if let Value::Table(below) = place.entry(word).or_insert_with(|| Value::Table(Table::new())) {
                    place = below;
                } else {
                    break;
                }
            }
        }
        all
    }
}

fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// A place in a file, such as `orion.toml:12`.
fn place(file: &str, text: &str, at: usize) -> String {
    let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    format!("{file}:{line}")
}

/// Whether Kubernetes has put the variable there, for a Service whose name begins with `orion`.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = name.ends_with("_PORT") && value.contains("://");
    let is_detail = ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
        name.rsplit_once(protocol).is_some_and(|(before, after)| {
            let is_numbered = before.rsplit_once("_PORT_").is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            is_numbered && matches!(after, "" | "_PROTO" | "_PORT" | "_ADDR")
        })
    });
    name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || is_address || is_detail
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
