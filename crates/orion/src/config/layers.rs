//! Layers of configuration: default < file < environment < flag. Every value remembers where it came from, so that what is
//! wrong with it can say so. Nothing stops at the first mistake.

use super::keys::{Keys, nearest};
use super::problem::Problem;
use orion_infra::config::{ConfigFault, VARIABLE_PREFIX, variable};
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// Names the file; read before the configuration is.
pub(super) const CONFIG_VARIABLE: &str = "ORION_CONFIG";
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
    problems: Vec<Problem>,
}

impl Layers {
    /// The defaults alone.
    pub fn new(keys: Keys) -> Self {
        Self { keys, set: BTreeMap::new(), problems: Vec::new() }
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
                (value, _) => self.set(&key, value, &origin),
            }
        }
    }

    /// Lays environment variables over what there is; those that are not ORION's are passed over.
    pub fn add_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let known: BTreeMap<_, _> = self.keys.all().map(|key| (variable(&key.name), key.name.clone())).collect();
        let variables: BTreeMap<String, String> = variables.collect();
        for (name, text) in &variables {
            let is_foreign = FOREIGN.iter().any(|prefix| name.starts_with(prefix)) || name == CONFIG_VARIABLE;
            if !name.starts_with(VARIABLE_PREFIX) || is_foreign || is_service_link(name, text) {
                continue;
            }
            if let Some(key) = known.get(name) {
                self.set_text(key, text, name);
            } else if let Some(key) = name.strip_suffix("_FILE").and_then(|plain| known.get(plain)) {
                match variables.contains_key(&variable(key)) {
                    true => {
                        let message = format!("is set by {} as well: take one of them away", variable(key));
                        self.problems.push(Problem::new(name, key, message));
                    }
                    false => self.set_by_file(key, Path::new(text), name),
                }
            } else {
                let near = nearest(name, known.keys().map(String::as_str));
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
        self.put(key, value, text.is_empty(), origin);
    }

    fn set(&mut self, key: &str, value: Value, origin: &str) {
        let is_empty = value.as_str() == Some("");
        let value = self.keys.get(key).map(|key| key.kind.accept(value));
        self.put(key, value, is_empty, origin);
    }

    fn put(&mut self, key: &str, value: Option<Result<Value, String>>, is_empty: bool, origin: &str) {
        match value {
            // As if nobody had set it.
            Some(_) if is_empty && FOLLOWERS.iter().any(|(follower, _)| *follower == key) => {
                self.set.remove(key);
            }
            Some(Ok(value)) => {
                self.set.insert(key.to_owned(), (value, origin.to_owned()));
            }
            Some(Err(message)) => self.problems.push(Problem::new(origin, key, message)),
            None if self.keys.is_section(key) => {
                self.problems.push(Problem::new(origin, "", format!("`{key}` is a section: name a key in it")));
            }
            None => {
                let message = format!("unknown key `{key}`{}", suggestion(self.keys.nearest(key)));
                self.problems.push(Problem::new(origin, "", message));
            }
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

    /// Where a key's value came from; an item of a list came with the list.
    pub fn origin(&self, key: &str) -> &str {
        let key = key.split('[').next().unwrap_or(key);
        self.set.get(key).map_or(DEFAULT, |(_, origin)| origin)
    }

    /// A mistake that was found when the values were used, with the place that its key came from.
    pub fn problem(&self, fault: ConfigFault) -> Problem {
        Problem::new(self.origin(&fault.key), fault.key, fault.message)
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
mod tests {
    use super::*;
    use crate::Config;

    fn layers() -> Layers {
        Layers::new(Keys::of::<Config>())
    }

    fn environment(pairs: &[(&str, &str)]) -> Layers {
        let mut layers = layers();
        layers.add_environment(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        layers
    }

    fn told(layers: &Layers) -> Vec<String> {
        layers.problems().iter().map(ToString::to_string).collect()
    }

    fn text<'a>(layers: &'a Layers, key: &str) -> Option<&'a str> {
        layers.get(key).and_then(Value::as_str)
    }

    #[test]
    fn the_environment_wins_over_the_file_and_keeps_types() {
        let mut layers = layers();
        layers.add_toml("[database]\nmax_connections = 7\nurl = \"postgres://file\"", "orion.toml");
        let variables = [("ORION_DATABASE_URL".to_owned(), "postgres://environment".to_owned())];
        layers.add_environment(variables.into_iter());
        assert_eq!(told(&layers), Vec::<String>::new());
        assert_eq!(text(&layers, "database.url"), Some("postgres://environment"));
        assert_eq!(layers.get("database.max_connections").and_then(Value::as_integer), Some(7));
        assert_eq!(layers.origin("database.url"), "ORION_DATABASE_URL");
        assert_eq!(layers.origin("database.max_connections"), "orion.toml:2");
        assert_eq!(layers.origin("namespace"), "default");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_line() {
        let mut layers = layers();
        layers.add_toml(
            "namspace = \"a\"\n[databse]\nurl = \"\"\n[database]\nmax_conections = 1\nurl = 7\n\n[auth]\nkey_rotation_days = 0\n",
            "orion.toml",
        );
        let told = told(&layers);
        for (at, words) in [
            "orion.toml:1: unknown key `namspace`; did you mean `namespace`?",
            "orion.toml:9: auth.key_rotation_days (ORION_AUTH_KEY_ROTATION_DAYS) must be a whole number from 1 to 36525, but is 0",
            "orion.toml:5: unknown key `database.max_conections`; did you mean `database.max_connections`?",
            "orion.toml:6: database.url (ORION_DATABASE_URL) must be a text",
            "orion.toml:2: unknown key `databse`; did you mean `database`?",
        ]
        .iter()
        .enumerate()
        {
            assert!(told.contains(&(*words).to_owned()), "{at}: {told:#?}");
        }
        assert_eq!(told.len(), 5, "{told:#?}");
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_with_the_line() {
        let mut layers = layers();
        layers.add_toml("[database]\nurl = \n", "orion.toml");
        assert!(told(&layers)[0].starts_with("orion.toml:2: "), "{:?}", told(&layers));
    }

    #[test]
    fn unknown_variables_are_refused_with_the_nearest_known_one() {
        assert!(told(&environment(&[("ORION_DATABSE_URL", "x")]))[0].contains("did you mean `ORION_DATABASE_URL`?"));
        let wrong = told(&environment(&[("ORION_DATABASE_MAX_CONNECTIONS", "many")]));
        assert!(
            wrong[0].starts_with("ORION_DATABASE_MAX_CONNECTIONS: database.max_connections must be a whole"),
            "{wrong:?}"
        );
    }

    #[test]
    fn what_kubernetes_says_of_services_is_passed_over() {
        let links = [
            ("ORION_AUTH_SERVICE_HOST", "10.0.0.1"),
            ("ORION_AUTH_SERVICE_PORT", "3001"),
            ("ORION_AUTH_SERVICE_PORT_HTTP", "3001"),
            ("ORION_AUTH_PORT", "tcp://10.0.0.1:3001"),
            ("ORION_AUTH_PORT_3001_TCP", "tcp://10.0.0.1:3001"),
            ("ORION_AUTH_PORT_3001_TCP_PROTO", "tcp"),
            ("ORION_AUTH_PORT_3001_TCP_PORT", "3001"),
            ("ORION_AUTH_PORT_3001_TCP_ADDR", "10.0.0.1"),
            ("ORION_LISTEN_AUTH_PORT", "tcp://10.0.0.1:3001"),
        ];
        let layers = environment(&links);
        assert_eq!((told(&layers), layers.origin("listen.auth_port")), (Vec::new(), "default"));
        assert_eq!(
            told(&environment(&[("ORION_LISTEN_AUTH_PROT", "3001")])).len(),
            1,
            "a mistyped one is still refused"
        );
    }

    #[test]
    fn a_key_that_the_environment_sets_twice_is_refused() {
        let twice = [("ORION_REDIS_URL", "redis://a"), ("ORION_REDIS_URL_FILE", "/nowhere")];
        for order in [[twice[0], twice[1]], [twice[1], twice[0]]] {
            let told = told(&environment(&order));
            assert!(told[0].contains("redis.url") && told[0].contains("ORION_REDIS_URL_FILE"), "{told:?}");
        }
        // A key whose own name ends like that is no file of another.
        let both = [("ORION_GATEWAY_ACCESS_LOG", "file"), ("ORION_GATEWAY_ACCESS_LOG_FILE", "x")];
        assert_eq!(told(&environment(&both)), Vec::<String>::new());
    }

    #[test]
    fn addresses_that_nobody_set_follow_the_ports() {
        let mut layers = environment(&[("ORION_LISTEN_ADMIN_PORT", "21004"), ("ORION_PUBLIC_URL", "")]);
        layers.follow_ports();
        assert_eq!(text(&layers, "admin.console_url"), Some("http://localhost:21004"));
        assert_eq!(text(&layers, "public_url"), Some("http://localhost:3000"));
        assert_eq!(layers.origin("admin.console_url"), "listen.admin_port");
    }

    #[test]
    fn a_secret_can_stand_in_a_file() {
        let file = std::env::temp_dir().join(format!("orion-layer-{}", std::process::id()));
        std::fs::write(&file, "postgres://from-file\n").expect("written");
        let variables = [("ORION_DATABASE_URL_FILE", &*file.display().to_string())];
        assert_eq!(text(&environment(&variables), "database.url"), Some("postgres://from-file"));
        std::fs::write(&file, "\n").expect("written");
        let empty = told(&environment(&variables));
        std::fs::remove_file(&file).expect("removed");
        assert!(empty[0].contains("the file is empty"), "{empty:?}");
    }

    #[test]
    fn every_key_has_a_variable_words_and_bounds_of_its_own() {
        let keys = Keys::of::<Config>();
        let variables: std::collections::BTreeSet<_> = keys.all().map(|key| variable(&key.name)).collect();
        assert_eq!(variables.len(), keys.all().count());
        for key in keys.all() {
            let is_bounded = !matches!(key.kind, super::super::value::Kind::Whole { most: None, .. });
            assert!(!key.words.is_empty() && is_bounded, "{}: words, and bounds where it is a number", key.name);
            assert_eq!(key.kind.accept(key.default.clone()), Ok(key.default.clone()), "{}: its default", key.name);
        }
    }

    #[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(default)]
    struct Outer {
        inner: Inner,
    }

    #[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(default)]
    struct Inner {
        deep: Deep,
    }

    #[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(default)]
    struct Deep {
        word: String,
    }

    #[test]
    fn sections_nest() {
        let mut layers = Layers::new(Keys::of::<Outer>());
        layers.add_toml("[inner.deep]\nword = \"file\"\nwrod = 1", "orion.toml");
        assert_eq!(told(&layers), ["orion.toml:3: unknown key `inner.deep.wrod`; did you mean `inner.deep.word`?"]);
        layers.add_environment([("ORION_INNER_DEEP_WORD".to_owned(), "variable".to_owned())].into_iter());
        let read: Outer = layers.table().try_into().expect("read");
        assert_eq!(read.inner.deep.word, "variable");
    }
}
