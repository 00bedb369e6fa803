//! Characters that are not seen: in a name or an address they make two look like one.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, Emoji, EnumeratedProperty, GeneralCategory, UnifiedIdeograph,
};

/// A Braille cell without a dot, a note without a head, and others that count as signs and look like nothing.
const BLANKS: [char; 4] = ['\u{2800}', '\u{13441}', '\u{16fe4}', '\u{1d159}'];

/// Whether a character is not seen, changes how others are seen, or may mean something else tomorrow. Spaces are seen.
pub fn is_unseen(character: char) -> bool {
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
    looked_at(text).any(|(character, is_hidden)| is_hidden && !is_allowed(character))
}

/// A text in which such characters are written out, as `\u{1b}`.
pub fn shown(text: &str, is_allowed: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for (character, is_hidden) in looked_at(text) {
        match is_hidden && !is_allowed(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// Each character, and whether it is not seen and has no business beside its neighbours.
fn looked_at(text: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut before, mut characters) = (None, text.chars().peekable());
    std::iter::from_fn(move || {
        let character = characters.next()?;
        let after = characters.peek().copied();
        let belongs = joins(before, character, after) || shapes(before, character);
        before = Some(character);
        Some((character, is_unseen(character) && !belongs))
    })
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
