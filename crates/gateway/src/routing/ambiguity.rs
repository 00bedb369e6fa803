//! Requests that a server behind could take for those of another route.

use super::asked::{Asked, Repeated};
use super::canonical;
use super::config_parts::{DoubleSlashes, Parameters};
use super::facts::Facts;
use super::hosts::Form;
use super::readings::{is_read_in_one_way, loosened, readings};
use super::route::Route;
use super::table::{NoRoute, RouteTable};
use super::tree::Number;
use http::{HeaderName, Method};

/// Headers by which some servers take a request for one of another method.
const METHOD_OVERRIDES: [HeaderName; 3] = [
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-method-override"),
];

impl RouteTable {
    /// How a server could read the path as that of another route: one that cuts parameters (`/shop/admin;x`), dots or blanks
    /// off its segments, or decodes slashes; or one that demands more, to a server that takes large and small letters for the
    /// same (`/shop/ADMIN`). The path as it is read then, and its route.
    pub(super) fn other_reading(
        &self,
        asked: &Asked<'_>,
        facts: &Facts<'_>,
        found: Option<Number>,
    ) -> Option<(String, Option<Number>)> {
        let route = found.and_then(|number| self.route(number as usize));
        // Conditions are asked of the path as it is read then.
        let first = |path: &str, form: Form| {
            let read = Asked { path, ..*asked };
            self.first(path, form, &Facts::new(&read, facts.method, facts.repeated))
        };
        let stricter = |path: &str| {
            let path = loosened(path);
            let other = first(&path, Form::Loose)?;
            let is_stricter = route?.demands_less_than(self.route(other as usize)?);
            is_stricter.then(|| (path.into_owned(), Some(other)))
        };
        let is_plain = is_read_in_one_way(asked.path);
        if !is_plain {
            let cuts_parameters = route.is_none_or(|route| route.parameters != Parameters::Pass);
            for other in readings(asked.path, cuts_parameters) {
                let number = first(&other, Form::Written);
                if number != found {
                    return Some((other, number));
                }
                if let Some(stricter) = stricter(&other) {
                    return Some(stricter);
                }
            }
        }
        if is_plain && !self.hosts().has_loose() { None } else { stricter(asked.path) }
    }

    /// Refuses a path that a server could read as that of another route, and what its own route does not take.
    pub(super) fn refuse_other_paths(
        &self,
        asked: &Asked<'_>,
        facts: &Facts<'_>,
        found: Option<Number>,
        route: Option<&Route>,
    ) -> Result<(), NoRoute> {
        if self.other_reading(asked, facts, found).is_some() {
            return Err(NoRoute::Ambiguous);
        }
        let Some(route) = route else { return Ok(()) };
        let has_encodings = asked.path.contains(['%', ';']);
        if has_encodings && !route.encoded_slashes && asked.path.contains(canonical::SLASH) {
            return Err(NoRoute::EncodedSlash);
        }
        if has_encodings && route.parameters == Parameters::Refuse && has_parameters(asked.path) {
            return Err(NoRoute::Parameters);
        }
        match route.double_slashes {
            DoubleSlashes::Merge => Ok(()),
            DoubleSlashes::Refuse if asked.raw_path.contains("//") => Err(NoRoute::DoubleSlashes),
            DoubleSlashes::Refuse => Ok(()),
            DoubleSlashes::Keep => match canonical::with_double_slashes(asked.raw_path) {
                Ok(None) => Ok(()),
                Ok(Some(kept)) => match self.first(&kept, Form::Written, facts) {
                    Some(other) if Some(other) != found => Err(NoRoute::Ambiguous),
                    Some(_) | None => Ok(()),
                },
                Err(_) => Err(NoRoute::Ambiguous),
            },
        }
    }

    /// Refuses what a server could take for a request of a route that demands more: by another value of what is said more than
    /// once, or by a header that names another method.
    pub(super) fn refuse_contradictions(
        &self,
        asked: &Asked<'_>,
        facts: &Facts<'_>,
        route: Option<&Route>,
    ) -> Result<(), NoRoute> {
        let Some(route) = route else { return Ok(()) };
        let is_stricter = |facts: &Facts<'_>| {
            let other = self.first(asked.path, Form::Written, facts).and_then(|number| self.route(number as usize));
            other.is_some_and(|other| route.demands_less_than(other))
        };
        if facts.is_cut_off.get() {
            return Err(NoRoute::Contradictory);
        }
        if facts.is_contradictory.get() {
            let readings = [Repeated::First, Repeated::Last, Repeated::All];
            if readings.iter().any(|repeated| is_stricter(&Facts::new(asked, asked.method, *repeated))) {
                return Err(NoRoute::Contradictory);
            }
        }
        if !self.asks_methods() {
            return Ok(());
        }
        for value in METHOD_OVERRIDES.iter().flat_map(|name| asked.headers.get_all(name)) {
            let Ok(method) = Method::from_bytes(&value.as_bytes().to_ascii_uppercase()) else { continue };
            if is_stricter(&Facts::new(asked, &method, Repeated::Any)) {
                return Err(NoRoute::Contradictory);
            }
        }
        Ok(())
    }
}

/// Whether a segment has parameters, plain or encoded.
fn has_parameters(path: &str) -> bool {
    path.contains([';']) || path.contains("%3B")
}
