//! Which route a request takes, told to people: why this one, what others lack, and what applies.

use super::asked::{Asked, Repeated};
use super::facts::Facts;
use super::hosts::Form;
use super::pattern::{End, Pattern};
use super::route::{Route, Target};
use super::table::{NoRoute, RouteTable};
use super::tree::Number;
use orion_contracts::route_test::{
    RouteApplies, RouteDestination, RouteExplanation, RouteNear, RouteRate, RouteRefusal, RouteTaken,
};

/// How many routes are told that a request nearly takes.
const MOST_OTHERS: usize = 10;

impl RouteTable {
    /// Which route a request takes, why, which others were near, and what applies to it.
    pub fn explain(&self, asked: &Asked<'_>) -> RouteExplanation {
        let facts = Facts::new(asked, asked.method, Repeated::Any);
        let (route, refused) = match self.find(asked) {
            Ok(found) => (Some((found.number, taken(found.route, asked))), None),
            Err(reason) => (None, Some(self.refusal(reason, asked, &facts))),
        };
        let (number, route) = route.unzip();
        RouteExplanation {
            method: asked.method.to_string(),
            host: asked.host_name().to_owned(),
            path: asked.path.to_owned(),
            others: self.others(asked, &facts, number),
            route,
            refused,
        }
    }

    fn refusal(&self, reason: NoRoute, asked: &Asked<'_>, facts: &Facts<'_>) -> RouteRefusal {
        let owner = |number: Option<Number>| match number.and_then(|number| self.route(number as usize)) {
            Some(route) => format!("the route \"{}\"'s", route.name),
            None => "no route's".to_owned(),
        };
        let found = self.first(asked.path, Form::Written, facts);
        match (reason, self.other_reading(asked, facts, found)) {
            (NoRoute::Unknown, _) => RouteRefusal { status: 404, reason: "No route takes it.".to_owned() },
            (NoRoute::Ambiguous, Some((path, number))) => {
                let (own, other) = (owner(found), owner(number));
                RouteRefusal {
                    status: 400,
                    reason: format!("Its path is {own}, but some servers read it as {path}, which is {other}."),
                }
            }
            (reason, _) => RouteRefusal { status: 400, reason: reason.to_string() },
        }
    }

    /// Routes that a request nearly takes: those of its path that come later or ask for more, then those of other hosts.
    fn others(&self, asked: &Asked<'_>, facts: &Facts<'_>, taken: Option<usize>) -> Vec<RouteNear> {
        let mut seen = Vec::new();
        self.first_that(asked.host_name(), asked.path, Form::Written, &mut |number| {
            if !seen.contains(&number) {
                seen.push(number);
            }
            seen.len() > MOST_OTHERS
        });
        let here = seen.len();
        for (_, group) in self.hosts().all().filter(|(host, _)| !host.is_empty()) {
            if seen.len() > MOST_OTHERS {
                break;
            }
            group.find(asked.path, Form::Written, self.all(), &mut |number| {
                if !seen.contains(&number) {
                    seen.push(number);
                }
                seen.len() > MOST_OTHERS
            });
        }
        let near = |(index, number): (usize, &Number)| {
            let route = self.route(*number as usize).filter(|_| Some(*number as usize) != taken)?;
            let host = (index >= here).then(|| format!("host {}", route.hosts().join(" or ")));
            let conditions = route.conditions.as_ref().map(|conditions| conditions.each(facts)).unwrap_or_default();
            let lacks =
                host.into_iter().chain(conditions.into_iter().filter(|(_, holds)| !holds).map(|(words, _)| words));
            Some(RouteNear { name: route.name.to_string(), path: route.path.clone(), lacks: lacks.collect() })
        };
        seen.iter().enumerate().filter_map(near).take(MOST_OTHERS).collect()
    }
}

/// A route and why a request takes it.
fn taken(route: &Route, asked: &Asked<'_>) -> RouteTaken {
    let captures = route.pattern.captures(asked.path);
    let named = |name: &str| Some((name.to_owned(), captures.get(name)?.to_owned()));
    let conditions = route.conditions.as_ref().map(|conditions| conditions.words()).unwrap_or_default();
    RouteTaken {
        name: route.name.to_string(),
        path: route.path.clone(),
        reserved: route.reserved,
        because: [host_words(route, asked.host_name()), path_words(route, asked.path)]
            .into_iter()
            .chain(conditions)
            .collect(),
        captures: route.pattern.names().into_iter().filter_map(named).collect(),
        applies: applies(route, asked),
    }
}

fn host_words(route: &Route, host: &str) -> String {
    let hosts = route.hosts();
    if hosts.is_empty() {
        return "any host".to_owned();
    }
    if hosts.iter().any(|own| own == host) {
        return format!("host {host}");
    }
    let is_below = |own: &&String| own.strip_prefix('*').is_some_and(|below| host.ends_with(below));
    let below =
        hosts.iter().filter(is_below).max_by_key(|own| own.len()).map_or("", |own| own.trim_start_matches("*."));
    format!("host {host} is below {below}")
}

fn path_words(route: &Route, path: &str) -> String {
    match &route.pattern {
        Pattern::Regex { .. } => format!("path {path} fits {}", route.path.trim_start_matches('~')),
        _ if route.path == path => format!("path {path}"),
        Pattern::Segments { .. } if !route.pattern.names().is_empty() => format!("path {path} fits {}", route.path),
        Pattern::Segments { end: End::Below(_), .. } => match route.path.trim_end_matches("/*") {
            "" => format!("path {path}, as any"),
            own if own == path => format!("path {path}"),
            own => format!("path {path} is below {own}"),
        },
        Pattern::Segments { end: End::Here, .. } => format!("path {path} is {} but for a slash at its end", route.path),
    }
}

/// What applies to a request on its route.
fn applies(route: &Route, asked: &Asked<'_>) -> RouteApplies {
    let target = |base: &str| {
        let path = route.upstream_path(base, asked).ok()?;
        Some(asked.query.map_or_else(|| path.to_string(), |query| format!("{path}?{query}")))
    };
    let destination = |upstream: &str, base: &str, percent: f64| RouteDestination {
        upstream: upstream.to_owned(),
        percent,
        target: target(base),
    };
    let canary = route.destinations.canary_of(asked.headers);
    let shares = route.destinations.shares();
    let total: f64 = shares.iter().map(|share| f64::from(share.weight)).sum();
    let destinations = match (&route.target, &canary) {
        (Target::Gateway | Target::Elsewhere, _) => Vec::new(),
        (Target::Upstream(_), Some((_, written, upstream))) => vec![destination(written, upstream.base(), 100.0)],
        (Target::Upstream(upstream), None) if shares.is_empty() => {
            vec![destination(&route.upstream, upstream.base(), 100.0)]
        }
        (Target::Upstream(_), None) => {
            let percent = |weight: u32| (f64::from(weight) / total * 10_000.0).round() / 100.0;
            shares
                .iter()
                .map(|share| destination(&share.written, share.upstream.base(), percent(share.weight)))
                .collect()
        }
    };
    let rate = |limit: &super::route::RouteLimit| RouteRate {
        requests: limit.quota.limit(),
        seconds: limit.quota.period_seconds(),
    };
    RouteApplies {
        access: route.access,
        api_keys: route.api_keys,
        forward_token: route.forward_token,
        rate_limit: route.limit.as_ref().map(rate),
        connect_ms: route.connect,
        timeout_ms: route.timeout,
        silence_ms: route.silence,
        total_ms: route.total,
        max_body_bytes: route.max_body,
        max_head_bytes: route.max_head,
        destinations,
        canary: canary.map(|(words, ..)| words),
        policies: route.policies.as_ref().map(|policies| policies.words()).unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
