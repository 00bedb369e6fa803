//! By which name a mail greets. The name was typed in by whoever registered an address that may not be theirs: a mail
//! in our name must not carry their advertisement or link.

use orion_contracts::text::check_name;

/// How many characters of a name are used.
const LENGTH: usize = 60;

/// The name to greet, when it reads like a name and not like an address of something.
pub(crate) fn greeting_name(display_name: Option<&str>) -> Option<String> {
    let name: String = display_name?.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().take(LENGTH).collect();
    (check_name(&name).is_ok() && !looks_like_link(&name)).then_some(name)
}

/// Whether this is a dot, or one that mail programs and domains take for one.
fn is_dot(character: char) -> bool {
    matches!(character, '.' | '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}')
}

/// Whether a mail program could make a link of it.
fn looks_like_link(name: &str) -> bool {
    const MARKS: [char; 14] = [
        '/', '\\', '@', ':', '<', '>', '\u{2044}', '\u{2215}', '\u{ff0f}', '\u{ff3c}', '\u{ff20}', '\u{ff1a}',
        '\u{ff1c}', '\u{ff1e}',
    ];
    if name.contains(MARKS) {
        return true;
    }
    let characters: Vec<char> = name.chars().collect();
    characters.windows(3).any(|around| is_dot(around[1]) && around[0].is_alphanumeric() && around[2].is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_greeted() {
        for name in ["Ada", "Ada Lovelace", "J. R. R. Tolkien", "Łukasz O'Neil-Żak", "李小龍"] {
            assert_eq!(greeting_name(Some(name)).as_deref(), Some(name));
        }
        assert_eq!(greeting_name(Some("  Ada \r\n Lovelace ")).as_deref(), Some("Ada Lovelace"));
    }

    #[test]
    fn links_and_nothing_are_not() {
        for name in [
            "https://evil.example",
            "Win at evil.example",
            "a@b",
            "",
            " \r\n",
            "evil.example/path",
            "Ada \u{202e}moc.live",
            "evil.\u{200b}com",
            "evil\u{ff0e}com",
            "evil\u{3002}com",
        ] {
            assert_eq!(greeting_name(Some(name)), None, "{name}");
        }
        assert_eq!(greeting_name(None), None);
    }

    proptest! {
        #[test]
        fn a_greeting_never_breaks_a_line(name in any::<String>()) {
            let greeting = greeting_name(Some(&name)).unwrap_or_default();
            prop_assert!(!greeting.contains(char::is_control) && greeting.chars().count() <= LENGTH);
        }
    }
}
