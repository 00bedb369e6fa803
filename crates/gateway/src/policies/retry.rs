//! Retries: whether a request that failed is sent once more, and when. Only what cannot be done twice by it: what the upstream
//! never took, what may be repeated by its method (RFC 9110, section 9.2.2), or what has a key of its own. How many retries
//! an upstream bears altogether is the upstream's budget, which is asked after this.

use super::faults::Faults;
use http::{Method, StatusCode};
use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use std::time::Duration;
use utoipa::ToSchema;

/// More would turn one bad upstream into a flood.
const MOST_ATTEMPTS: u32 = 5;
/// A minute: nobody waits longer for another try.
const LONGEST_BACKOFF_MS: u64 = 60_000;
/// A day, as for all time-outs of routes.
const LONGEST_TRY_MS: u64 = 86_400_000;
/// A mebibyte, which each request under way may keep.
const LARGEST_KEPT: u64 = 1_048_576;
/// What may be done again with the same outcome, and has a body that can be kept.
const IDEMPOTENT: [&str; 5] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

/// How often a request is tried that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// Tries in all, the first one included.
    #[schemars(range(min = 1, max = MOST_ATTEMPTS))]
    #[default = 2]
    pub attempts: u32,
    /// After what it is tried again: `connect` (no connection came about), `refused` (the upstream says that it has not taken
    /// the request), `reset` (the connection ended before an answer began), `timeout` (no answer began within
    /// `per_try_ms`), `5xx`, or a status such as `503`. The first two are repeated whatever the method: nothing was done.
    #[default(["connect", "refused", "reset"].map(str::to_owned).into())]
    pub on: Vec<String>,
    /// How long one try may take to begin its answer, in milliseconds; the route's `timeout_ms` if absent, which counts for all
    /// tries together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = LONGEST_TRY_MS))]
    pub per_try_ms: Option<u64>,
    /// The longest wait before the second try, in milliseconds; it doubles with each further one. How long it really is, is
    /// drawn between nothing and that (full jitter), so that clients do not come back all at once.
    #[schemars(range(max = LONGEST_BACKOFF_MS))]
    #[default = 25]
    pub backoff_ms: u64,
    /// The longest wait before any try, in milliseconds. An upstream that asks for more by `Retry-After` is not asked again: its
    /// answer is the client's.
    #[schemars(range(max = LONGEST_BACKOFF_MS))]
    #[default = 1000]
    pub longest_backoff_ms: u64,
    /// Methods that are repeated although the upstream may have acted on the first try: some of GET, HEAD, OPTIONS, PUT and
    /// DELETE.
    #[default(IDEMPOTENT.map(str::to_owned).into())]
    pub methods: Vec<String>,
    /// Whether POST and PATCH are repeated like these where they have an `Idempotency-Key`. The upstream has to know that
    /// header, and do nothing twice for one key.
    pub keyed: bool,
    /// How large a body is kept for another try, in bytes. A larger one is sent once.
    #[schemars(range(max = LARGEST_KEPT))]
    #[default = 65_536]
    pub max_body_bytes: u64,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No connection came about: nothing was sent.
    NotConnected,
    /// The upstream has not taken the request: it closed a connection that had idled without a byte of an answer, refused the
    /// stream, or said before that it takes no more.
    NotTaken,
    /// The connection ended before an answer began. The upstream may have acted.
    Reset,
    /// No answer began in the time of one try. The upstream may be acting still.
    TimedOut,
    /// An answer began.
    Answered {
        /// Its status.
        status: StatusCode,
        /// Its `Retry-After`, where that is a number of seconds.
        retry_after: Option<Duration>,
    },
}

/// A request that was tried.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// How often, at least once.
    pub tries: u32,
    /// Its method.
    pub method: &'a Method,
    /// Whether it has an `Idempotency-Key`.
    pub has_key: bool,
    /// Whether all of its body is there to be sent again; also when there is none, or none of it has been read.
    pub has_body: bool,
    /// Whether the client has been sent the head of an answer.
    pub is_answered: bool,
    /// How much time is left to the whole request.
    pub left: Duration,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another try, after this time.
    Again(Duration),
    /// None: what there is, is the client's.
    GiveUp(GaveUp),
}

/// Why there is no further try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// It is no failure for which the route asks for another try.
    NotAsked,
    /// The client has the head of an answer already.
    Answered,
    /// The upstream may have acted, and doing it twice would not be the same.
    Unsafe,
    /// The body is too large to have been kept.
    NoBody,
    /// All tries are used up.
    Attempts,
    /// The request has no time left, or the upstream asks for more patience than the route has.
    NoTime,
}

/// Retries that can be decided.
#[derive(Debug, Clone)]
pub struct Retries {
    attempts: u32,
    connect: bool,
    refused: bool,
    reset: bool,
    timeout: bool,
    /// First and last statuses.
    statuses: Vec<(u16, u16)>,
    per_try: Option<Duration>,
    backoff: Duration,
    longest_backoff: Duration,
    methods: Vec<Method>,
    keyed: bool,
    max_body: u64,
}

impl RetryConfig {
    /// Prepares it; or all that is wrong, with keys below `key`.
    pub fn prepare(&self, key: &str) -> Result<Retries, Vec<ConfigFault>> {
        let mut faults = Faults::of(key);
        faults.within("attempts", self.attempts.into(), 1, MOST_ATTEMPTS.into());
        if let Some(per_try) = self.per_try_ms {
            faults.within("per_try_ms", per_try, 1, LONGEST_TRY_MS);
        }
        faults.within("backoff_ms", self.backoff_ms, 0, LONGEST_BACKOFF_MS);
        faults.within("longest_backoff_ms", self.longest_backoff_ms, 0, LONGEST_BACKOFF_MS);
        if self.backoff_ms > self.longest_backoff_ms {
            faults.add("backoff_ms", FieldCode::OutOfRange, "must not be more than longest_backoff_ms");
        }
        faults.within("max_body_bytes", self.max_body_bytes, 0, LARGEST_KEPT);
        if self.on.is_empty() {
            let message = "must say after what to try again, such as [\"connect\"]; leave the policy out for never";
            faults.add("on", FieldCode::Required, message);
        }
        let has = |word: &str| self.on.iter().any(|on| on == word);
        let mut retries = Retries {
            attempts: self.attempts,
            connect: has("connect"),
            refused: has("refused"),
            reset: has("reset"),
            timeout: has("timeout"),
            statuses: Vec::new(),
            per_try: self.per_try_ms.map(Duration::from_millis),
            backoff: Duration::from_millis(self.backoff_ms),
            longest_backoff: Duration::from_millis(self.longest_backoff_ms),
            methods: Vec::new(),
            keyed: self.keyed,
            max_body: self.max_body_bytes,
        };
        for (at, on) in self.on.iter().enumerate() {
            match (&**on, on.parse()) {
                ("connect" | "refused" | "reset" | "timeout", _) => {}
                ("5xx", _) => retries.statuses.push((500, 599)),
                (_, Ok(status @ (408 | 425 | 429 | 500..=599))) => retries.statuses.push((status, status)),
                _ => {
                    let message = format!(
                        "\"{on}\" is none of \"connect\", \"refused\", \"reset\", \"timeout\", \"5xx\", \"408\", \"425\", \
                         \"429\" and \"500\" to \"599\""
                    );
                    faults.add(format_args!("on[{at}]"), FieldCode::NotOneOf, message);
                }
            }
        }
        if retries.timeout && self.per_try_ms.is_none() {
            faults.add("per_try_ms", FieldCode::Required, "is needed where on has \"timeout\"");
        }
        for (at, name) in self.methods.iter().enumerate() {
            match Method::try_from(&**name) {
                Ok(method) if IDEMPOTENT.contains(&&**name) => retries.methods.push(method),
                _ => {
                    let keyed = "; keyed = true repeats it where it has an Idempotency-Key";
                    let keyed = if matches!(&**name, "POST" | "PATCH") { keyed } else { "" };
                    let message = format!("\"{name}\" is none of {}{keyed}", IDEMPOTENT.join(", "));
                    faults.add(format_args!("methods[{at}]"), FieldCode::NotOneOf, message);
                }
            }
        }
        faults.or(retries)
    }
}

impl Retries {
    /// How long one try may take to begin its answer, if that has a limit of its own.
    pub fn per_try(&self) -> Option<Duration> {
        self.per_try
    }

    /// How many bytes of a body are worth keeping, in case the request has to be sent again; nothing where it cannot be.
    /// `length` is what the body is said to have.
    pub fn keeps(&self, method: &Method, has_key: bool, length: Option<u64>) -> Option<usize> {
        // Of a request that was not connected nothing has been read.
        let repeats_more = self.reset || self.timeout || !self.statuses.is_empty();
        let may_help = self.refused || (repeats_more && self.is_safe(method, has_key));
        let fits = length.is_none_or(|length| length <= self.max_body);
        (self.attempts > 1 && may_help && fits).then_some(self.max_body as usize)
    }

    /// What comes after a try that ended so; `random` is drawn anew each time.
    pub fn next(&self, tried: &Tried<'_>, ended: Ended, random: u64) -> Next {
        if !self.is_asked(ended) {
            return Next::GiveUp(GaveUp::NotAsked);
        }
        if tried.is_answered {
            return Next::GiveUp(GaveUp::Answered);
        }
        let is_untouched = matches!(ended, Ended::NotConnected | Ended::NotTaken);
        if !is_untouched && !self.is_safe(tried.method, tried.has_key) {
            return Next::GiveUp(GaveUp::Unsafe);
        }
        if !tried.has_body {
            return Next::GiveUp(GaveUp::NoBody);
        }
        if tried.tries >= self.attempts {
            return Next::GiveUp(GaveUp::Attempts);
        }
        let asked = match ended {
            Ended::Answered { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let pause = self.pause(tried.tries, random).max(asked);
        match asked > self.longest_backoff || pause >= tried.left {
            true => Next::GiveUp(GaveUp::NoTime),
            false => Next::Again(pause),
        }
    }

    /// Whether doing it twice is the same as doing it once.
    fn is_safe(&self, method: &Method, has_key: bool) -> bool {
        let is_keyed = self.keyed && has_key && matches!(*method, Method::POST | Method::PATCH);
        is_keyed || self.methods.contains(method)
    }

    fn is_asked(&self, ended: Ended) -> bool {
        match ended {
            Ended::NotConnected => self.connect,
            Ended::NotTaken => self.refused,
            Ended::Reset => self.reset,
            Ended::TimedOut => self.timeout,
            Ended::Answered { status, .. } => {
                let status = status.as_u16();
                self.statuses.iter().any(|(first, last)| (*first..=*last).contains(&status))
            }
        }
    }

    /// Between nothing and the longest wait of this try, all alike (full jitter: Brooker, "Exponential Backoff And Jitter").
    fn pause(&self, tries: u32, random: u64) -> Duration {
        let doubled = self.backoff.saturating_mul(1 << tries.saturating_sub(1).min(MOST_ATTEMPTS));
        let longest = doubled.min(self.longest_backoff).as_micros();
        // The high half of the product: a number below the longest, without the bias of a remainder.
        Duration::from_micros(((u128::from(random) * (longest + 1)) >> 64) as u64)
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
