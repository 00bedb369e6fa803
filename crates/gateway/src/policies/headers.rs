//! Edits of headers: what a route sets, adds, removes and renames, in requests and in answers.

use super::faults::Faults;
use super::names::{Side, has_odd_marks, keeps_its_name, only_grows, plain, refused};
use super::template::{Fact, Facts, Part, compile};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The most edits of one side of a route.
const MOST_EDITS: usize = 64;
/// The longest value as it is written, in bytes.
const LONGEST_VALUE: usize = 4096;
/// What values may name, beside the parts of the route's path.
const FACTS: [Fact; 7] =
    [Fact::RequestId, Fact::Client, Fact::UserId, Fact::Scheme, Fact::Host, Fact::Authority, Fact::Path];

/// Edits of headers: `request_headers` of what the upstream is sent, `answer_headers` of what the client is. Each header may
/// stand in one place only, so that no order matters.
///
/// Values may name parts of the route's path, as in `/shop/{id}`, and `{request_id}`, `{client}` (its address), `{user_id}`,
/// `{scheme}`, `{host}`, `{authority}` (the host with its port) and `{path}`. Paths and their parts stay percent-encoded.
/// `{{` and `}}` are braces. A header whose value names what a request does not have, such as the user where nobody has
/// signed in, is not sent, and neither is the client's own of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderEditsConfig {
    /// Headers that have this value, whatever was there before.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Headers that have this value beside those that they have already.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add: BTreeMap<String, String>,
    /// Headers that do not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Headers that pass by another name, and what that is; it takes the place of what had that name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
}

/// A value that is ready, or one that is filled for each request.
#[derive(Debug, Clone)]
enum Value {
    Fixed(HeaderValue),
    Filled(Vec<Part>),
}

impl Value {
    /// What is sent; nothing where the request lacks what the value names.
    fn of(&self, facts: &Facts<'_>) -> Option<HeaderValue> {
        let parts = match self {
            Self::Fixed(value) => return Some(value.clone()),
            Self::Filled(parts) => parts,
        };
        let mut text = String::with_capacity(64);
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Fact(fact) => fact.write(&mut text, facts).then_some(())?,
                Part::Capture(place) => text.push_str(facts.captures.get(*place)?),
            }
        }
        // Nothing that a fact or a path can hold ends a line; were it so, the header is not sent.
        HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok()
    }
}

/// Edits that are ready to be made.
#[derive(Debug, Clone)]
pub struct HeaderEdits {
    /// What a message's own headers may not be called, in one spelling.
    taken: Vec<HeaderName>,
    renamed: Vec<(HeaderName, HeaderName)>,
    set: Vec<(HeaderName, Value)>,
    added: Vec<(HeaderName, Value)>,
}

impl HeaderEditsConfig {
    /// Prepares the edits of one side, for a route whose path has these parts; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str, side: Side, captures: &[&str]) -> Result<HeaderEdits, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        if self.set.len() + self.add.len() + self.remove.len() + self.rename.len() > MOST_EDITS {
            faults.add(
                "set",
                FieldCode::TooLong,
                format!("with add, remove and rename has more than {MOST_EDITS} headers"),
            );
            return faults.or(HeaderEdits { taken: vec![], renamed: vec![], set: vec![], added: vec![] });
        }
        let mut check = Check { faults, side, captures, seen: BTreeSet::new() };
        let values = |check: &mut Check<'_>, place: &str, entries: &BTreeMap<String, String>, grows: bool| {
            let entries = entries.iter().filter_map(|(name, value)| {
                let key = format!("{place}.{name}");
                let name = check.name(&key, name, grows);
                let value = check.value(&key, value);
                Some((name?, value?))
            });
            entries.collect::<Vec<_>>()
        };
        let set = values(&mut check, "set", &self.set, false);
        let added = values(&mut check, "add", &self.add, true);
        let removed = self.remove.iter().enumerate();
        let removed: Vec<_> =
            removed.filter_map(|(at, name)| check.name(&format!("remove[{at}]"), name, false)).collect();
        let mut renamed = Vec::new();
        for (from, to) in &self.rename {
            let key = format!("rename.{from}");
            let (from, to) = (check.name(&key, from, false), check.name(&key, to, false));
            if let Some(reason) = from.as_ref().and_then(|from| keeps_its_name(from, side)) {
                check.faults.add(&key, FieldCode::Invalid, format!("{reason}; take it out of rename"));
            }
            renamed.extend(from.zip(to));
        }
        let ends = renamed.iter().flat_map(|(from, to)| [from, to]);
        let taken = set.iter().map(|(name, _)| name).chain(&removed).chain(ends).filter_map(one_spelling).collect();
        check.faults.or(HeaderEdits { taken, renamed, set, added })
    }
}

fn one_spelling(name: &HeaderName) -> Option<HeaderName> {
    HeaderName::try_from(plain(name.as_str())).ok()
}

/// Looks at one edit after the other.
struct Check<'a> {
    faults: Faults<'a>,
    side: Side,
    captures: &'a [&'a str],
    /// The names that are taken, in one spelling.
    seen: BTreeSet<String>,
}

impl Check<'_> {
    fn name(&mut self, key: &str, name: &str, grows: bool) -> Option<HeaderName> {
        let Ok(header) = HeaderName::try_from(name) else {
            self.faults.add(key, FieldCode::Invalid, format!("\"{name}\" is not the name of a header"));
            return None;
        };
        let stays = || if grows { None } else { only_grows(&header, self.side) };
        if let Some(reason) = refused(&header, self.side).or_else(stays) {
            self.faults.add(key, FieldCode::Invalid, format!("{header} may not be edited: it {reason}"));
            return None;
        }
        if !self.seen.insert(plain(header.as_str())) {
            let message = format!("{header} stands in these edits already; each header may stand in one place only");
            self.faults.add(key, FieldCode::Repeated, message);
        }
        Some(header)
    }

    fn value(&mut self, key: &str, value: &str) -> Option<Value> {
        if value.len() > LONGEST_VALUE {
            self.faults.add(key, FieldCode::TooLong, format!("must have at most {LONGEST_VALUE} bytes"));
            return None;
        }
        let is_printed = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
        if !value.bytes().all(is_printed) || value.trim_ascii() != value {
            let message = "must be printable ASCII on one line, without blanks at its ends";
            self.faults.add(key, FieldCode::Invalid, message);
            return None;
        }
        let parts = match compile(value, &FACTS, self.captures) {
            Ok(parts) => parts,
            Err(message) => {
                self.faults.add(key, FieldCode::Invalid, message);
                return None;
            }
        };
        match &*parts {
            [] => Some(Value::Fixed(HeaderValue::from_static(""))),
            [Part::Literal(literal)] => HeaderValue::try_from(literal).ok().map(Value::Fixed),
            _ => Some(Value::Filled(parts)),
        }
    }
}

impl HeaderEdits {
    /// Whether a message's own header of this name does not pass as it is: it is removed, renamed, or another takes its place.
    /// So do its twins, which servers read alike: where `x-tenant` is set, a client's `x.tenant` does not pass.
    pub fn takes(&self, name: &HeaderName) -> bool {
        match has_odd_marks(name.as_str()) {
            false => self.taken.contains(name),
            true => one_spelling(name).is_some_and(|name| self.taken.contains(&name)),
        }
    }

    /// Gives what is to be sent beside the message's own headers that pass. What a `Connection` header names is about that
    /// connection, and is not renamed but dropped.
    pub fn each(&self, headers: &HeaderMap, facts: &Facts<'_>, mut send: impl FnMut(&HeaderName, &HeaderValue)) {
        for (from, to) in self.renamed.iter().filter(|(from, _)| headers.contains_key(from)) {
            if !is_named_in_connection(headers, from) {
                headers.get_all(from).iter().for_each(|value| send(to, value));
            }
        }
        for (name, value) in self.set.iter().chain(&self.added) {
            if let Some(value) = value.of(facts) {
                send(name, &value);
            }
        }
    }

    /// Makes the edits in a message's own headers.
    pub fn apply(&self, headers: &mut HeaderMap, facts: &Facts<'_>) {
        let mut sent = Vec::with_capacity(self.set.len() + self.added.len() + self.renamed.len());
        self.each(headers, facts, |name, value| sent.push((name.clone(), value.clone())));
        let taken: Vec<HeaderName> = headers.keys().filter(|name| self.takes(name)).cloned().collect();
        for name in taken {
            headers.remove(name);
        }
        for (name, value) in sent {
            headers.append(name, value);
        }
    }
}

fn is_named_in_connection(headers: &HeaderMap, name: &HeaderName) -> bool {
    let named =
        headers.get_all(header::CONNECTION).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    named.map(<[u8]>::trim_ascii).any(|named| named.eq_ignore_ascii_case(name.as_str().as_bytes()))
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
