//! The path of a route, as it is compared with those of requests.

use super::canonical;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt::Write;

/// The longest path of a route, in bytes, and the most segments and names that it has.
const MAX_BYTES: usize = 1024;
const MAX_SEGMENTS: usize = 64;
const MAX_NAMES: usize = 8;
/// How much memory a regular expression may take, in bytes, and how long it may be.
const REGEX_BYTES: usize = 1 << 20;
const MAX_REGEX: usize = 500;

/// The path of a route.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// Segments, one after the other, and what comes behind them.
    Segments {
        /// Each as it is written or, with a name, whatever is there.
        segments: Vec<Segment>,
        /// What comes behind them.
        end: End,
    },
    /// A regular expression of the whole path.
    Regex {
        /// It.
        regex: Regex,
        /// The same without a difference between large and small letters.
        loose: Regex,
    },
}

/// A part of a path between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// This one.
    Literal(Box<str>),
    /// Any that is not empty, under this name.
    Name(Box<str>),
}

/// What comes behind the segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing, or one slash more or less.
    Here,
    /// Anything, under a name where it has one.
    Below(Option<Box<str>>),
}

impl Pattern {
    /// Reads a path as written; else says what is wrong with it.
    pub(super) fn parse(path: &str) -> Result<Self, String> {
        if let Some(regex) = path.strip_prefix('~') {
            let regex = |is_loose| {
                whole(regex, is_loose, REGEX_BYTES).map_err(|error| format!("is no regular expression: {error}"))
            };
            return Ok(Self::Regex { regex: regex(false)?, loose: regex(true)? });
        }
        if path.len() > MAX_BYTES {
            return Err(format!("must have at most {MAX_BYTES} bytes"));
        }
        let (plain, below) = match path.strip_suffix("/*") {
            Some(prefix) => (prefix, true),
            None => (path, false),
        };
        check_form(path, plain)?;
        let mut end = if below { End::Below(None) } else { End::Here };
        let mut segments = Vec::with_capacity(plain.matches('/').count());
        let mut written = plain.split('/').skip(1).peekable();
        while let Some(segment) = written.next() {
            let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                if segment.contains(['{', '}']) {
                    return Err("may have a name in braces only as a whole segment, as in /shop/{id}/items".to_owned());
                }
                segments.push(Segment::Literal(segment.into()));
                continue;
            };
            match name.strip_suffix("...") {
                Some(name) if written.peek().is_none() && !below => end = End::Below(Some(check_name(name)?)),
                Some(_) => return Err("may have {rest...} only as its last segment".to_owned()),
                None => segments.push(Segment::Name(check_name(name)?)),
            }
        }
        let pattern = Self::Segments { segments, end };
        let names = pattern.names();
        if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
            return Err("has a name twice".to_owned());
        }
        if names.len() > MAX_NAMES || path.matches('/').count() > MAX_SEGMENTS {
            return Err(format!("must have at most {MAX_NAMES} names and {MAX_SEGMENTS} segments"));
        }
        Ok(pattern)
    }

    /// The names that it gives to parts of a path.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Regex { regex, .. } => regex.capture_names().flatten().collect(),
            Self::Segments { segments, end } => {
                let named = segments.iter().filter_map(|segment| match segment {
                    Segment::Name(name) => Some(&**name),
                    Segment::Literal(_) => None,
                });
                let rest = match end {
                    End::Below(Some(name)) => Some(&**name),
                    End::Below(None) | End::Here => None,
                };
                named.chain(rest).collect()
            }
        }
    }

    /// What it stands for whatever its names are called: two of the same shape take the same paths.
    pub(super) fn shape(&self) -> String {
        match self {
            Self::Regex { regex, .. } => format!("~{}", regex.as_str()),
            Self::Segments { segments, end } => {
                let mut shape = String::new();
                for segment in segments {
                    let text = match segment {
                        Segment::Literal(text) => text,
                        Segment::Name(_) => "{}",
                    };
                    let _ = write!(shape, "/{text}");
                }
                if matches!(end, End::Below(_)) {
                    shape.push_str("/*");
                }
                shape
            }
        }
    }

    /// The canonical form of what it begins with whatever follows: `/shop/` for `/shop/{id}`, nothing for a regular expression.
    pub(super) fn beginning(&self) -> String {
        match self {
            Self::Regex { .. } => String::new(),
            Self::Segments { segments, .. } => {
                let literals = segments.iter().map_while(|segment| match segment {
                    Segment::Literal(text) => Some(&**text),
                    Segment::Name(_) => None,
                });
                literals.fold(String::new(), |path, segment| path + "/" + segment)
            }
        }
    }

    /// How many bytes of a path that it matches its segments take: what comes behind them is what `/*` stands for.
    pub(super) fn matched(&self, path: &str) -> usize {
        match self {
            Self::Regex { .. } | Self::Segments { end: End::Here, .. } => path.len(),
            Self::Segments { segments, end: End::Below(_) } => {
                let mut slashes = path.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
                slashes.nth(segments.len()).unwrap_or(path.len())
            }
        }
    }

    /// What it gives a name to in a path that it matches, as it stands there.
    pub fn captures<'a>(&'a self, path: &'a str) -> Captures<'a> {
        match self {
            Self::Segments { segments, end } => Captures::Segments { segments, end, path },
            Self::Regex { regex, .. } => Captures::Regex(regex.captures(path.as_bytes())),
        }
    }
}

/// What a path has where the route's has names. Nothing is copied; a regular expression is asked once more.
#[derive(Debug)]
pub enum Captures<'a> {
    /// Of segments.
    Segments {
        /// The segments of the route.
        segments: &'a [Segment],
        /// What comes behind them.
        end: &'a End,
        /// The path of the request.
        path: &'a str,
    },
    /// Of a regular expression.
    Regex(Option<regex::bytes::Captures<'a>>),
}

impl<'a> Captures<'a> {
    /// The part of this name, percent-encoded as it came.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        match self {
            // Every path is ASCII.
            Self::Regex(captures) => std::str::from_utf8(captures.as_ref()?.name(name)?.as_bytes()).ok(),
            Self::Segments { segments, end, path } => {
                let is_it = |segment: &Segment| matches!(segment, Segment::Name(other) if **other == *name);
                if let Some(at) = segments.iter().position(is_it) {
                    return path.split('/').nth(at + 1);
                }
                match end {
                    End::Below(Some(rest)) if **rest == *name => {
                        Some(path.splitn(segments.len() + 2, '/').nth(segments.len() + 1).unwrap_or_default())
                    }
                    End::Below(_) | End::Here => None,
                }
            }
        }
    }
}

/// A regular expression of a whole text, bounded in size; it takes time that is linear in the text.
pub(super) fn whole(regex: &str, is_loose: bool, bytes: usize) -> Result<Regex, String> {
    if regex.len() > MAX_REGEX {
        return Err(format!("it must have at most {MAX_REGEX} bytes"));
    }
    // By itself first: brackets that close ours would be taken otherwise.
    let parse = |text: &str| {
        let mut builder = RegexBuilder::new(text);
        builder.unicode(false).case_insensitive(is_loose).size_limit(bytes).dfa_size_limit(REGEX_BYTES).build()
    };
    let words = |error: regex::Error| match error {
        regex::Error::CompiledTooBig(_) => "it takes too much memory; make its repetitions smaller".to_owned(),
        error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    parse(regex).map_err(words)?;
    parse(&format!("^(?:{regex})$")).map_err(words)
}

/// Whether a path that is no regular expression is written in its canonical form.
fn check_form(path: &str, plain: &str) -> Result<(), String> {
    let form = if plain.is_empty() { "/" } else { plain };
    match canonical::path(form) {
        Err(error) => return Err(format!("is not a path: {error}")),
        Ok(canonical) if canonical != form => return Err(format!("must be written as \"{canonical}\"")),
        Ok(_) => {}
    }
    if canonical::read_otherwise(form).is_some() {
        return Err(
            "must have neither parameters (;), encoded slashes nor dots or blanks at the end of a segment, which servers \
             read differently"
                .to_owned(),
        );
    }
    if plain.contains('*') {
        return Err("may have a * only as its last segment; names in braces stand for others, as in /shop/{id}/items"
            .to_owned());
    }
    if plain.len() > 1 && plain.ends_with('/') && path != plain {
        return Err("has an empty segment before its *".to_owned());
    }
    Ok(())
}

/// A name in braces: a letter, then letters, digits and `_`.
fn check_name(name: &str) -> Result<Box<str>, String> {
    let valid = |at: usize, byte: u8| byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit();
    if name.is_empty() || name.len() > 32 || !name.bytes().enumerate().all(|(at, byte)| valid(at, byte)) {
        return Err(format!("has the name {{{name}}}, which must have 1 to 32 letters, digits and _, a letter first"));
    }
    Ok(name.into())
}
