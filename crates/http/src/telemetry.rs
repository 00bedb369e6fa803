//! Logs and trace context: human on a terminal, JSON otherwise; W3C `traceparent` in and out.

use orion_infra::Random;
use orion_infra::secrets::hex;
use std::io::IsTerminal;
use std::sync::OnceLock;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;
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

/// Modules that write secrets down, and the lowest level that is logged of them. RabbitMQ's client traces each frame, that with
/// its password among them; lettre each line to the mail server, links with their tokens too; sqlx warns of parameters of the
/// database's URL that it does not know, and quotes them.
const SECRET: [(&str, LevelFilter); 3] =
    [("lapin", LevelFilter::WARN), ("lettre", LevelFilter::WARN), ("sqlx_postgres::options", LevelFilter::OFF)];

/// Whether something may be logged at all. It is no directive of the filter, for a longer one would win over it.
fn may_show(metadata: &Metadata<'_>) -> bool {
    let is_within = |module: &str| {
        metadata.target().strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    SECRET.iter().all(|(module, lowest)| !is_within(module) || metadata.level() <= lowest)
}

/// Says whether a filter can be used.
///
/// A word alone must be a level. The library takes any other for the name of a crate, of which then everything is logged and
/// of the others nothing: seldom what `loud` was to mean.
pub fn check(filter: &str) -> Result<(), String> {
    for word in words(filter) {
        // The level stands alone or behind `=`; within brackets are fields of spans.
        let level = word.rsplit_once('=').map_or(word, |(_, level)| level);
        let is_plain = !word.contains(['[', ']', '{', '}']) && !level.contains('"');
        if is_plain && level.parse::<LevelFilter>().is_err() {
            let message = format!("must be levels such as info or orion_auth=debug, but `{word}` is no level");
            return Err(format!("{message}: off, error, warn, info, debug, trace"));
        }
    }
    read(filter).map(drop)
}

/// The words of a filter. The library takes a space before a level for the name of a module, and nothing for `error`.
fn words(filter: &str) -> impl Iterator<Item = &str> {
    filter.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The filter in force, once logging has started: a process has one log.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Changes what is logged from now on. Where logging was not started, as in tests, nothing is done.
pub fn change_filter(filter: &str) -> Result<(), String> {
    let Some(handle) = FILTER.get() else { return Ok(()) };
    handle.reload(read(filter)?).map_err(|error| error.to_string())
}

/// A word for one module says nothing of the others, which would fall silent, warnings included: they stay at `info`.
fn read(filter: &str) -> Result<EnvFilter, String> {
    let is_for_all = |word: &str| word.parse::<LevelFilter>().is_ok();
    let info = (!words(filter).any(is_for_all)).then_some("info");
    let filter = info.into_iter().chain(words(filter)).collect::<Vec<_>>().join(",");
    EnvFilter::try_new(filter).map_err(|error| error.to_string())
}

/// What passes a filter that can be changed, and nothing that must not show.
fn filtered(
    filter: &str,
) -> Result<(impl Subscriber + for<'a> LookupSpan<'a>, reload::Handle<EnvFilter, Registry>), String> {
    let (filter, handle) = reload::Layer::new(read(filter)?);
    Ok((tracing_subscriber::registry().with(filter).with(filter_fn(may_show)), handle))
}

/// Starts logging to standard error. `filter` is a tracing directive such as `info,orion_auth=debug`.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let (registry, handle) = filtered(filter)?;
    let _ = FILTER.set(handle);
    let terminal = std::io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
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
    use std::io;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_filter_has_levels_or_crates_with_a_level() {
        for filter in ["info", "warn,orion_auth=debug", "off", "orion=info,[span{field=value}]=trace", "INFO", ""] {
            check(filter).expect(filter);
        }
        for filter in ["loud", "info,orion_auth", "=loud=", "orion=loud"] {
            check(filter).expect_err(filter);
        }
    }

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Says a word in each of the modules that may have a secret in theirs, and one elsewhere.
    fn speak() {
        tracing::trace!(target: "lapin::frames", "secret");
        tracing::info!(target: "lapin", "secret");
        tracing::debug!(target: "lettre::transport::smtp::client::async_connection", "secret");
        tracing::warn!(target: "sqlx_postgres::options::parse", "secret");
        tracing::trace_span!(target: "lapin::channels", "frame", word = "secret").in_scope(|| tracing::trace!("here"));
        tracing::warn!(target: "lapin::io_loop", "lost");
        tracing::trace!(target: "lapine", "other");
    }

    #[test]
    fn secrets_of_libraries_are_logged_by_no_filter() {
        let longest = "off,lapin::frames=trace,lapin::channels=trace,sqlx_postgres::options::parse=trace,\
                       lettre::transport::smtp::client::async_connection=trace,[frame]=trace,\
                       lapin::io_loop=warn,lapine=trace,orion_http=trace";
        for filter in ["trace", longest, "trace,lapin=trace,lettre=trace,sqlx_postgres=trace"] {
            let lines = Lines::default();
            let writer = lines.clone();
            let (registry, handle) = filtered("off").expect("valid");
            let log = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
            tracing::subscriber::with_default(registry.with(log), || {
                speak();
                assert!(lines.0.lock().expect("no panic").is_empty(), "off");
                handle.reload(read(filter).expect("valid")).expect("there");
                speak();
            });
            let told = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
            assert!(!told.contains("secret"), "{filter}: {told}");
            assert!(["lost", "other", "here"].iter().all(|word| told.contains(word)), "{filter}: {told}");
        }
    }

    #[test]
    fn a_level_for_one_module_leaves_the_others_as_they_are() {
        for filter in ["orion_auth=debug", "orion_auth=debug,", "orion_auth=debug, info", ", orion_auth=debug ,info "] {
            check(filter).expect(filter);
            let lines = Lines::default();
            let writer = lines.clone();
            let (registry, _handle) = filtered(filter).expect("valid");
            let log = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
            tracing::subscriber::with_default(registry.with(log), || {
                tracing::debug!(target: "orion_auth::domain", "of it");
                tracing::info!(target: "orion_users::domain", "of another");
                tracing::debug!(target: "orion_users::domain", "hidden");
            });
            let told = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
            assert!(
                told.contains("of it") && told.contains("of another") && !told.contains("hidden"),
                "{filter}: {told}"
            );
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
