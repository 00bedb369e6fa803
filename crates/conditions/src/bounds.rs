//! Whether a condition is short and flat enough to be read.

use crate::tokens::{TokenKind, tokens};
use crate::{MAX_BYTES, MAX_CHAIN, MAX_DEPTH, MAX_SIGNS, NoCondition};

/// Whether it is short and flat enough to be read: the parser calls itself for everything that stands within another. What a
/// text in quotation marks holds does not count.
pub(crate) fn bounds(text: &str) -> Result<(), NoCondition> {
    if text.trim().is_empty() {
        return Err(NoCondition::at(text, 0, "it is empty"));
    }
    if text.len() > MAX_BYTES {
        return Err(NoCondition::at(text, 0, format!("it must have at most {MAX_BYTES} bytes")));
    }
    // A parser has no use for them, a reader does not see them, and a database does not take NUL.
    let is_unseen = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t');
    if let Some((at, sign)) = text.char_indices().find(|(_, sign)| is_unseen(*sign)) {
        let message = format!(
            "there is a character here that nobody sees (U+{:04X}); write it as `\\u{:04X}`",
            u32::from(sign),
            u32::from(sign)
        );
        return Err(NoCondition::at(text, at, message));
    }
    // Of each bracket that is open: how many operators follow each other without `&&`, `||`, `,` or `?`. The parser puts each
    // within the next one, and calls itself for all of them.
    let mut chains = vec![0_usize];
    let mut signs = 0_usize;
    for token in tokens(text) {
        let chain = chains.last_mut().map_or(0, |chain| {
            *chain = match token.text {
                "&&" | "||" | "," | "?" | ":" => 0,
                "(" | "{" | ")" | "]" | "}" => *chain,
                "in" => *chain + 1,
                _ if token.kind == TokenKind::Sign => *chain + 1,
                _ => *chain,
            };
            *chain
        });
        match token.text {
            "(" | "[" | "{" => chains.push(0),
            ")" | "]" | "}" if chains.len() > 1 => drop(chains.pop()),
            "!" | "-" | "." | "?" => signs += 1,
            _ => {}
        }
        if chain > MAX_CHAIN {
            let message = format!("more than {MAX_CHAIN} operators follow each other here");
            return Err(NoCondition::at(text, token.at, message));
        }
        if chains.len() > MAX_DEPTH + 1 || signs > MAX_SIGNS {
            return Err(NoCondition::at(text, token.at, "too much stands within another here"));
        }
    }
    Ok(())
}
