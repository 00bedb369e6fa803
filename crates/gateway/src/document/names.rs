//! What something may be called that is kept in the database: its name stands in addresses, on command lines, in metrics and
//! in logs.

use orion_contracts::{FieldCode, FieldFault};

/// The longest name, in characters.
const LONGEST: usize = 64;

/// Words that stand at the place of a name in addresses, today or soon.
const RESERVED: &[&str] = &["test", "explain", "validate", "versions"];

/// Whether a thing may be called so.
pub(crate) fn check(name: &str) -> Result<(), FieldFault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let (code, message) = match name.len() {
        0 => (FieldCode::Required, "must not be empty".to_owned()),
        length if length > LONGEST => (FieldCode::TooLong, format!("must have at most {LONGEST} characters")),
        _ if !name.bytes().all(fits) || !name.as_bytes()[0].is_ascii_alphanumeric() => {
            let message = "must have letters a to z, digits, `.`, `_` and `-` only, and begin with a letter or a digit";
            (FieldCode::Invalid, message.to_owned())
        }
        _ if RESERVED.contains(&name) => {
            (FieldCode::Taken, format!("must not be \"{name}\", which means something else in addresses of the API"))
        }
        _ => return Ok(()),
    };
    Err(FieldFault::new(code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_an_address() {
        for name in ["shop", "a", "Shop-2", "v1.2_b", "0"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        let long = "x".repeat(65);
        for name in ["", "a b", "a/b", "a%2Fb", "..", ".", "-a", "ü", "a\n", "a\0", "test", "versions", &long] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
