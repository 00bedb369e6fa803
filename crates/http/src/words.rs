//! What parsers say of bad input, in plain words and by its kind. They speak to programmers of the types that they failed to
//! make.

use orion_contracts::{FieldCode, FieldFault};

/// The message as a person is told it. Checks of our own give their code with it; what is not
/// known stays as it is.
pub(crate) fn plain(message: &str) -> FieldFault {
    FieldFault::of_carried(message)
        .or_else(|| number(message))
        .or_else(|| moment_or_id(message))
        .or_else(|| shape(message))
        .or_else(|| length(message))
        .unwrap_or_else(|| FieldFault::new(FieldCode::Invalid, message.to_owned()))
}

/// Of numbers out of a text (`core::num`) and in JSON.
fn number(message: &str) -> Option<FieldFault> {
    const OF_TEXTS: [(&str, FieldCode); 5] = [
        ("invalid digit found in string", FieldCode::WrongType),
        ("number too large to fit in target type", FieldCode::OutOfRange),
        ("number too small to fit in target type", FieldCode::OutOfRange),
        ("cannot parse integer from empty string", FieldCode::WrongType),
        ("number would be zero for non-zero type", FieldCode::OutOfRange),
    ];
    if let Some((_, code)) = OF_TEXTS.iter().find(|(text, _)| *text == message) {
        return Some(FieldFault::new(*code, "must be a whole number within bounds"));
    }
    let (what, wanted) = message.rsplit_once("expected ")?;
    let wanted = match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, and not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "true or false",
        "uuid::Uuid" | "Uuid" | "a UUID" => "a UUID",
        _ => return None,
    };
    let code = if what.starts_with("invalid value: integer") { FieldCode::OutOfRange } else { FieldCode::WrongType };
    Some(FieldFault::new(code, format!("must be {wanted}")))
}

/// Of moments (`chrono`) and ids (`uuid`).
fn moment_or_id(message: &str) -> Option<FieldFault> {
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
        let words = "must be a moment such as 2026-01-01T00:00:00Z (in a query, + is written %2B)";
        return Some(FieldFault::new(FieldCode::WrongType, words));
    }
    const OF_IDS: [&str; 5] = [
        "UUID parsing failed",
        "invalid character: found",
        "invalid length: found",
        "invalid group",
        "invalid number of groups",
    ];
    let is_of_id = OF_IDS.iter().any(|start| message.starts_with(start));
    is_of_id.then(|| FieldFault::new(FieldCode::WrongType, "must be a UUID"))
}

/// Of values of another shape (`serde`).
fn shape(message: &str) -> Option<FieldFault> {
    if message.starts_with("missing field") {
        return Some(FieldFault::new(FieldCode::Required, "is missing"));
    }
    if message.starts_with("duplicate field") {
        return Some(FieldFault::new(FieldCode::Repeated, "is there twice"));
    }
    if message == "provided string was not `true` or `false`" {
        return Some(FieldFault::new(FieldCode::WrongType, "must be true or false"));
    }
    let (what, wanted) = message.rsplit_once(", expected ")?;
    if what.starts_with("unknown field") {
        return Some(FieldFault::new(FieldCode::Unknown, format!("is not known here; known are {}", listed(wanted))));
    }
    if what.starts_with("unknown variant") {
        let words = wanted.strip_prefix("one of ").map_or_else(|| wanted.replace('`', ""), listed_or);
        return Some(FieldFault::new(FieldCode::NotOneOf, format!("must be {words}")));
    }
    // The kind of the value that came, never the value: it may be a secret in the wrong place.
    let wanted = if wanted.starts_with("struct ") { "a JSON object" } else { wanted };
    let code = if what.starts_with("invalid type") { FieldCode::WrongType } else { FieldCode::Invalid };
    what.starts_with("invalid ").then(|| FieldFault::new(code, format!("must be {wanted}")))
}

fn listed(names: &str) -> String {
    names.strip_prefix("one of ").unwrap_or(names).replace('`', "")
}

fn listed_or(names: &str) -> String {
    format!("one of {}", names.replace('`', ""))
}

/// Of lengths and characters (`garde`).
fn length(message: &str) -> Option<FieldFault> {
    if let Some(least) = message.strip_prefix("length is lower than ") {
        return Some(match least {
            "1" => FieldFault::new(FieldCode::Required, "must not be empty"),
            _ => FieldFault::new(FieldCode::TooShort, format!("must have at least {least} characters")),
        });
    }
    if let Some(most) = message.strip_prefix("length is greater than ") {
        return Some(FieldFault::new(FieldCode::TooLong, format!("must have at most {most} characters")));
    }
    (message == "not ascii").then(|| FieldFault::new(FieldCode::Invalid, "must have ASCII characters only"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use garde::Validate;
    use orion_contracts::{Email, Password};
    use serde::Deserialize;
    use uuid::Uuid;

    #[test]
    fn what_is_wrong_with_a_number_is_told() {
        let (wrong, beyond) = (FieldCode::WrongType, FieldCode::OutOfRange);
        for (text, code) in [("abc", wrong), ("99999999999", beyond), ("-1", wrong), ("", wrong)] {
            let error = text.parse::<u32>().expect_err(text).to_string();
            assert_eq!(plain(&error), FieldFault::new(code, "must be a whole number within bounds"), "{error}");
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
            let FieldFault { code, message } = plain(&error);
            assert!(message.starts_with("must be a moment such as"), "{text}: {error}");
            assert_eq!(code, FieldCode::WrongType, "{text}");
        }
        for text in ["zzz", "", "0190a", "01a205e0-7b04-7ecf-b8e8-ad2a13e81daf0"] {
            let error = text.parse::<Uuid>().expect_err(text).to_string();
            assert_eq!(plain(&error), FieldFault::new(FieldCode::WrongType, "must be a UUID"), "{text}: {error}");
            let json = serde_json::from_value::<Uuid>(text.into()).expect_err(text).to_string();
            assert_eq!(plain(&json), plain(&error), "{text}: {json}");
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
        for (json, code, told) in [
            (r#"{}"#, FieldCode::Required, "is missing"),
            (r#"{"name": 1}"#, FieldCode::WrongType, "must be a string"),
            (r#"{"name": "secret", "count": 300}"#, FieldCode::OutOfRange, "must be a whole number from 0 to 255"),
            (r#"{"name": "a", "count": "secret"}"#, FieldCode::WrongType, "must be a whole number from 0 to 255"),
            (r#"{"name": "a", "word": "secret"}"#, FieldCode::NotOneOf, "must be one or two"),
            (r#"{"name": "a", "flag": "secret"}"#, FieldCode::WrongType, "must be true or false"),
            (r#"{"name": "a", "list": "secret"}"#, FieldCode::WrongType, "must be a sequence"),
            (r#"{"name": "a", "inner": "secret"}"#, FieldCode::WrongType, "must be a JSON object"),
            (r#"{"name": "a", "name": "b"}"#, FieldCode::Repeated, "is there twice"),
            (
                r#"{"nam": "a"}"#,
                FieldCode::Unknown,
                "is not known here; known are name, count, word, flag, list, inner",
            ),
        ] {
            let error = serde_json::from_str::<Example>(json).expect_err(json).to_string();
            let message = error.rsplit_once(" at line ").map_or(error.as_str(), |(message, _)| message);
            let fault = plain(message);
            assert!(fault.message.starts_with(told) && !fault.message.contains("secret"), "{json}: {error}: {fault:?}");
            assert_eq!(fault.code, code, "{json}");
        }
    }

    #[derive(Validate)]
    struct Bounded {
        #[garde(length(chars, min = 1, max = 3), ascii)]
        name: String,
    }

    #[test]
    fn what_is_wrong_with_a_length_is_told() {
        for (name, code, told) in [
            ("", FieldCode::Required, "must not be empty"),
            ("abcd", FieldCode::TooLong, "must have at most 3 characters"),
            ("\u{e9}", FieldCode::Invalid, "must have ASCII characters only"),
        ] {
            let report = Bounded { name: name.to_owned() }.validate().expect_err(name);
            let faults: Vec<_> = report.iter().map(|(_, error)| plain(error.message())).collect();
            assert_eq!(faults, [FieldFault::new(code, told)]);
        }
    }

    #[test]
    fn checks_of_our_own_bring_their_code_through_serde_and_garde() {
        let long = format!("\"{}@example.com\"", "a".repeat(65));
        let of_email = |json: &str| serde_json::from_str::<Email>(json).expect_err("no address").to_string();
        let of_password = |json: &str| serde_json::from_str::<Password>(json).expect_err("no password").to_string();
        let of_name = |text: &str| {
            let put = Named { name: text.to_owned() };
            let report = put.validate().expect_err("no name");
            report.iter().map(|(_, error)| error.message().to_owned()).collect::<String>()
        };
        for (error, code, told) in [
            (of_email("\"ada\""), FieldCode::Invalid, "must be an e-mail address such as"),
            (of_email(&long), FieldCode::TooLong, "must be an e-mail address with at most 64 bytes"),
            (of_password("\"\""), FieldCode::Required, "must not be empty"),
            (of_password("\"a\\u0000\""), FieldCode::Invalid, "must not have control characters"),
            (of_name("  "), FieldCode::Required, "must not be blank"),
        ] {
            let fault = plain(&error);
            assert!(fault.code == code && fault.message.starts_with(told), "{error}: {fault:?}");
        }
    }

    #[derive(Validate)]
    struct Named {
        #[garde(custom(|text: &str, (): &()| orion_contracts::text::check_name(text).map_err(garde::Error::from)))]
        name: String,
    }
}
