//! Which media types are worth compressing.

/// What compresses well, as it is written in configurations.
pub(super) const USUAL: [&str; 13] = [
    "text/*",
    "application/json",
    "application/*+json",
    "application/x-ndjson",
    "application/javascript",
    "application/xml",
    "application/*+xml",
    "application/graphql-response+json",
    "application/wasm",
    "application/yaml",
    "image/svg+xml",
    "font/ttf",
    "font/otf",
];

/// Streams of events: named or nothing, for `text/*` is not meant to hold them back.
const EVENT_STREAM: &str = "text/event-stream";

/// A media type, or a family of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Media {
    /// This one.
    One(String),
    /// All that begin so, with the slash.
    Kind(String),
    /// All of a kind that end so, with the plus: `application/` and `+json`.
    Suffix(String, String),
}

impl Media {
    /// A type as it is written.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_name = |name: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
            !name.is_empty() && name.bytes().all(is_letter)
        };
        let (kind, name) = text.split_once('/').filter(|(kind, _)| is_name(kind))?;
        match name.strip_prefix('*') {
            Some("") => Some(Self::Kind(format!("{kind}/"))),
            Some(end) if end.starts_with('+') && is_name(&end[1..]) => {
                Some(Self::Suffix(format!("{kind}/"), end.to_owned()))
            }
            None if is_name(name) => Some(Self::One(text.to_owned())),
            _ => None,
        }
    }

    /// Whether a type without its parameters is this one, or of this family.
    fn has(&self, essence: &[u8]) -> bool {
        let starts =
            |start: &str| essence.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
        match self {
            Self::One(name) => essence.eq_ignore_ascii_case(name.as_bytes()),
            Self::Kind(start) => starts(start) && !essence.eq_ignore_ascii_case(EVENT_STREAM.as_bytes()),
            Self::Suffix(start, end) => {
                let tail = essence.len().checked_sub(end.len()).filter(|at| *at > start.len()).map(|at| &essence[at..]);
                starts(start) && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
            }
        }
    }
}

/// Whether a `Content-Type` is one of these.
pub(super) fn is_one_of(all: &[Media], content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    all.iter().any(|media| media.has(essence))
}

#[cfg(test)]
mod tests {
    use super::{Media, USUAL, is_one_of};

    fn read(types: &[&str]) -> Vec<Media> {
        types.iter().map(|text| Media::read(text).expect("a type")).collect()
    }

    #[test]
    fn text_is_worth_it_and_what_is_compressed_by_nature_is_not() {
        let usual = read(&USUAL);
        for yes in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "text/css ;x=y",
            "application/json",
            "application/problem+json",
            "application/ld+json;profile=\"a\"",
            "application/rss+xml",
            "image/svg+xml",
        ] {
            assert!(is_one_of(&usual, yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            ";",
            "text",
            "textual/html",
            "image/png",
            "video/mp4",
            "application/zip",
            "application/octet-stream",
            "application/jsonp",
            "application/+json",
            "application/grpc",
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
        ] {
            assert!(!is_one_of(&usual, no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn a_stream_of_events_is_compressed_only_by_name() {
        assert!(is_one_of(&read(&["text/event-stream"]), b"text/event-stream"));
        assert!(!is_one_of(&read(&["text/*"]), b"text/event-stream"));
    }

    #[test]
    fn what_is_no_type_is_told() {
        for no in [
            "",
            "text",
            "/",
            "text/",
            "*/*",
            "*",
            "text/*html",
            "text/*+",
            "text/html; charset=utf-8",
            "text/a/b",
            "a b/c",
        ] {
            assert_eq!(Media::read(no), None, "{no}");
        }
    }
}
