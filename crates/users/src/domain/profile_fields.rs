//! What the fields of a profile may hold, beside names and languages.

use super::profile::name;
use crate::error::UsersError;
use crate::store::users::LONGEST_TAG;
use orion_contracts::spelling::folded;
use orion_contracts::text::check_name;
use orion_contracts::{FieldCode, FieldFault};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// How long a username is, in characters.
const USERNAME: std::ops::RangeInclusive<usize> = 2..=32;
/// How many digits a telephone number has (E.164), its country's included.
const PHONE: std::ops::RangeInclusive<usize> = 7..=15;
/// How long an address on the web may be, in characters.
const MAX_ADDRESS: usize = 500;
/// How many links, and how many tags, somebody has at most.
const MOST: usize = 20;
/// How long the name of a place is where somebody has a page, in characters.
const MAX_PLACE: usize = 30;
/// How much metadata is kept, in bytes of JSON.
const MAX_METADATA: usize = 8 * 1024;
/// How deep it may be nested: what holds it, an entry of the audit log above all, nests it deeper, and readers have an end.
pub(super) const DEEPEST: usize = 16;

/// Handles that would pass for the platform itself.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "anonymous",
    "api",
    "guest",
    "help",
    "me",
    "moderator",
    "null",
    "orion",
    "root",
    "security",
    "staff",
    "super_admin",
    "superuser",
    "support",
    "system",
    "undefined",
    "user",
];

/// A handle in lower case.
pub(super) fn username(text: &str) -> Result<String, UsersError> {
    let text = text.trim().to_ascii_lowercase();
    let message = "must be 2 to 32 of the letters a to z, digits, and single . _ or - between them";
    let fault = |code| UsersError::invalid("username", code, message);
    let is_sign = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    let bytes = text.as_bytes();
    let ends_in_sign =
        bytes.first().is_some_and(|byte| is_sign(*byte)) || bytes.last().is_some_and(|byte| is_sign(*byte));
    if !bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || is_sign(*byte))
        || ends_in_sign
        || bytes.windows(2).any(|pair| pair.iter().all(|byte| is_sign(*byte)))
    {
        return Err(fault(FieldCode::Invalid));
    }
    match text.len() {
        length if length < *USERNAME.start() => Err(fault(FieldCode::TooShort)),
        length if length > *USERNAME.end() => Err(fault(FieldCode::TooLong)),
        _ if RESERVED.contains(&text.as_str()) => {
            Err(UsersError::invalid("username", FieldCode::Taken, "is kept for the platform itself"))
        }
        _ => Ok(text),
    }
}

/// A telephone number as E.164 writes it.
pub(super) fn phone(text: &str) -> Result<String, UsersError> {
    let written: String = text.chars().filter(|letter| !matches!(letter, ' ' | '.' | '-' | '/')).collect();
    // The zero that is dialled within the country alone. Where it belongs to the number, as in Italy, it has no brackets.
    let written = match written.split_once("(0)") {
        Some((country, rest)) if is_country(country) => format!("{country}{rest}"),
        _ => written,
    };
    let written: String = written.chars().filter(|letter| !matches!(letter, '(' | ')')).collect();
    let digits = written.strip_prefix('+').unwrap_or_default();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    match is_number && PHONE.contains(&digits.len()) {
        true => Ok(written),
        false => {
            let message = "must be + and 7 to 15 digits, as in +442079460018";
            Err(UsersError::invalid("phone", FieldCode::Invalid, message))
        }
    }
}

/// Whether this is + and the digits that a country has.
fn is_country(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// An address on the web, as browsers write it. Others follow it: it carries no password, and leads to no script.
pub(super) fn web_address(field: &'static str, text: &str) -> Result<String, UsersError> {
    let message = "must be an address that begins with https:// or http://, of at most 500 characters";
    let refused = || UsersError::invalid(field, FieldCode::Invalid, message);
    let text = text.trim();
    check_name(text).map_err(|_| refused())?;
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_good = matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none();
    let written = String::from(url);
    if is_good && written.chars().count() <= MAX_ADDRESS { Ok(written) } else { Err(refused()) }
}

/// Links after a change, as they are stored.
pub(super) fn social_links(before: &str, change: &BTreeMap<String, Option<String>>) -> Result<String, UsersError> {
    const FIELD: &str = "social_links";
    let mut links: BTreeMap<String, String> = read(before);
    for (place, address) in change {
        let place = place.trim().to_lowercase();
        let is_word = place.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if place.is_empty() || place.len() > MAX_PLACE || !is_word {
            let message = "must have names of at most 30 letters, digits, dots and hyphens";
            return Err(UsersError::invalid(FIELD, FieldCode::Invalid, message));
        }
        match address {
            Some(address) => links.insert(place, web_address(FIELD, address)?),
            None => links.remove(&place),
        };
    }
    if links.len() > MOST {
        return Err(UsersError::invalid(FIELD, FieldCode::TooLong, "must be at most 20"));
    }
    written(FIELD, &links)
}

/// A tag, as it is stored.
pub(super) fn tag(text: &str) -> Result<String, UsersError> {
    let tag = folded(&name("tags", text)?);
    if tag.contains(',') {
        return Err(UsersError::invalid("tags", FieldCode::Invalid, "must have no commas"));
    }
    match tag.chars().count() {
        0..=LONGEST_TAG => Ok(tag),
        _ => Err(UsersError::invalid("tags", FieldCode::TooLong, "must have at most 50 characters each")),
    }
}

/// Tags as they are stored: each once, in the order of their letters.
pub(super) fn tags(given: &[String]) -> Result<String, UsersError> {
    let tags = given.iter().map(|text| tag(text)).collect::<Result<BTreeSet<_>, _>>()?;
    if tags.len() > MOST {
        return Err(UsersError::invalid("tags", FieldCode::TooLong, "must be at most 20"));
    }
    written("tags", &tags)
}

/// Metadata after a change, as it is stored.
pub(super) fn metadata(before: &str, change: &Map<String, Value>) -> Result<String, UsersError> {
    let mut metadata: Map<String, Value> = read(before);
    for (key, value) in change {
        match value {
            Value::Null => metadata.remove(key),
            value => metadata.insert(key.clone(), value.clone()),
        };
    }
    if !metadata.values().all(|value| is_within(value, DEEPEST)) {
        return Err(UsersError::invalid("metadata", FieldCode::Invalid, "must not be nested more than 16 deep"));
    }
    let written = written("metadata", &metadata)?;
    match written.len() {
        0..=MAX_METADATA => Ok(written),
        _ => Err(UsersError::invalid("metadata", FieldCode::TooLong, "must be at most 8 KiB of JSON")),
    }
}

/// Whether a value is nested no deeper than that.
pub(super) fn is_within(value: &Value, depth: usize) -> bool {
    let Some(below) = depth.checked_sub(1) else { return !value.is_object() && !value.is_array() };
    match value {
        Value::Array(items) => items.iter().all(|item| is_within(item, below)),
        Value::Object(fields) => fields.values().all(|item| is_within(item, below)),
        _ => true,
    }
}

fn read<T: DeserializeOwned + Default>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}

fn written(field: &'static str, value: &impl serde::Serialize) -> Result<String, UsersError> {
    let fault =
        |_| UsersError::Invalid { field, fault: FieldFault::new(FieldCode::Invalid, "cannot be written as JSON") };
    serde_json::to_string(value).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn usernames_have_one_spelling_and_pass_for_nobody_else() {
        for (text, expected) in [("Ada", "ada"), ("a.b-c_d", "a.b-c_d"), (" x2 ", "x2")] {
            assert_eq!(username(text).expect(text), expected);
        }
        for bad in [
            "",
            "a",
            ".ada",
            "ada-",
            "a..b",
            "a._b",
            "ada lovelace",
            "ädä",
            "a@b",
            "Root",
            "super_admin",
            &"x".repeat(33),
        ] {
            username(bad).expect_err(bad);
        }
    }

    #[test]
    fn telephone_numbers_are_written_as_e_164() {
        assert_eq!(phone("+44 (20) 7946-0018").expect("a number"), "+442079460018");
        for written in ["+49 (0)30 1234567", "+49(0)30/1234567", "+49 (0) 30-1234567", "+49 30 1234567"] {
            assert_eq!(phone(written).expect(written), "+49301234567");
        }
        // Where the zero belongs to the number, nobody writes brackets; and other brackets are not that zero.
        assert_eq!(phone("+39 06 12345678").expect("a number"), "+390612345678");
        assert_eq!(phone("+1 (201) 555 (0)123").expect("a number"), "+12015550123");
        for bad in [
            "(0)30 1234567",
            "",
            "+",
            "02079460018",
            "+0123456789",
            "+12345",
            "+1234567890123456",
            "+44 20 x",
            "++442079460018",
        ] {
            phone(bad).expect_err(bad);
        }
    }

    #[test]
    fn addresses_lead_to_the_web_and_carry_nothing() {
        assert_eq!(web_address("website", "HTTPS://Ada.Example").expect("an address"), "https://ada.example/");
        for bad in [
            "",
            "ada.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a:b@c.example",
            "https://a\n.example",
            "https://",
        ] {
            web_address("website", bad).expect_err(bad);
        }
        web_address("website", &format!("https://a.example/{}", "x".repeat(500))).expect_err("too long");
    }

    #[test]
    fn links_and_metadata_keep_what_was_not_named() {
        let change =
            BTreeMap::from([("GitHub".to_owned(), Some("https://github.com/ada".to_owned())), ("x".to_owned(), None)]);
        let links = social_links(r#"{"mastodon":"https://m.example/@ada","x":"https://x.com/ada"}"#, &change);
        assert_eq!(links.expect("links"), r#"{"github":"https://github.com/ada","mastodon":"https://m.example/@ada"}"#);
        let Value::Object(change) = json!({ "b": null, "c": [1] }) else { panic!("an object") };
        assert_eq!(metadata(r#"{"a":1,"b":2}"#, &change).expect("metadata"), r#"{"a":1,"c":[1]}"#);
        let Value::Object(large) = json!({ "a": "x".repeat(MAX_METADATA) }) else { panic!("an object") };
        metadata("{}", &large).expect_err("too large");
    }

    #[test]
    fn tags_have_one_spelling_and_stand_once() {
        let given = [" Beta  Test ", "beta test", "VIP", "Café", "cafe\u{301}"].map(str::to_owned);
        assert_eq!(tags(&given).expect("tags"), r#"["beta test","café","vip"]"#);
        for bad in ["", "a,b", "a\0", &"x".repeat(51)] {
            tag(bad).expect_err(bad);
        }
        tags(&(0..21).map(|number| number.to_string()).collect::<Vec<_>>()).expect_err("too many");
    }
}
