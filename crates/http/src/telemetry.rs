//! Logs and trace context: human on a terminal, JSON otherwise; W3C `traceparent` in and out.

use orion_infra::Random;
use orion_infra::secrets::hex;
use std::io::IsTerminal;
use std::sync::OnceLock;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt};

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

/// What is never logged: sqlx quotes parameters of the database's URL that it does not know, passwords among them.
const SECRET: &str = "sqlx_postgres::options=off";

/// Says whether a filter can be used.
///
/// A word alone must be a level. The library takes any other for the name of a crate, of which then everything is logged and
/// of the others nothing: seldom what `loud` was to mean.
pub fn check(filter: &str) -> Result<(), String> {
    for word in filter.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        // The level stands alone or behind `=`; within brackets are fields of spans.
        let level = word.rsplit_once('=').map_or(word, |(_, level)| level);
        let is_plain = !word.contains(['[', ']', '{', '}']) && !level.contains('"');
        if is_plain && level.parse::<LevelFilter>().is_err() {
            let message = format!("must be levels such as info or orion_auth=debug, but `{word}` is no level");
            return Err(format!("{message}: off, error, warn, info, debug, trace"));
        }
    }
    EnvFilter::try_new(filter).map(drop).map_err(|error| error.to_string())
}

/// The filter in force, once logging has started: a process has one log.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Changes what is logged from now on. Where logging was not started, as in tests, nothing is done.
pub fn change_filter(filter: &str) -> Result<(), String> {
    let Some(handle) = FILTER.get() else { return Ok(()) };
    handle.reload(complete(filter)?).map_err(|error| error.to_string())
}

/// A filter that logs nothing that must not show.
fn complete(filter: &str) -> Result<EnvFilter, String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("log.filter is not valid: {error}"))?;
    let secret = SECRET.parse().map_err(|error| format!("{SECRET}: {error}"))?;
    Ok(filter.add_directive(secret))
}

/// Starts logging to standard error. `filter` is a tracing directive such as `info,orion_auth=debug`.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let (filter, handle) = reload::Layer::new(complete(filter)?);
    let _ = FILTER.set(handle);
    let terminal = std::io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let started = if json {
        registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr)
                    .log_internal_errors(false),
            )
            .try_init()
    } else {
        // Who reads no further, as `head` does, ends the reading and not the platform.
        registry
            .with(fmt::layer().with_ansi(terminal).with_writer(std::io::stderr).log_internal_errors(false))
            .try_init()
    };
    started.map_err(|error| error.to_string())
}

/// W3C trace context (version 00): the caller's trace goes on under a span of ours, or a new one begins.
pub fn continue_trace(inbound: Option<&str>, random: &Random) -> String {
    let span = hex(&random.bytes::<8>());
    match inbound.and_then(trace_of) {
        Some((trace, flags)) => format!("00-{trace}-{span}-{flags}"),
        None => format!("00-{}-{span}-01", hex(&random.bytes::<16>())),
    }
}

/// Trace id and flags of a valid header.
fn trace_of(header: &str) -> Option<(&str, &str)> {
    let mut parts = header.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let valid = version == "00"
        && parts.next().is_none()
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2)
        && !zero(trace)
        && !zero(span);
    valid.then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_levels_or_crates_with_a_level() {
        for filter in ["info", "warn,orion_auth=debug", "off", "orion=info,[span{field=value}]=trace", "INFO", ""] {
            check(filter).expect(filter);
        }
        for filter in ["loud", "info,orion_auth", "=loud=", "orion=loud"] {
            check(filter).expect_err(filter);
        }
    }

    #[test]
    fn a_valid_trace_goes_on_and_a_bad_one_is_replaced() {
        let random = Random::seeded(1);
        let inbound = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let next = continue_trace(Some(inbound), &random);
        assert!(next.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && next.ends_with("-01"), "{next}");
        assert_ne!(next, inbound, "the span is ours");
        for bad in ["", "00-0-0-0", "zz", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"] {
            let fresh = continue_trace(Some(bad), &random);
            assert!(trace_of(&fresh).is_some(), "{fresh}");
        }
    }
}
