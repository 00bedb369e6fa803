//! What is read of arguments that several commands take, and what is said of one that cannot be read: how it is written, by an example.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use orion_contracts::reading::kept;
use url::Url;

/// A moment by which something ends: to the second with its zone (RFC 3339), or a day, at whose beginning in UTC it ends.
pub(super) fn until(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, "which it does not include")
}

/// The same of one at which something begins.
pub(super) fn since(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, "from its beginning in UTC")
}

fn moment(text: &str, of_a_day: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc());
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).ok();
    let wrong = || format!("must be a time such as 2030-01-01T00:00:00Z, or a day such as 2030-01-01, {of_a_day}");
    moment.or_else(day).map(kept).ok_or_else(wrong)
}

/// The address of a platform's gateway, as paths are put behind it.
pub(super) fn platform(text: &str) -> Result<String, String> {
    let trimmed = super::requests::trimmed(text);
    let is_one = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match Url::parse(&trimmed).ok().filter(is_one) {
        Some(_) => Ok(trimmed),
        None => Err("must be where the gateway is, such as http://127.0.0.1:3000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_moment_or_a_day() {
        let moment = |text: &str| until(text).map(|moment| moment.to_rfc3339());
        assert_eq!(moment("2030-01-01T02:00:00+02:00").as_deref(), Ok("2030-01-01T00:00:00+00:00"));
        assert_eq!(moment(" 2030-01-01 "), moment("2030-01-01T00:00:00Z"));
        for text in ["tomorrow", "2030-13-01", "2030-01-01T00:00", "01.01.2030", ""] {
            for read in [until, since] {
                assert!(read(text).is_err_and(|told| told.contains("2030-01-01T00:00:00Z")), "{text}");
            }
        }
    }

    #[test]
    fn a_platform_is_an_address_with_a_host() {
        assert_eq!(platform("http://127.0.0.1:3000/").as_deref(), Ok("http://127.0.0.1:3000"));
        assert_eq!(platform("https://orion.example/base").as_deref(), Ok("https://orion.example/base"));
        for text in ["orion.example", "127.0.0.1:3000", "ftp://orion.example", "http://", ""] {
            assert!(platform(text).is_err(), "{text}");
        }
    }
}
