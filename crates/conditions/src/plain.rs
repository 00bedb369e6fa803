//! Says in plain words why a condition cannot be read: its words and signs are gone through up to the first one that cannot
//! stand where it does, before the parser sees them, which speaks of tokens.

use crate::NoCondition;
use crate::tokens::{Token, TokenKind, tokens};
use cel::ParseErrors;

/// Words that the language keeps for itself.
const KEPT: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// What is said for a word of other languages.
pub(crate) fn sign_of(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "and" => Some("&&"),
        "or" => Some("||"),
        "not" => Some("!"),
        "is" | "eq" | "equals" => Some("=="),
        "ne" => Some("!="),
        _ => None,
    }
}

/// What is said for a sign of other languages, or for half of one.
fn meant(sign: &str) -> Option<&'static str> {
    match sign {
        "=" | "===" => Some("`==`"),
        "!==" | "<>" => Some("`!=`"),
        "=>" => Some("`>=`"),
        "=<" => Some("`<=`"),
        "&" => Some("`&&`"),
        "|" => Some("`||`"),
        "=~" | "~=" => Some("`contains`, `startsWith` or `endsWith`"),
        "**" => Some("`*`"),
        "??" => Some("`has(…) ? … : …`"),
        _ => None,
    }
}

/// Whether values and operators take turns and brackets are closed. The parser is shown nothing else: where it guesses what
/// was meant, it goes deeper than the text does.
pub(crate) fn order(text: &str) -> Result<(), NoCondition> {
    let mut reading = Reading { open: Vec::new(), last: None, wants: true };
    for token in tokens(text) {
        reading.take(token).map_err(|message| NoCondition::at(text, token.at, message))?;
        reading.last = Some(token);
    }
    match (reading.last, reading.open.last()) {
        (None, _) => Err(NoCondition::at(text, 0, "it is empty")),
        (Some(last), _) if reading.wants => {
            let end = text.trim_end().len();
            Err(NoCondition::at(text, end, format!("something is missing after `{}`", last.text)))
        }
        (_, Some(open)) => Err(NoCondition::at(text, open.at, not_closed(open.text))),
        _ => Ok(()),
    }
}

/// Why the parser refused what has its order.
pub(crate) fn why(text: &str, errors: &ParseErrors) -> NoCondition {
    let Some(first) = errors.errors.first() else {
        return NoCondition::at(text, 0, "it cannot be read");
    };
    let message = match &*first.msg {
        message if message.contains("has()") => "`has` asks for a field: write `has(event.data.name)`",
        message if message.contains("simple name") => {
            "a new name stands here first, as in `list.exists(one, one == 1)`"
        }
        message if message.contains("string literal") => "this text has a `\\` before a sign that takes none",
        message if ["int literal", "double literal"].iter().any(|literal| message.contains(literal)) => {
            "this number is too large, or is none"
        }
        _ => "what stands here cannot be read",
    };
    let number = |position: isize| usize::try_from(position).unwrap_or(1).max(1);
    NoCondition { line: number(first.pos.0), column: number(first.pos.1), message: message.to_owned() }
}

fn not_closed(sign: &str) -> String {
    match sign {
        "?" => "`:` and what holds otherwise are missing after this `?`".to_owned(),
        open => format!("this `{open}` is not closed: `{}` is missing", closing(open)),
    }
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// How far it was read.
struct Reading<'a> {
    /// Brackets that are open, and each `?` that waits for its `:`.
    open: Vec<Token<'a>>,
    last: Option<Token<'a>>,
    /// Whether a value must come next; an operator otherwise.
    wants: bool,
}

impl<'a> Reading<'a> {
    fn take(&mut self, token: Token<'a>) -> Result<(), String> {
        let Token { text, kind, .. } = token;
        let is_field = self.last.is_some_and(|last| last.text == ".");
        match kind {
            TokenKind::OpenText => {
                let mark = if text.contains('"') && !text.starts_with('\'') { '"' } else { '\'' };
                Err(format!("the text that begins here has no end: `{mark}` is missing"))
            }
            TokenKind::BadEscape => {
                let sign = text.rsplit('\\').next().unwrap_or_default();
                Err(format!("`\\{sign}` in this text means nothing; for the sign `\\` itself write `\\\\`"))
            }
            TokenKind::Stranger if "“”„‘’‚«»`".contains(text) => {
                Err(format!("texts stand between `\"` and `\"` or `'` and `'`, not `{text}`"))
            }
            TokenKind::Stranger => Err(format!("`{text}` has no meaning here")),
            TokenKind::Word if text == "in" && !is_field => self.between(text),
            // One that stands where a value may stand could be a name.
            TokenKind::Word if !is_field && sign_of(text).is_some_and(|sign| sign == "!" || !self.wants) => {
                Err(format!("write `{}` for `{text}`", sign_of(text).unwrap_or_default()))
            }
            TokenKind::Word if !is_field && KEPT.contains(&text) => {
                Err(format!("`{text}` is a word that the language keeps for itself, and no name"))
            }
            TokenKind::Literal if is_field => Err(format!("the name of a field is missing before `{text}`")),
            TokenKind::Word | TokenKind::Literal if !self.wants => {
                Err(format!("an operator is missing before `{text}`, such as `==` or `&&`"))
            }
            TokenKind::Word | TokenKind::Literal => {
                self.wants = false;
                Ok(())
            }
            TokenKind::Sign => self.sign(token),
        }
    }

    fn sign(&mut self, token: Token<'a>) -> Result<(), String> {
        let text = token.text;
        if let Some(meant) = meant(text) {
            return Err(format!("write {meant} for `{text}`"));
        }
        match text {
            "(" if !self.wants && self.last.is_none_or(|last| last.kind != TokenKind::Word) => {
                Err("an operator is missing before `(`, such as `&&`".to_owned())
            }
            "(" | "[" | "{" => {
                self.open.push(token);
                self.wants = true;
                Ok(())
            }
            ")" | "]" | "}" => self.close(text),
            "!" | "-" if self.wants => Ok(()),
            "!" => Err("an operator is missing before `!`, such as `&&`".to_owned()),
            "," => {
                self.between(text)?;
                match self.open.last() {
                    Some(open) if open.text == "?" => Err(not_closed("?")),
                    Some(_) => Ok(()),
                    None => Err("`,` stands in lists and calls alone; write `&&` or `||`".to_owned()),
                }
            }
            "?" => {
                self.open.push(token);
                self.between(text)
            }
            ":" => {
                self.between(text)?;
                match self.open.last() {
                    Some(open) if open.text == "?" => drop(self.open.pop()),
                    Some(open) if open.text == "{" => {}
                    _ => return Err("this `:` belongs to no `?`".to_owned()),
                }
                Ok(())
            }
            _ => self.between(text),
        }
    }

    /// What stands between two values.
    fn between(&mut self, text: &str) -> Result<(), String> {
        match self.last {
            _ if !self.wants => {
                self.wants = true;
                Ok(())
            }
            None => Err(format!("something is missing before `{text}`")),
            Some(last) => Err(format!("something is missing between `{}` and `{text}`", last.text)),
        }
    }

    fn close(&mut self, text: &str) -> Result<(), String> {
        let last = self.last.map_or("", |last| last.text);
        let Some(open) = self.open.pop() else {
            return Err(format!("this `{text}` closes nothing"));
        };
        if open.text == "?" {
            return Err(not_closed("?"));
        }
        if closing(open.text) != text {
            return Err(format!("`{}` is missing before this `{text}`", closing(open.text)));
        }
        // A call without arguments, an empty list, and a comma at the end of one.
        let may_be_empty = last == open.text || (last == "," && text != ")");
        if self.wants && !may_be_empty {
            return Err(format!("something is missing between `{last}` and `{text}`"));
        }
        self.wants = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Condition, Variables};

    #[test]
    fn half_written_conditions_are_told_what_is_missing_and_where() {
        for (text, column, told) in [
            ("event.type ==", 14, "something is missing after `==`"),
            ("event.type = \"x\"", 12, "write `==` for `=`"),
            ("event.type === \"x\"", 12, "write `==` for `===`"),
            ("event.type == 'x", 15, "the text that begins here has no end: `'` is missing"),
            ("event.type == \"x", 15, "the text that begins here has no end: `\"` is missing"),
            ("event.type == “x”", 15, "texts stand between `\"`"),
            ("(a", 1, "this `(` is not closed: `)` is missing"),
            ("a &&", 5, "something is missing after `&&`"),
            ("a && || b", 6, "something is missing between `&&` and `||`"),
            ("and", 1, "there is no `and`; write `&&` for that"),
            ("a and b", 3, "write `&&` for `and`"),
            ("a OR b", 3, "write `||` for `OR`"),
            ("not a", 1, "write `!` for `not`"),
            ("a is 1", 3, "write `==` for `is`"),
            ("a & b", 3, "write `&&` for `&`"),
            ("a | b", 3, "write `||` for `|`"),
            ("a <> b", 3, "write `!=` for `<>`"),
            ("a =~ 'x'", 3, "write `contains`, `startsWith`"),
            ("== 1", 1, "something is missing before `==`"),
            ("a like 'x'", 3, "an operator is missing before `like`"),
            ("a 'x'", 3, "an operator is missing before `'x'`"),
            ("a !b", 3, "an operator is missing before `!`"),
            ("(a) (b)", 5, "an operator is missing before `(`"),
            ("a)", 2, "this `)` closes nothing"),
            ("[a, b)", 6, "`]` is missing before this `)`"),
            ("a.", 3, "something is missing after `.`"),
            ("a..b", 3, "something is missing between `.` and `.`"),
            ("a.'x'", 3, "the name of a field is missing before `'x'`"),
            ("a in", 5, "something is missing after `in`"),
            ("a in [1, 2", 6, "this `[` is not closed: `]` is missing"),
            ("a, b", 2, "write `&&` or `||`"),
            ("a ? b", 3, "`:` and what holds otherwise are missing"),
            ("a : b", 3, "this `:` belongs to no `?`"),
            ("a;", 2, "`;` has no meaning here"),
            ("a == #1", 6, "`#` has no meaning here"),
            ("if == 1", 1, "keeps for itself"),
            ("has(a)", 5, "`has` asks for a field"),
            ("[1].exists(1, true)", 12, "a new name stands here first"),
            ("a == 99999999999999999999", 6, "this number is too large"),
        ] {
            let variables = Variables::default().with_anything("event").with_anything("a").with_anything("b");
            let refused = Condition::compile(text, &variables).expect_err(text);
            assert!(refused.message.contains(told), "{text}: {refused}");
            assert_eq!((refused.line, refused.column), (1, column), "{text}: {refused}");
        }
    }

    #[test]
    fn a_place_is_told_in_its_line_and_in_characters() {
        let variables = Variables::default().with_anything("a");
        let refused = Condition::compile("a == 'ä' &&\n a == 'ü' & a", &variables).expect_err("a single sign");
        assert_eq!(refused.to_string(), "line 2, column 11: write `&&` for `&`");
    }
}
