//! Which path an upstream sees.

use super::asked::Asked;
use super::canonical;
use super::conditions::Wrong;
use super::config::RouteConfig;
use super::config_parts::DoubleSlashes;
use super::pattern::{End, Pattern};
use super::reserved::is_internal;
use super::route::Route;
use std::borrow::Cow;

/// What is made of the path before its upstream sees it.
#[derive(Debug, Default)]
pub enum Rewrite {
    /// Nothing.
    #[default]
    Keep,
    /// The part that the route matched is replaced by this one; empty or without a slash at its end.
    Prefix(String),
    /// All of it is put together from these.
    Template(Vec<Part>),
}

/// A part of a path that is put together.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is written.
    Text(String),
    /// What the route's path has under this name.
    Name(String),
}

/// Why a request cannot be sent on with the path that it would have. Always a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// What would be sent is no path.
    #[error("What its route makes of the path is no path")]
    NotCanonical,
    /// It would be one of a service's own, which nobody reaches from outside.
    #[error("What its route makes of the path belongs to ORION")]
    Internal,
}

impl Rewrite {
    /// That of a route; what is wrong with it is added.
    pub(super) fn of_config(config: &RouteConfig, pattern: &Pattern, wrong: &mut Wrong) -> Self {
        let mut fault = |key: &str, message: &str| {
            wrong.push((key.to_owned(), message.to_owned()));
            Self::Keep
        };
        let Some(rewrite) = &config.rewrite else {
            return if config.strip_prefix { Self::Prefix(String::new()) } else { Self::Keep };
        };
        if config.strip_prefix {
            return fault(
                "rewrite",
                "cannot stand beside strip_prefix, which is short for rewrite = { prefix = \"/\" }",
            );
        }
        match (&rewrite.prefix, &rewrite.path) {
            (Some(prefix), None) => match canonical::path(prefix) {
                Ok(form) if form == prefix.as_str() => match pattern {
                    Pattern::Segments { end: End::Below(_), .. } => {
                        Self::Prefix(prefix.trim_end_matches('/').to_owned())
                    }
                    _ => fault(
                        "rewrite.prefix",
                        "needs a path that ends in /* or {rest...}; rewrite.path replaces all of another one",
                    ),
                },
                _ => fault("rewrite.prefix", "must be a path in its canonical form, such as /v2"),
            },
            (None, Some(template)) => match parts(template, pattern) {
                Ok(parts) => Self::Template(parts),
                Err(message) => fault("rewrite.path", &message),
            },
            _ => fault("rewrite", "must have one of prefix and path"),
        }
    }
}

/// The parts of a template that stand for a path.
fn parts(template: &str, pattern: &Pattern) -> Result<Vec<Part>, String> {
    let names = pattern.names();
    let (mut parts, mut rest) = (Vec::new(), template);
    while let Some(open) = rest.find('{') {
        let (text, behind) = rest.split_at(open);
        let close = behind.find('}').ok_or("has a { without its }")?;
        let name = &behind[1..close];
        if !names.contains(&name) {
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("names {{{name}}}, which the route's path does not have; it has {known}"));
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        parts.push(Part::Name(name.to_owned()));
        rest = &behind[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    // With something plain in the place of each name it must be a path.
    let example: String = parts.iter().map(|part| if let Part::Text(text) = part { text } else { "x" }).collect();
    match canonical::path(&example) {
        Ok(form) if form == example && template.starts_with('/') => Ok(parts),
        _ => Err("must be a path in its canonical form, such as /items/{id}".to_owned()),
    }
}

impl Route {
    /// The path that an upstream with this base path sees of a request that takes this route, without its query. It is
    /// borrowed when it is the request's own canonical path.
    pub fn upstream_path<'a>(&self, base: &str, asked: &Asked<'a>) -> Result<Cow<'a, str>, NoTarget> {
        let kept = match self.double_slashes {
            DoubleSlashes::Keep => {
                canonical::with_double_slashes(asked.raw_path).map_err(|_| NoTarget::NotCanonical)?
            }
            DoubleSlashes::Merge | DoubleSlashes::Refuse => None,
        };
        let path = match kept {
            Some(path) => Cow::Owned(path),
            None => Cow::Borrowed(asked.path),
        };
        let made = match &self.rewrite {
            Rewrite::Keep if base.is_empty() => return Ok(path),
            Rewrite::Keep => join(base, "", &path),
            Rewrite::Prefix(prefix) => join(base, prefix, self.behind(&path, asked.path)),
            Rewrite::Template(parts) => {
                let captures = self.pattern.captures(asked.path);
                let part = |part: &Part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Name(name) => captures.get(name).unwrap_or_default().to_owned(),
                };
                let made: String = parts.iter().map(part).collect();
                // Names side by side may be dots together, or nothing at all between two slashes.
                let form = canonical::path(&made).map_err(|_| NoTarget::NotCanonical)?;
                if form != made.as_str() {
                    return Err(NoTarget::NotCanonical);
                }
                join(base, "", &made)
            }
        };
        // What is cut off must not open another way to what is internal.
        if is_internal(&made) { Err(NoTarget::Internal) } else { Ok(Cow::Owned(made)) }
    }

    /// What a path has behind the part that the route matched. One with its double slashes is cut behind as many segments as
    /// that part of the merged one has.
    fn behind<'p>(&self, path: &'p str, merged: &str) -> &'p str {
        let matched = self.pattern.matched(merged);
        if path.len() == merged.len() {
            return path.get(matched..).unwrap_or_default();
        }
        let mut left = merged[..matched].split('/').filter(|segment| !segment.is_empty()).count();
        let mut before = b'/';
        for (at, byte) in path.bytes().enumerate() {
            if byte == b'/' && before != b'/' {
                left -= 1;
            }
            if left == 0 {
                return &path[at..];
            }
            before = byte;
        }
        ""
    }
}

fn join(base: &str, prefix: &str, path: &str) -> String {
    let mut made = String::with_capacity(base.len() + prefix.len() + path.len() + 1);
    made.push_str(base);
    made.push_str(prefix);
    made.push_str(path);
    if made.is_empty() {
        made.push('/');
    }
    made
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;
