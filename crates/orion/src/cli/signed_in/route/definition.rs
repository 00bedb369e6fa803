//! What a route is to be: of a file, and of flags over it.

use crate::cli::Failure;
use clap::Args;
use serde_json::{Map, Value};
use std::io::Read;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What is said of a route.
#[derive(Args)]
#[group(id = "route-definition", required = true, multiple = true)]
pub(crate) struct Given {
    /// A file with the route, in TOML as the configuration has it, in YAML or in JSON; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    file: Option<String>,
    /// /shop/* for /shop and all below it, or one exact path.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Where it leads, such as http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// authenticated (a valid token is demanded) or public.
    #[arg(long, value_name = "WHO")]
    access: Option<String>,
    /// Any other key of a route, with a value as in TOML, such as --with timeout_ms=5000; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    with: Vec<(String, Value)>,
    /// A key that it has no more; may be repeated.
    #[arg(long, value_name = "KEY")]
    without: Vec<String>,
}

impl Given {
    /// The route, over one that stands; of a file it is what stands there.
    pub(super) fn definition(&self, name: Option<&str>, standing: Option<&Value>) -> Result<Value, Failure> {
        let mut route = match (&self.file, standing) {
            (Some(file), _) => read(file).map_err(|failure| format!("{}: {failure}", shown(file)))?,
            (None, Some(standing)) => standing.as_object().cloned().unwrap_or_default(),
            (None, None) => Map::new(),
        };
        if let Some(name) = name {
            route.insert("name".to_owned(), Value::from(name));
        }
        let own = [("path", &self.path), ("upstream", &self.upstream), ("access", &self.access)];
        for (key, value) in own {
            if let Some(value) = value {
                route.insert(key.to_owned(), Value::from(value.as_str()));
            }
        }
        for (key, value) in &self.with {
            put(&mut route, key, value.clone())?;
        }
        for key in &self.without {
            take(&mut route, key);
        }
        if !route.contains_key("name") {
            return Err("name the route, in the file or before the flags: `orion route add shop --path …`".into());
        }
        Ok(Value::Object(route))
    }
}

fn shown(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

fn read(file: &str) -> Result<Map<String, Value>, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text)?,
        file => std::fs::File::open(file)?.take(LARGEST + 1).read_to_string(&mut text)?,
    };
    if read as u64 > LARGEST {
        return Err(format!("a file has at most {} MiB", LARGEST >> 20).into());
    }
    parse(&text, file)
}

/// One route of a text: by itself, or as the only one of the list that a configuration has.
fn parse(text: &str, file: &str) -> Result<Map<String, Value>, Failure> {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let value: Value = match ending.as_deref() {
        Some("toml") => toml::from_str(text)?,
        Some("json") => serde_json::from_str(text)?,
        Some("yaml" | "yml") => serde_saphyr::from_str(text)?,
        // What comes by a pipe has no name to tell.
        _ => toml::from_str(text).or_else(|_| serde_saphyr::from_str(text))?,
    };
    let list = value.pointer("/gateway/routes").or_else(|| value.get("routes")).and_then(Value::as_array);
    match (list.map(Vec::as_slice), &value) {
        (Some([Value::Object(route)]), _) | (None, Value::Object(route)) => Ok(route.clone()),
        (Some(many), _) => {
            let words = "has one route at a time; `orion apply` takes many together";
            Err(format!("{} routes stand there, and this command {words}", many.len()).into())
        }
        (None, _) => Err("there stands no route: it has keys such as name, path and upstream".into()),
    }
}

/// A key with its value, which is a text where it is nothing else of TOML.
fn pair(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() || key.split('.').any(str::is_empty) {
        return Err("write it as KEY=VALUE, such as timeout_ms=5000 or rate_limit.requests=100".to_owned());
    }
    let read = toml::from_str::<Value>(&format!("value = {value}")).ok();
    // More than one value, by a line break in it, is a text too.
    let read = read
        .and_then(|read| read.as_object().filter(|read| read.len() == 1).and_then(|read| read.get("value").cloned()));
    Ok((key.to_owned(), read.unwrap_or_else(|| Value::from(value))))
}

fn put(within: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), Failure> {
    let Some((first, rest)) = key.split_once('.') else {
        within.insert(key.to_owned(), value);
        return Ok(());
    };
    let below = within.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if below.is_null() {
        *below = Value::Object(Map::new());
    }
    match below {
        Value::Object(below) => put(below, rest, value),
        _ => Err(format!("{first} has no keys below it").into()),
    }
}

fn take(within: &mut Map<String, Value>, key: &str) {
    match key.split_once('.') {
        None => drop(within.remove(key)),
        Some((first, rest)) => {
            if let Some(Value::Object(below)) = within.get_mut(first) {
                take(below, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(with: &[&str], without: &[&str]) -> Given {
        Given {
            file: None,
            path: Some("/shop/*".to_owned()),
            upstream: None,
            access: None,
            with: with.iter().map(|text| pair(text).expect("a pair")).collect(),
            without: without.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn flags_lie_over_what_stands_and_nothing_else_changes() {
        let standing = json!({ "name": "shop", "path": "/old", "upstream": "http://a", "rate_limit": { "requests": 5, "seconds": 1 } });
        let order =
            given(&["timeout_ms=5000", "rate_limit.requests = 9", "hosts=[\"a\", \"b\"]", "note=two words"], &[]);
        let made = order.definition(Some("shop"), Some(&standing)).expect("a route");
        let expected = json!({
            "name": "shop", "path": "/shop/*", "upstream": "http://a", "rate_limit": { "requests": 9, "seconds": 1 },
            "timeout_ms": 5000, "hosts": ["a", "b"], "note": "two words",
        });
        assert_eq!(made, expected);
        let less = given(&[], &["rate_limit.seconds", "upstream", "nothing.there"]);
        let made = less.definition(Some("shop"), Some(&standing)).expect("a route");
        assert_eq!(made, json!({ "name": "shop", "path": "/shop/*", "rate_limit": { "requests": 5 } }));
        assert!(given(&[], &[]).definition(None, None).is_err(), "it has no name");
        assert!(given(&["name.first=1"], &[]).definition(Some("shop"), None).is_err());
    }

    #[test]
    fn a_value_is_one_value_whatever_stands_in_it() {
        assert_eq!(pair("a=1\nb=2").expect("a text").1, json!("1\nb=2"));
        assert_eq!(pair("a=true").expect("a word").1, json!(true));
        assert_eq!(pair("a=").expect("empty").1, json!(""));
        for wrong in ["a", "=1", ".a=1", "a.=1"] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_has_one_route_in_any_of_the_forms() {
        let expected = json!({ "name": "shop", "path": "/shop/*" });
        for (file, text) in [
            ("a.toml", "name = \"shop\"\npath = \"/shop/*\"\n"),
            ("a.toml", "[[gateway.routes]]\nname = \"shop\"\npath = \"/shop/*\"\n"),
            ("a.yaml", "name: shop\npath: /shop/*\n"),
            ("a.YML", "routes:\n- name: shop\n  path: /shop/*\n"),
            ("a.json", "{\"name\": \"shop\", \"path\": \"/shop/*\"}"),
            ("-", "name = \"shop\"\npath = \"/shop/*\"\n"),
            ("-", "name: shop\npath: /shop/*\n"),
            ("shop", "{\"name\": \"shop\", \"path\": \"/shop/*\"}"),
        ] {
            let read = parse(text, file).unwrap_or_else(|failure| panic!("{file}: {failure}"));
            assert_eq!(Value::Object(read), expected, "{file}");
        }
        for (file, text) in [
            ("a.toml", "name = "),
            ("a.yaml", "[]"),
            ("a.json", "[{\"name\": \"shop\"}]"),
            ("a.toml", "[[gateway.routes]]\nname = \"a\"\n[[gateway.routes]]\nname = \"b\"\n"),
            ("-", ""),
            ("a.yaml", "just words"),
        ] {
            let read = parse(text, file);
            assert!(read.is_err() || read.is_ok_and(|route| route.is_empty()), "{file}: {text}");
        }
    }
}
