//! Which form of a file a browser gets, by its `Accept-Encoding` (RFC 9110, section 12.5.3).

use http::{HeaderMap, header};

/// A way in which the web app's build has compressed files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Brotli.
    Brotli,
    /// gzip.
    Gzip,
}

impl Coding {
    /// The one that saves most first.
    pub(super) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// How the names of such files end.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// The form that is liked best, and of several alike the first offered; `None` for the file as it is. Without the header
/// it is sent as it is: who can decode says so.
pub(super) fn choose(headers: &HeaderMap, offered: &[Coding]) -> Option<Coding> {
    let accepted: Vec<(String, u32)> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(weighted)
        .collect();
    let named = |name: &str| accepted.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
    let any = named("*");
    // One that is not named is not wanted, unless all others are; the file as it is stands last among equals.
    let identity = named("identity").unwrap_or(0);
    let mut best = (None, identity);
    for coding in offered.iter().rev() {
        let alias = if *coding == Coding::Gzip { named("x-gzip") } else { None };
        let weight = named(coding.name()).or(alias).or(any).unwrap_or(0);
        if weight > 0 && weight >= best.1 {
            best = (Some(*coding), weight);
        }
    }
    best.0
}

/// A coding in lower case and its weight in thousandths; `None` for one whose weight cannot be read.
fn weighted(text: &str) -> Option<(String, u32)> {
    let mut parts = text.split(';');
    let name = parts.next()?.trim().to_ascii_lowercase();
    let mut weight = 1000;
    for parameter in parts {
        let (key, value) = parameter.trim().split_once('=')?;
        if key.trim().eq_ignore_ascii_case("q") {
            weight = thousandths(value.trim())?;
        }
    }
    (!name.is_empty()).then_some((name, weight))
}

/// `0.5` as 500: at most three digits behind the point, at most 1.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let value = match whole {
        "0" if is_number => format!("{rest:0<3}").parse().ok()?,
        "1" if is_number => 1000,
        _ => return None,
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn chosen(accepted: &'static str) -> Option<&'static str> {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
        choose(&headers, &Coding::ALL).map(Coding::name)
    }

    #[test]
    fn the_form_liked_best_is_sent() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("X-GZIP", Some("gzip")),
            ("BR ; Q=0.1 , gzip;q=0.2", Some("gzip")),
            ("br;q=0, *", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("identity;q=1, br;q=0.5", None),
            ("identity;q=0.5, br;q=0.5", Some("br")),
            ("br;q=0.001", Some("br")),
            ("br;q=0.000, gzip;q=0", None),
            ("br;q=2, gzip;q=0.0001", None),
            ("br;q=high", None),
            ("zstd, deflate", None),
            (",, ;q=1", None),
            ("", None),
        ] {
            assert_eq!(chosen(accepted), coding, "{accepted}");
        }
        assert_eq!(choose(&HeaderMap::new(), &Coding::ALL), None, "nothing said");
    }

    #[test]
    fn only_what_is_there_is_chosen() {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip;q=0.1"))]);
        assert_eq!(choose(&headers, &[Coding::Gzip]), Some(Coding::Gzip));
        assert_eq!(choose(&headers, &[]), None);
    }
}
