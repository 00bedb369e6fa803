//! Whether what is known of the operands of an operator or a function lets it ever hold: a text is never later than a time.

use crate::look::path;
use crate::variables::Kind;
use cel::IdedExpr;
use cel::common::ast::operators;

const TEXT: &Kind = &Kind::Plain("a text");
const TIME: &Kind = &Kind::Plain("a time");
const DURATION: &Kind = &Kind::Plain("a duration");
const LIST: &Kind = &Kind::Plain("a list");

/// An operand, and what is known of its value.
pub(crate) type Operand<'a> = (&'a IdedExpr, &'a Kind);

/// Refuses operands that can never meet: which one, and in words what would be right.
pub(crate) fn meet<'a>(name: &str, operands: &[Operand<'a>]) -> Result<(), (&'a IdedExpr, String)> {
    match (name, operands) {
        (
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS,
            [one, other],
        ) if !one.1.may_meet(other.1) => {
            let text = match (one.1, other.1) {
                (text, time) if text.plainly() == TEXT && time == TIME => Some(one.0),
                (time, text) if text.plainly() == TEXT && time == TIME => Some(other.0),
                _ => None,
            };
            let hint = text.map(|text| format!(": write `timestamp({})`", written(text))).unwrap_or_default();
            Err((one.0, format!("{}, and what it is compared with is {}{hint}", told(*one), other.1.words())))
        }
        (operators::IN, [_, list])
            if matches!(list.1.plainly(), Kind::Bool | Kind::Plain(_)) && !list.1.may_meet(LIST) =>
        {
            Err((list.0, format!("{}: `in` looks into a list, as in `… in [\"…\", \"…\"]`", told(*list))))
        }
        ("startsWith" | "endsWith", [of, ..]) if !of.1.may_meet(TEXT) => {
            Err((of.0, format!("{}: `{name}` is asked of a text", told(*of))))
        }
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", [(_, kind)]) if *kind == DURATION => Ok(()),
        (part, [of]) if part.starts_with("get") && !of.1.may_meet(TIME) => {
            Err((of.0, format!("{}: write `timestamp({}).{part}()`", told(*of), written(of.0))))
        }
        _ => Ok(()),
    }
}

/// What is known of an operand, in words.
pub(crate) fn told((node, kind): Operand) -> String {
    let named = path(node).map_or_else(|| "this".to_owned(), |path| format!("`{path}`"));
    format!("{named} is {}", kind.words())
}

fn written(node: &IdedExpr) -> String {
    path(node).unwrap_or_else(|| "…".to_owned())
}
