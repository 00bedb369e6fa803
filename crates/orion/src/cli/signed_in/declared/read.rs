//! Reading files, and putting several of them together.

use super::file::{FORM, File, Named, WantedAccount, WantedOrganisation, WantedRole, WantedRoute};
use super::places::{Node, Spot};
use crate::cli::signed_in::words::like;
use crate::cli::{Failure, output};
use serde::{Deserialize, Serialize};
use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 8 << 20;
/// And the largest plan, which has files in it.
pub(super) const LARGEST_PLAN: u64 = 64 << 20;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Something, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) place: Place,
    pub(super) value: T,
    /// Where its fields stand.
    pub(super) spots: Option<Node>,
}

/// A file: a plan that is kept has what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// What is wanted, of all files together.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The files, as they were named, with what stands in them.
    pub(super) files: Vec<Source>,
    /// None where no file has the section: then nothing of it is managed, nor removed.
    pub(super) roles: Option<BTreeMap<String, At<WantedRole>>>,
    pub(super) organisations: Option<BTreeMap<String, At<WantedOrganisation>>>,
    pub(super) accounts: Option<BTreeMap<String, At<WantedAccount>>>,
    pub(super) routes: Option<BTreeMap<String, At<WantedRoute>>>,
}

/// Reads all of them; `-` is standard input.
pub(super) fn files(names: &[String]) -> Result<Wanted, Failure> {
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err("standard input can be read once: name - once".into());
    }
    let mut wanted = Wanted::default();
    for name in names {
        let shown = if name == "-" { "standard input" } else { name };
        let text = contents(name, LARGEST).map_err(|error| format!("{shown}: {error}"))?;
        wanted.add(shown, &text)?;
    }
    Ok(wanted)
}

/// What stands in a file of so many bytes at most.
pub(super) fn contents(name: &str, largest: u64) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match name {
        "-" => std::io::stdin().lock().take(largest + 1).read_to_string(&mut text)?,
        name => std::fs::File::open(Path::new(name))?.take(largest + 1).read_to_string(&mut text)?,
    };
    match read as u64 > largest {
        true => Err(format!("a file has at most {} MiB", largest >> 20).into()),
        false => Ok(text),
    }
}

impl Wanted {
    /// Adds what stands in a file; several documents may. A mistake is told on one line, whatever things are called there.
    pub(super) fn add(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.added(name, text).map_err(|failure| output::on_one_line(&failure.to_string()).into())
    }

    fn added(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        let options = serde_saphyr::options! { with_snippet: false };
        let documents: Vec<File> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
            let place = error.location().map(|at| format!("{}:{}", at.line(), at.column()));
            let place = place.map_or_else(|| name.to_owned(), |place| format!("{name}:{place}"));
            format!("{place}: {}{}", UserMessageFormatter.format_message(&error), meant(&error))
        })?;
        if documents.is_empty() {
            return Err(format!("{name}: nothing stands there; it begins with version: {FORM}").into());
        }
        // What was read above is read again; where a place is not found a mistake is told with the one around it.
        let options = serde_saphyr::options! { with_snippet: false };
        let spots: Vec<Spot> = serde_saphyr::from_multiple_with_options(text, options).unwrap_or_default();
        let mut spots = spots.into_iter().map(|spot| spot.value).collect::<Vec<_>>();
        if spots.len() != documents.len() {
            spots = vec![Node::Leaf(String::new()); documents.len()];
        }
        for (document, spots) in documents.into_iter().zip(&spots) {
            let section = |name: &str| spots.get(name).map(|spot| &spot.value);
            let form = &document.version;
            if form.value != FORM {
                let place = place(name, form);
                return Err(
                    format!("{place}: the version is {}, and this orion reads version {FORM}", form.value).into()
                );
            }
            merge(name, "role", &mut self.roles, document.roles, section("roles"))?;
            merge(name, "organisation", &mut self.organisations, document.organisations, section("organisations"))?;
            merge(name, "service account", &mut self.accounts, document.service_accounts, section("service_accounts"))?;
            merge(name, "route", &mut self.routes, document.routes, section("routes"))?;
        }
        self.files.push(Source { name: name.to_owned(), text: text.to_owned() });
        Ok(())
    }
}

/// What a field may mean that there is not.
fn meant(error: &Error) -> String {
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            like(field, &expected.iter().map(|known| (*known).to_owned()).collect())
        }
        _ => String::new(),
    }
}

/// Where something stands.
pub(super) fn place<T>(file: &str, spanned: &serde_saphyr::Spanned<T>) -> Place {
    let at = &spanned.referenced;
    Place { file: file.to_owned(), line: at.line(), column: at.column() }
}

fn merge<T: Default>(
    file: &str,
    what: &str,
    all: &mut Option<BTreeMap<String, At<T>>>,
    named: Option<Named<T>>,
    spots: Option<&Node>,
) -> Result<(), Failure> {
    let Some(named) = named else { return Ok(()) };
    let all = all.get_or_insert_default();
    for (name, spanned) in named {
        let place = place(file, &spanned);
        if let Some(first) = all.get(&name) {
            return Err(format!("{place}: the {what} {name} stands at {} already", first.place).into());
        }
        let spots = spots.and_then(|spots| spots.get(&name)).map(|spot| spot.value.clone());
        all.insert(name, At { place, value: spanned.value.unwrap_or_default(), spots });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        wanted.add("platform.yaml", text).map_err(|failure| failure.to_string())?;
        Ok(wanted)
    }

    #[test]
    fn absent_fields_are_left_and_null_clears() {
        let wanted = read("version: 1\nroles:\n  support:\n    level: 30\n    parent: null\n  desk:\n").unwrap();
        let roles = wanted.roles.unwrap();
        let support = &roles["support"];
        assert_eq!((support.value.level, &support.value.parent), (Some(30), &Some(None)));
        assert!(support.value.description.is_none() && support.value.permissions.is_none());
        assert_eq!(support.place.to_string(), "platform.yaml:4:5");
        assert!(roles["desk"].value.level.is_none());
        assert!(wanted.organisations.is_none(), "a section that is not there is not managed");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, told) in [
            ("version: 1\nroles:\n  support:\n    levle: 30\n", "platform.yaml:4:5: unknown field `levle`"),
            ("version: 1\nroles:\n  a: { level: x }\n", "platform.yaml:3:15: "),
            ("version: 1\nrules: {}\n", "platform.yaml:2:1: unknown field `rules`"),
            ("version: 2\n", "platform.yaml:1:10: the version is 2"),
            ("roles: {}\n", "missing field `version`"),
            ("version: 1\nroles:\n  a: { level: 1 }\n  a: { level: 2 }\n", "platform.yaml:4:3: duplicate"),
            (
                "version: 1\nservice_accounts:\n  a:\n    permissions:\n      - { permission: x.y, efect: denial }\n",
                "platform.yaml:5:",
            ),
            (
                "version: 1\n---\nversion: 1\nroles: { a: {} }\n---\nversion: 1\nroles: { a: {} }\n",
                "stands at platform.yaml:4:13 already",
            ),
            ("version: [\n", "platform.yaml:"),
            ("", "nothing stands there"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(told), "{text:?}: {said}");
        }
    }

    #[test]
    fn both_forms_of_what_is_given_are_read_and_written() {
        let text = "version: 1\nservice_accounts:\n  Warehouse:\n    roles: [moderator, { role: editor, until: 2030-01-01T00:00:00Z }]\n    \
                    permissions:\n      - users.read\n      - { permission: users.write, effect: denial, when: request.mfa }\n";
        let wanted = read(text).unwrap().accounts.unwrap();
        let account = &wanted["Warehouse"].value;
        let roles: Vec<_> = account.roles.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(roles, ["moderator", "editor until 2030-01-01T00:00:00Z"]);
        let permissions: Vec<_> = account.permissions.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(permissions, ["users.read", "users.write (denied) when request.mfa"]);
        let again: WantedAccount = serde_saphyr::from_str(&serde_saphyr::to_string(account).unwrap()).unwrap();
        assert_eq!((again.roles, again.permissions), (account.roles.clone(), account.permissions.clone()));
    }

    #[test]
    fn json_is_yaml_and_files_are_put_together() {
        let mut wanted =
            read(r#"{"version": 1, "roles": {"a": {"level": 1, "permissions": ["users.read"]}}}"#).unwrap();
        wanted.add("more.yaml", "version: 1\nroles:\n  b: { level: 2 }\n").unwrap();
        assert_eq!(wanted.roles.as_ref().unwrap().len(), 2);
        let said = wanted.add("third.yaml", "version: 1\nroles: { b: {} }\n").unwrap_err().to_string();
        assert!(said.contains("third.yaml:2:") && said.contains("stands at more.yaml:3:"), "{said}");
    }

    #[test]
    fn hostile_files_are_refused_in_no_time() {
        let mut bomb = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let before = format!("*a{}, ", n - 1).repeat(10);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(", ")));
        }
        assert!(read(&bomb).is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&format!("version: 1\nroles: {}", "{a: ".repeat(5000))).is_err());
    }
}
