//! What parsers say of bad input, in plain words. They speak to programmers of the types that they failed to make.

/// The message as a person is told it, after the name of a field. What is not known stays as it is.
pub(crate) fn plain(message: &str) -> String {
    number(message)
        .or_else(|| moment_or_id(message))
        .or_else(|| shape(message))
        .or_else(|| length(message))
        .unwrap_or_else(|| message.to_owned())
}

/// Of numbers out of a text (`core::num`) and in JSON.
fn number(message: &str) -> Option<String> {
    const OF_TEXTS: [&str; 5] = [
        "invalid digit found in string",
        "number too large to fit in target type",
        "number too small to fit in target type",
        "cannot parse integer from empty string",
        "number would be zero for non-zero type",
    ];
    if OF_TEXTS.contains(&message) {
        return Some("must be a whole number within bounds".to_owned());
    }
    let wanted = message.rsplit_once("expected ").map(|(_, wanted)| wanted)?;
    let what = match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, and not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "true or false",
        "uuid::Uuid" | "Uuid" | "a UUID" => "a UUID",
        _ => return None,
    };
    Some(format!("must be {what}"))
}

/// Of moments (`chrono`) and ids (`uuid`).
fn moment_or_id(message: &str) -> Option<String> {
    const OF_MOMENTS: [&str; 7] = [
        "premature end of input",
        "input contains invalid characters",
        "input is out of range",
        "trailing input",
        "no possible date and time matching input",
        "input is not enough for unique date and time",
        "bad or unsupported format string",
    ];
    if OF_MOMENTS.contains(&message) {
        return Some("must be a moment such as 2026-01-01T00:00:00Z (in a query, + is written %2B)".to_owned());
    }
    const OF_IDS: [&str; 5] = [
        "UUID parsing failed",
        "invalid character: found",
        "invalid length: found",
        "invalid group",
        "invalid number of groups",
    ];
    OF_IDS.iter().any(|start| message.starts_with(start)).then(|| "must be a UUID".to_owned())
}

/// Of values of another shape (`serde`).
fn shape(message: &str) -> Option<String> {
    if message.starts_with("missing field") {
        return Some("is missing".to_owned());
    }
    if message.starts_with("duplicate field") {
        return Some("is there twice".to_owned());
    }
    if message == "provided string was not `true` or `false`" {
        return Some("must be true or false".to_owned());
    }
    let (what, wanted) = message.rsplit_once(", expected ")?;
    if what.starts_with("unknown field") {
        return Some(format!("is not known here; known are {}", listed(wanted)));
    }
    if what.starts_with("unknown variant") {
        return Some(format!(
            "must be {}",
            wanted.strip_prefix("one of ").map_or_else(|| wanted.replace('`', ""), listed_or)
        ));
    }
    // The kind of the value that came, never the value: it may be a secret in the wrong place.
    what.starts_with("invalid ").then(|| match wanted.strip_prefix("struct ") {
        Some(_) => "must be a JSON object".to_owned(),
        None => format!("must be {wanted}"),
    })
}

fn listed(names: &str) -> String {
    names.strip_prefix("one of ").unwrap_or(names).replace('`', "")
}

fn listed_or(names: &str) -> String {
    format!("one of {}", names.replace('`', ""))
}

/// Of lengths and characters (`garde`).
fn length(message: &str) -> Option<String> {
    if let Some(least) = message.strip_prefix("length is lower than ") {
        return Some(if least == "1" {
            "must not be empty".to_owned()
        } else {
            format!("must have at least {least} characters")
        });
    }
    if let Some(most) = message.strip_prefix("length is greater than ") {
        return Some(format!("must have at most {most} characters"));
    }
    (message == "not ascii").then(|| "must have ASCII characters only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use garde::Validate;
    use serde::Deserialize;
    use uuid::Uuid;

    #[test]
    fn what_is_wrong_with_a_number_is_told() {
        for text in ["abc", "99999999999", "-1", ""] {
            let error = text.parse::<u32>().expect_err(text).to_string();
            assert_eq!(plain(&error), "must be a whole number within bounds", "{error}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_moment_or_an_id_is_told() {
        for text in [
            "2026-01-01",
            "yesterday",
            "2026-01-01T00:00:00 01:00",
            "2026-13-01T00:00:00Z",
            "",
            "2026-01-01T00:00:00Zx",
        ] {
            let error = text.parse::<DateTime<Utc>>().expect_err(text).to_string();
            assert!(plain(&error).starts_with("must be a moment such as"), "{text}: {error}");
        }
        for text in ["zzz", "", "0190a", "01a205e0-7b04-7ecf-b8e8-ad2a13e81daf0"] {
            let error = text.parse::<Uuid>().expect_err(text).to_string();
            assert_eq!(plain(&error), "must be a UUID", "{text}: {error}");
            let json = serde_json::from_value::<Uuid>(text.into()).expect_err(text).to_string();
            assert_eq!(plain(&json), "must be a UUID", "{text}: {json}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Example {
        name: String,
        count: Option<u8>,
        word: Option<Word>,
        flag: Option<bool>,
        list: Option<Vec<String>>,
        inner: Option<Box<Example>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Two,
    }

    #[test]
    fn what_is_wrong_with_json_is_told_without_the_value() {
        for (json, told) in [
            (r#"{}"#, "is missing"),
            (r#"{"name": 1}"#, "must be a string"),
            (r#"{"name": "secret", "count": 300}"#, "must be a whole number from 0 to 255"),
            (r#"{"name": "a", "count": "secret"}"#, "must be a whole number from 0 to 255"),
            (r#"{"name": "a", "word": "secret"}"#, "must be one or two"),
            (r#"{"name": "a", "flag": "secret"}"#, "must be true or false"),
            (r#"{"name": "a", "list": "secret"}"#, "must be a sequence"),
            (r#"{"name": "a", "inner": "secret"}"#, "must be a JSON object"),
            (r#"{"name": "a", "name": "b"}"#, "is there twice"),
            (r#"{"nam": "a"}"#, "is not known here; known are name, count, word, flag, list, inner"),
        ] {
            let error = serde_json::from_str::<Example>(json).expect_err(json).to_string();
            let message = error.rsplit_once(" at line ").map_or(error.as_str(), |(message, _)| message);
            let message = plain(message);
            assert!(message.starts_with(told) && !message.contains("secret"), "{json}: {error}: {message}");
        }
    }

    #[derive(Validate)]
    struct Bounded {
        #[garde(length(chars, min = 1, max = 3), ascii)]
        name: String,
    }

    #[test]
    fn what_is_wrong_with_a_length_is_told() {
        for (name, told) in [
            ("", "must not be empty"),
            ("abcd", "must have at most 3 characters"),
            ("\u{e9}", "must have ASCII characters only"),
        ] {
            let report = Bounded { name: name.to_owned() }.validate().expect_err(name);
            let messages: Vec<_> = report.iter().map(|(_, error)| plain(error.message())).collect();
            assert_eq!(messages, [told]);
        }
    }
}
