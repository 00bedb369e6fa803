//! Maintenance: a route is closed for a while, says until when, and stays open to those who look after it.

use super::faults::Faults;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use orion_contracts::{FieldCode, Problem};
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::net::IpAddr;
use utoipa::ToSchema;

/// The longest message, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The most networks that still pass.
const MOST_NETWORKS: usize = 100;
/// A week: nobody waits longer because a header says so.
const LONGEST_WAIT: u64 = 604_800;

/// A route that is closed: it answers 503 with `Retry-After` and a problem (RFC 9457) that has the message. Without times it
/// is closed from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct MaintenanceConfig {
    /// Whether it is in force. One that is not can stay where it is until it is needed again.
    #[default = true]
    pub enabled: bool,
    /// What callers are told.
    #[default("This is being worked on.".to_owned())]
    #[schemars(length(max = LONGEST_MESSAGE))]
    pub message: String,
    /// When it begins, such as "2026-12-01T04:00:00Z"; at once if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-12-01T04:00:00Z")]
    pub from: Option<String>,
    /// When it ends, such as "2026-12-01T06:00:00Z". Callers are told to come back then. When it is taken out, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-12-01T06:00:00Z")]
    pub until: Option<String>,
    /// After how many seconds callers are told to come back, where no end is known.
    #[schemars(range(min = 1, max = LONGEST_WAIT))]
    #[default = 300]
    pub retry_after_seconds: u64,
    /// Addresses and networks, such as "10.0.0.0/8", for which the route is open all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<String>,
}

/// A time of maintenance that requests can be held against.
#[derive(Debug, Clone)]
pub struct Maintenance {
    enabled: bool,
    message: String,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    retry_after: u64,
    passes: Vec<IpNet>,
}

impl MaintenanceConfig {
    /// Prepares it; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str) -> Result<Maintenance, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        let from = moment(&mut faults, "from", self.from.as_deref());
        let until = moment(&mut faults, "until", self.until.as_deref());
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            faults.add("until", FieldCode::OutOfRange, "must be later than from");
        }
        if self.message.chars().count() > LONGEST_MESSAGE {
            faults.add("message", FieldCode::TooLong, format!("must have at most {LONGEST_MESSAGE} characters"));
        }
        if self.message.trim().is_empty() || self.message.chars().any(char::is_control) {
            faults.add("message", FieldCode::Invalid, "must be one line that says something");
        }
        faults.within("retry_after_seconds", self.retry_after_seconds, 1, LONGEST_WAIT);
        if self.passes.len() > MOST_NETWORKS {
            faults.add("passes", FieldCode::TooLong, format!("must have at most {MOST_NETWORKS} networks"));
        }
        let mut passes = Vec::with_capacity(self.passes.len());
        for (at, text) in self.passes.iter().enumerate() {
            match text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
                Some(network) => passes.push(network),
                None => {
                    let message = format!("\"{text}\" is not an address or network such as 10.0.0.0/8");
                    faults.add(format_args!("passes[{at}]"), FieldCode::Invalid, message);
                }
            }
        }
        faults.or(Maintenance {
            enabled: self.enabled,
            message: self.message.clone(),
            from,
            until,
            retry_after: self.retry_after_seconds,
            passes,
        })
    }
}

fn moment(faults: &mut Faults<'_>, key: &str, text: Option<&str>) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text?);
    if read.is_err() {
        let message = "must be a time with its zone (RFC 3339), such as \"2026-12-01T04:00:00Z\"";
        faults.add(key, FieldCode::Invalid, message);
    }
    read.ok().map(|moment| moment.to_utc())
}

impl Maintenance {
    /// What a client is answered at this time; nothing while the route is open to it.
    pub fn closed(&self, now: DateTime<Utc>, client: IpAddr) -> Option<Problem> {
        let is_before = self.from.is_some_and(|from| now < from);
        let is_over = self.until.is_some_and(|until| now >= until);
        if !self.enabled || is_before || is_over {
            return None;
        }
        let client = client.to_canonical();
        if self.passes.iter().any(|network| network.contains(&client)) {
            return None;
        }
        let left = self.until.map(|until| (until - now).num_milliseconds().unsigned_abs().div_ceil(1000));
        let retry_after = left.map_or(self.retry_after, |left| left.clamp(1, LONGEST_WAIT));
        Some(Problem::unavailable().detail(&*self.message).retry_after(retry_after))
    }
}

#[cfg(test)]
mod tests {
    use super::MaintenanceConfig;
    use chrono::{DateTime, Utc};
    use std::net::IpAddr;

    const SOMEBODY: &str = "192.0.2.7";

    fn config(text: &str) -> MaintenanceConfig {
        toml::from_str(text).expect("an example")
    }

    fn at(moment: &str) -> DateTime<Utc> {
        moment.parse().expect("a time")
    }

    fn ip(address: &str) -> IpAddr {
        address.parse().expect("an address")
    }

    /// After how many seconds a client is to come back; nothing while the route is open to it.
    fn told(text: &str, moment: &str, client: &str) -> Option<u64> {
        let maintenance = config(text).prepare("maintenance").expect("a maintenance");
        let problem = maintenance.closed(at(moment), ip(client))?;
        assert_eq!(problem.status, 503);
        problem.retry_after
    }

    #[test]
    fn a_route_is_closed_from_its_beginning_to_its_end() {
        const TIMES: &str = r#"from = "2026-12-01T05:00:00+01:00"
            until = "2026-12-01T06:00:00Z""#;
        for (moment, retry_after) in [
            ("2026-12-01T03:59:59.999Z", None),
            ("2026-12-01T04:00:00Z", Some(7200)),
            ("2026-12-01T05:59:59.999Z", Some(1)),
            ("2026-12-01T06:00:00Z", None),
        ] {
            assert_eq!(told(TIMES, moment, SOMEBODY), retry_after, "{moment}");
        }
    }

    #[test]
    fn without_times_the_switch_alone_counts() {
        assert_eq!(told("", "2026-12-01T00:00:00Z", SOMEBODY), Some(300));
        assert_eq!(told("retry_after_seconds = 20", "2026-12-01T00:00:00Z", SOMEBODY), Some(20));
        assert_eq!(told("enabled = false", "2026-12-01T00:00:00Z", SOMEBODY), None);
    }

    #[test]
    fn those_who_look_after_it_pass() {
        const PASSES: &str = r#"passes = ["10.0.0.0/8", "192.0.2.9", "2001:db8::/32"]"#;
        for open in ["10.9.8.7", "192.0.2.9", "::ffff:10.0.0.1", "2001:db8::1"] {
            assert_eq!(told(PASSES, "2026-12-01T00:00:00Z", open), None, "{open}");
        }
        for closed in ["192.0.2.8", "11.0.0.1", "2001:db9::1", "::a00:1"] {
            assert!(told(PASSES, "2026-12-01T00:00:00Z", closed).is_some(), "{closed}");
        }
    }

    #[test]
    fn nobody_is_sent_away_for_longer_than_a_week() {
        assert_eq!(told(r#"until = "2036-12-01T06:00:00Z""#, "2026-12-01T06:00:00Z", SOMEBODY), Some(604_800));
    }

    #[test]
    fn callers_are_told_the_message() {
        let maintenance = config(r#"message = "Back at six.""#).prepare("maintenance").expect("a maintenance");
        let problem = maintenance.closed(at("2026-12-01T00:00:00Z"), ip(SOMEBODY)).expect("closed");
        assert_eq!((problem.detail.as_deref(), problem.name()), (Some("Back at six."), "unavailable"));
    }

    #[test]
    fn every_fault_is_told_with_its_key() {
        let wrong = config(
            r#"
            message = "a\nb"
            from = "2026-12-01 04:00"
            retry_after_seconds = 0
            passes = ["10.0.0.0/8", "10.0.0.0/33"]
            "#,
        );
        let faults = wrong.prepare("m").expect_err("faults");
        let keys: Vec<_> = faults.iter().map(|fault| &*fault.key).collect();
        assert_eq!(keys, ["m.from", "m.message", "m.retry_after_seconds", "m.passes[1]"]);
        let backwards = config("from = \"2026-12-01T04:00:00Z\"\nuntil = \"2026-12-01T04:00:00Z\"");
        assert_eq!(backwards.prepare("m").expect_err("faults")[0].key, "m.until");
        assert!(toml::from_str::<MaintenanceConfig>("untill = \"\"").is_err());
    }
}
