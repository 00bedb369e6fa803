//! What a route does beside passing on, as it is written and as it is prepared.

use super::conditions::Wrong;
use super::config::RouteConfig;
use super::pattern::Pattern;
use crate::policies::{Compression, Cors, HeaderEdits, Maintenance, Redirect, Retries, Side};
use orion_infra::config::ConfigFault;

/// The policies of a route. Most routes have none.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// When it is closed.
    pub maintenance: Option<Maintenance>,
    /// Which pages of other origins may call it.
    pub cors: Option<Cors>,
    /// Where whoever asks is sent, instead of an upstream.
    pub redirect: Option<Redirect>,
    /// What becomes of the headers of requests.
    pub request_headers: Option<HeaderEdits>,
    /// What becomes of the headers of answers.
    pub answer_headers: Option<HeaderEdits>,
    /// Which answers are compressed.
    pub compression: Option<Compression>,
    /// When a request is tried again.
    pub retries: Option<Retries>,
    /// What the route's path gives names to, in its order.
    pub names: Vec<String>,
}

impl Policies {
    /// Those of a route; nothing where it has none. What is wrong with them is added.
    pub(super) fn of_config(config: &RouteConfig, pattern: &Pattern, wrong: &mut Wrong) -> Option<Box<Self>> {
        let names: Vec<&str> = pattern.names();
        let policies = Self {
            maintenance: prepared(config.maintenance.as_ref().map(|it| it.prepare("maintenance")), wrong),
            cors: prepared(config.cors.as_ref().map(|it| it.prepare("cors")), wrong),
            redirect: prepared(config.redirect.as_ref().map(|it| it.prepare("redirect", &names)), wrong),
            request_headers: prepared(
                config.request_headers.as_ref().map(|it| it.prepare("request_headers", Side::Request, &names)),
                wrong,
            ),
            answer_headers: prepared(
                config.answer_headers.as_ref().map(|it| it.prepare("answer_headers", Side::Answer, &names)),
                wrong,
            ),
            compression: prepared(config.compression.as_ref().map(|it| it.prepare("compression")), wrong),
            retries: prepared(config.retries.as_ref().map(|it| it.prepare("retries")), wrong),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        (!policies.words().is_empty()).then(|| Box::new(policies))
    }

    /// Which there are, as they are written.
    pub(super) fn words(&self) -> Vec<String> {
        // Whoever adds a policy is asked for its word here.
        let Self { maintenance, cors, redirect, request_headers, answer_headers, compression, retries, names: _ } =
            self;
        let all = [
            ("maintenance", maintenance.is_some()),
            ("cors", cors.is_some()),
            ("redirect", redirect.is_some()),
            ("request_headers", request_headers.is_some()),
            ("answer_headers", answer_headers.is_some()),
            ("compression", compression.is_some()),
            ("retries", retries.is_some()),
        ];
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name.to_owned()).collect()
    }
}

fn prepared<T>(policy: Option<Result<T, Vec<ConfigFault>>>, wrong: &mut Wrong) -> Option<T> {
    match policy? {
        Ok(policy) => Some(policy),
        Err(faults) => {
            wrong.extend(faults.into_iter().map(|fault| (fault.key, fault.message)));
            None
        }
    }
}
