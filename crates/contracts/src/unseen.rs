//! Characters that are not seen: in a name or an address they make two look like one.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, Emoji, EnumeratedProperty, GeneralCategory, UnifiedIdeograph,
};

/// A Braille cell without a dot, a note without a head, and others that count as signs and look like nothing.
const BLANKS: [char; 4] = ['\u{2800}', '\u{13441}', '\u{16fe4}', '\u{1d159}'];

/// Whether a character is not seen, changes how others are seen, or may mean something else tomorrow. Spaces are seen.
pub(crate) fn is_unseen(character: char) -> bool {
    use GeneralCategory::*;
    BLANKS.contains(&character)
        || DefaultIgnorableCodePoint::for_char(character)
        || matches!(
            GeneralCategory::for_char(character),
            Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
        )
}

/// Whether it is a space of some width.
pub(crate) fn is_space(character: char) -> bool {
    GeneralCategory::for_char(character) == GeneralCategory::SpaceSeparator
}

/// Whether any character is not seen that has no business beside its neighbours, nor is allowed.
pub(crate) fn has_unseen(text: &str, is_allowed: impl Fn(char) -> bool) -> bool {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let belongs = joins(before, character, after) || shapes(before, character);
        if is_unseen(character) && !belongs && !is_allowed(character) {
            return true;
        }
        before = Some(character);
    }
    false
}

/// Whether it is a joiner between two that are written with it: letters of such scripts, and emoji. Between letters of Europe
/// it only makes one name look like another.
fn joins(before: Option<char>, character: char, after: Option<char>) -> bool {
    let takes = |beside: Option<char>| {
        beside.is_some_and(|beside| beside >= '\u{590}' && (!is_unseen(beside) || is_emoji_shape(beside)))
    };
    matches!(character, '\u{200c}' | '\u{200d}') && takes(before) && takes(after)
}

/// Whether it chooses a shape of what stands before it: of an emoji, an ideograph (Japanese names need that), or a
/// Mongolian letter.
fn shapes(before: Option<char>, character: char) -> bool {
    before.is_some_and(|before| match character {
        '\u{e0100}'..='\u{e01ef}' | '\u{fe00}'..='\u{fe02}' => UnifiedIdeograph::for_char(before),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => ('\u{1820}'..='\u{18aa}').contains(&before),
        _ => is_emoji_shape(character) && !before.is_ascii() && Emoji::for_char(before),
    })
}

/// The selectors that show a sign in colour, or not.
fn is_emoji_shape(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}')
}
