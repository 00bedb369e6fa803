//! What whoever has tried too often is told: how long to wait, in words, beside the form. The form stays, for the wait is over
//! sooner than everything is typed again.

use super::frame::fill;
use super::words::Words;
use crate::error::AuthError;
use axum::response::Response;
use http::{StatusCode, header};
use orion_contracts::Problem;

/// Up to here a moment is short enough to need no number, in seconds.
const A_MOMENT: u64 = 10;
/// From so many minutes on hours are counted.
const TWO_HOURS: u64 = 120;

/// A wait, and what is said of it.
#[derive(Debug)]
pub(super) struct Wait {
    seconds: u64,
    pub(super) text: String,
    /// Whether too much was tried; otherwise there is no room at this moment.
    pub(super) is_of_tries: bool,
}

impl Wait {
    /// That of a refusal for now; any other is given back.
    pub(super) fn of(w: &Words, error: AuthError) -> Result<Self, AuthError> {
        match error {
            AuthError::HashingBusy => {
                let seconds = Problem::from(error).retry_after.unwrap_or(1);
                Ok(Self { seconds, text: w.wait_busy.clone(), is_of_tries: false })
            }
            AuthError::Throttled(seconds)
            | AuthError::TriedTooOften(seconds)
            | AuthError::RegisteredTooOften(seconds) => {
                Ok(Self { seconds, text: words(w, seconds), is_of_tries: true })
            }
            error => Err(error),
        }
    }

    /// The answer, which says the same to programs. One that is no such refusal, for the form is gone meanwhile, stays as it is.
    pub(super) fn told_in(&self, mut response: Response) -> Response {
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, self.seconds.into());
        }
        response
    }
}

/// How long to wait, in words. Waits are rounded up, so that nobody comes too early.
pub(super) fn words(w: &Words, seconds: u64) -> String {
    // Whoever counts waits says a second more, so that it is over by then.
    let minutes = seconds.saturating_sub(1).div_ceil(60);
    match minutes {
        _ if seconds <= A_MOMENT => w.wait_moment.clone(),
        0 | 1 => w.wait_minute.clone(),
        2..TWO_HOURS => fill(&w.wait_minutes, "minutes", &minutes.to_string()),
        _ => fill(&w.wait_hours, "hours", &minutes.div_ceil(60).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Language;
    use super::*;

    #[test]
    fn a_wait_is_said_in_minutes_and_a_long_one_in_hours() {
        let said = |language: Language, seconds| words(language.words(), seconds);
        for (seconds, en) in [
            (0, "Too many tries. Wait a moment, then try again."),
            (10, "Too many tries. Wait a moment, then try again."),
            (11, "Too many tries. Try again in a minute."),
            (61, "Too many tries. Try again in a minute."),
            (62, "Too many tries. Try again in 2 minutes."),
            (901, "Too many tries. Try again in 15 minutes."),
            (3601, "Too many tries. Try again in 60 minutes."),
            (7140, "Too many tries. Try again in 119 minutes."),
            (7142, "Too many tries. Try again in 2 hours."),
            (86_401, "Too many tries. Try again in 24 hours."),
        ] {
            assert_eq!(said(Language::En, seconds), en, "{seconds}");
        }
        assert_eq!(said(Language::De, 60), "Zu viele Versuche. Versuchen Sie es in einer Minute noch einmal.");
        assert_eq!(said(Language::De, 901), "Zu viele Versuche. Versuchen Sie es in 15 Minuten noch einmal.");
        assert_eq!(said(Language::Es, 60), "Demasiados intentos. Inténtelo de nuevo dentro de un minuto.");
        assert_eq!(said(Language::Es, 86_401), "Demasiados intentos. Inténtelo de nuevo dentro de 24 horas.");
    }
}
