//! The words and signs of a condition, for telling what is wrong with one that cannot be read.

/// A word or a sign, and where it begins, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) at: usize,
    pub(crate) text: &'a str,
    pub(crate) kind: TokenKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name.
    Word,
    /// A number, or a text in quotation marks.
    Literal,
    /// A text whose end is missing.
    OpenText,
    /// A text up to a `\` before a sign that takes none. What a parser does with the rest of it is its own guess.
    BadEscape,
    /// An operator, a bracket, a comma.
    Sign,
    /// Nothing that the language knows.
    Stranger,
}

/// Signs that are longer than one character, also those that other languages have; the longer ones first.
const LONG_SIGNS: &[&str] =
    &["===", "!==", "==", "!=", "<=", ">=", "&&", "||", "=>", "=<", "<>", "=~", "~=", "**", "??"];
const SIGNS: &str = "()[]{}.,:?!<>=&|+-*/%";

/// All of them; what stands behind `//` is a remark.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, kind) = next(rest);
        if let (Some(kind), Some(text)) = (kind, rest.get(..length)) {
            tokens.push(Token { at, text, kind });
        }
        at += length.max(1);
    }
    tokens
}

/// How long the first is, and what it is; `None` for what says nothing.
fn next(rest: &str) -> (usize, Option<TokenKind>) {
    let run = |of: fn(char) -> bool| rest.find(|next| !of(next)).unwrap_or(rest.len());
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_whitespace() {
        return (run(char::is_whitespace), None);
    }
    if rest.starts_with("//") {
        return (run(|next| next != '\n'), None);
    }
    if let Some((prefix, quoted)) = text_in_quotation_marks(rest) {
        let (length, kind) = quotation(quoted, prefix.contains(['r', 'R']));
        return (prefix.len() + length, Some(kind));
    }
    if first.is_ascii_digit() {
        let whole = run(|next| next.is_ascii_alphanumeric());
        let fraction = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
        let digits = fraction.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(fraction.len());
        let is_fraction = fraction.starts_with(|next: char| next.is_ascii_digit());
        return (if is_fraction { whole + 1 + digits } else { whole }, Some(TokenKind::Literal));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return (run(|next| next.is_ascii_alphanumeric() || next == '_'), Some(TokenKind::Word));
    }
    if let Some(sign) = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return (sign.len(), Some(TokenKind::Sign));
    }
    let kind = if SIGNS.contains(first) { TokenKind::Sign } else { TokenKind::Stranger };
    (first.len_utf8(), Some(kind))
}

/// A text and what stands before it: `r` where `\` means itself, `b` for bytes.
fn text_in_quotation_marks(rest: &str) -> Option<(&str, &str)> {
    let without_b = rest.strip_prefix(['b', 'B']).unwrap_or(rest);
    let quoted = without_b.strip_prefix(['r', 'R']).unwrap_or(without_b);
    quoted.starts_with(['"', '\'']).then(|| rest.split_at(rest.len() - quoted.len()))
}

/// A text that begins with its quotation mark; without three of them it ends with the line.
fn quotation(quoted: &str, is_raw: bool) -> (usize, TokenKind) {
    let mark = quoted.get(..1).unwrap_or_default();
    let long = mark.repeat(3);
    let is_long = quoted.starts_with(&long);
    let end = if is_long { &*long } else { mark };
    let mut at = end.len();
    while let Some(rest) = quoted.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(end) {
            return (at + end.len(), TokenKind::Literal);
        }
        if !is_long && rest.starts_with(['\n', '\r']) {
            break;
        }
        at += match rest.strip_prefix('\\').filter(|_| !is_raw) {
            None => rest.chars().next().map_or(1, char::len_utf8),
            Some(escaped) => match escape(escaped) {
                Some(length) => 1 + length,
                None => return (at + 1 + escaped.chars().next().map_or(0, char::len_utf8), TokenKind::BadEscape),
            },
        };
    }
    (at, TokenKind::OpenText)
}

/// How long what follows a `\` is, in the language's own grammar.
fn escape(escaped: &str) -> Option<usize> {
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = escaped.get(from..from + count)?;
        digits.chars().all(|digit| digit.is_digit(radix)).then_some(from + count)
    };
    match escaped.chars().next()? {
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '"' | '\'' | '\\' | '?' | '`' => Some(1),
        'x' | 'X' => digits(1, 2, 16),
        'u' => digits(1, 4, 16),
        'U' => digits(1, 8, 16),
        '0'..='3' => digits(0, 3, 8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_signs_and_texts_are_told_apart() {
        let texts = |text| tokens(text).iter().map(|token| token.text).collect::<Vec<_>>();
        assert_eq!(texts("a.b==1.5 // c"), ["a", ".", "b", "==", "1.5"]);
        assert_eq!(texts(r#"r'a\' in["b\"c",'''d'e''']"#), [r"r'a\'", "in", "[", r#""b\"c""#, ",", "'''d'e'''", "]"]);
        assert_eq!(texts("1.size()>=ä"), ["1", ".", "size", "(", ")", ">=", "ä"]);
    }

    /// Else a text could hide from here what the parser sees as code.
    #[test]
    fn a_text_ends_where_the_parser_s_does() {
        let kinds = |text| tokens(text).iter().map(|token| (token.text, token.kind)).collect::<Vec<_>>();
        assert_eq!(kinds(r"'a\q((('")[0], (r"'a\q", TokenKind::BadEscape));
        for bad in [r"'\x1'", r"'\u12'", r"'\U0000'", r"'\400'", r"'\18'", r"'\ '", r"'\ä'"] {
            assert_eq!(kinds(bad)[0].1, TokenKind::BadEscape, "{bad}");
        }
        for good in [r"'\x41\u0041\U00000041\101\n\\\'\`\?'", r"r'\q'", r"bR'\q'", r"B'\n'"] {
            assert_eq!(kinds(good), [(good, TokenKind::Literal)]);
        }
        // Bytes of a raw text are `br`; `rb` is a name before a text.
        assert_eq!(kinds(r"rb'\''")[0], ("rb", TokenKind::Word));
    }

    #[test]
    fn a_text_without_an_end_ends_with_its_line() {
        for text in ["'x", "'x\n'", r"'x\'", "\"\"\"x\"\"", "'"] {
            let first = tokens(text)[0];
            assert_eq!((first.at, first.kind), (0, TokenKind::OpenText), "{text}");
        }
        assert_eq!(tokens("''")[0].kind, TokenKind::Literal);
    }
}
