//! What is wrong with a route as the operator wrote it, by itself and beside the others.

use super::canonical;
use super::config::RouteConfig;
use super::reserved::{ROOT, is_internal, reserved};
use super::route::Upstream;
use ahash::AHashMap;

/// Looks at one route after the other.
pub(super) struct RouteChecks<'a> {
    /// The paths of the names that are taken.
    names: AHashMap<&'a str, &'a str>,
    /// The names of the paths that are taken.
    paths: AHashMap<&'a str, &'a str>,
}

impl Default for RouteChecks<'_> {
    fn default() -> Self {
        Self { names: reserved().chain([ROOT]).map(|own| (own.path, own.path)).collect(), paths: AHashMap::new() }
    }
}

impl<'a> RouteChecks<'a> {
    /// Where the route leads; or all that is wrong with it, each with its key within the route.
    pub(super) fn check(&mut self, route: &'a RouteConfig) -> Result<Upstream, Vec<(&'static str, String)>> {
        let mut wrong = Vec::new();
        if let Err(message) = check_path(&route.path) {
            wrong.push(("path", message));
        } else if let Some(other) = self.paths.insert(&route.path, &route.name) {
            wrong.push(("path", format!("\"{other}\" has this path already")));
        }
        if route.name.is_empty() || route.name.len() > 64 {
            wrong.push(("name", "must have 1 to 64 bytes".to_owned()));
        } else if let Some(path) = self.names.insert(&route.name, &route.path) {
            wrong.push(("name", format!("\"{}\" is the name of the route of {path} already", route.name)));
        }
        let numbers = [
            ("timeout_ms", route.timeout_ms),
            ("silence_ms", route.silence_ms),
            ("rate_limit.requests", route.rate_limit.map(|limit| limit.requests.into())),
            ("rate_limit.seconds", route.rate_limit.map(|limit| limit.seconds.into())),
        ];
        let naught = numbers.iter().filter(|(_, number)| *number == Some(0));
        wrong.extend(naught.map(|(key, _)| (*key, "must be at least 1".to_owned())));
        match Upstream::of_url(&route.upstream) {
            Ok(upstream) if wrong.is_empty() => Ok(upstream),
            Ok(_) => Err(wrong),
            Err(message) => {
                wrong.push(("upstream", message.to_owned()));
                Err(wrong)
            }
        }
    }
}

/// A route's path must be canonical, must not be ORION's own, and may have a `*` only as its last segment.
fn check_path(path: &str) -> Result<(), String> {
    let plain = path.strip_suffix("/*").unwrap_or(path);
    let canonical = if plain.is_empty() { "/" } else { plain };
    match canonical::path(canonical) {
        Err(error) => return Err(format!("is not a path: {error}")),
        Ok(form) if form != canonical => return Err(format!("must be written as \"{form}\"")),
        Ok(_) => {}
    }
    if canonical::read_otherwise(canonical).is_some() {
        return Err(
            "must have neither parameters (;), encoded slashes nor dots or blanks at the end of a segment, which servers \
             read differently"
                .to_owned(),
        );
    }
    if plain.contains('*') {
        return Err("may have a * only as its last segment".to_owned());
    }
    if plain.len() > 1 && plain.ends_with('/') && path != plain {
        return Err("has an empty segment before its *".to_owned());
    }
    if is_internal(plain) {
        return Err("/internal is never routed".to_owned());
    }
    let shadowed = reserved().find(|reserved| match reserved.path.strip_suffix("/*") {
        Some(prefix) => plain.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => plain == reserved.path,
    });
    match shadowed {
        Some(reserved) => Err(format!("{} belongs to ORION", reserved.path)),
        None => Ok(()),
    }
}
