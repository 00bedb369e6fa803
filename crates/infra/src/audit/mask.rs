//! What an entry must not keep, whatever a service says of a change: values that stand under the name of a secret, and texts that
//! are one by their form. The log lives long, is read by many and exported.

use serde_json::Value;

/// What stands in the place of a secret.
pub const MASK: &str = "[masked]";

/// The last words of names whose texts are secrets. Others, such as `access_token_seconds`, are settings.
const NAMES: [&str; 17] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "tokens",
    "cookie",
    "authorization",
    "credential",
    "credentials",
    "otp",
    "pin",
    "apikey",
    "code",
];
/// What is one in two words, of which the last alone says little.
const PAIRS: [[&str; 2]; 9] = [
    ["password", "hash"],
    ["token", "hash"],
    ["api", "key"],
    ["private", "key"],
    ["master", "key"],
    ["secret", "key"],
    ["signing", "key"],
    ["backup", "codes"],
    ["recovery", "codes"],
];

/// Masks what is secret within a value.
pub(super) fn masked(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (String, Value)| {
                let value = if is_secret_name(&name) { hidden(value) } else { masked(value) };
                (name, value)
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        Value::String(text) if is_secret_text(&text) => Value::from(MASK),
        other => other,
    }
}

/// All texts of it masked; a number, a yes or a null under such a name is a bound, a switch, or says that there is none.
fn hidden(value: Value) -> Value {
    match value {
        Value::String(_) => Value::from(MASK),
        Value::Array(items) => Value::Array(items.into_iter().map(hidden).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, hidden(value))).collect()),
        other => other,
    }
}

fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let ends_in = |pair: &[&str; 2]| matches!(words.as_slice(), [.., one, two] if one == pair[0] && two == pair[1]);
    NAMES.contains(&last) && !is_of_public(&words) || PAIRS.iter().any(ends_in)
}

/// Codes that are none: of countries, of languages, of statuses.
fn is_of_public(words: &[String]) -> bool {
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    words.last().is_some_and(|word| word == "code")
        && matches!(before, "country" | "language" | "status" | "error" | "area" | "postal" | "zip" | "currency")
}

/// `clientSecret`, `client_secret` and `auth.client-secret` alike, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A private key in PEM, a token in three parts (RFC 7515), or a key of ORION's own.
fn is_secret_text(text: &str) -> bool {
    let is_jws = || text.starts_with("eyJ") && text.split('.').count() == 3 && !text.contains(char::is_whitespace);
    let is_own_key = || text.strip_prefix("orion_").is_some_and(|rest| rest.len() >= 32 && is_word(rest));
    (text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----")) || is_jws() || is_own_key()
}

fn is_word(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_under_the_name_of_a_secret_is_masked_however_it_is_written() {
        for name in
            ["password", "clientSecret", "auth.client_secret", "refresh-token", "X-API-Key", "APIKEY", "signing_key"]
        {
            assert_eq!(masked(json!({ name: "hunter2" })), json!({ name: MASK }), "{name}");
        }
        let deep = json!([{ "providers": { "google": { "client_secret": "s", "client_id": "c" } }, "tokens": ["a", { "b": "c" }] }]);
        let rest = json!([{ "providers": { "google": { "client_secret": MASK, "client_id": "c" } }, "tokens": [MASK, { "b": MASK }] }]);
        assert_eq!(masked(deep), rest);
    }

    #[test]
    fn what_only_sounds_like_a_secret_stays() {
        for value in [
            json!({ "auth.access_token_seconds": 300, "password_reset_url": "https://shop.example/reset" }),
            json!({ "password": null, "token": true, "country_code": "DE", "display_name": "orion_the_hunter", "key": "n" }),
            json!("eyJ is how some tokens begin"),
        ] {
            assert_eq!(masked(value.clone()), value);
        }
    }

    #[test]
    fn a_text_that_is_a_secret_by_its_form_is_masked_under_any_name() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----";
        let own = format!("orion_{}", "a1".repeat(20));
        for text in [key, "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", &own] {
            assert_eq!(masked(json!({ "note": text })), json!({ "note": MASK }), "{text}");
        }
    }
}
