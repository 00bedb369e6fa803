//! Comparisons that can never hold by what is known of their values: an address is no network, and no hour is the twenty-fifth. Only what is
//! certain is refused.

use crate::look::path;
use crate::meet::Operand;
use crate::variables::Kind;
use cel::common::ast::{Expr, LiteralValue, operators};
use cel::{Context, IdedExpr, Value};
use std::net::IpAddr;

/// The functions that read a constant, and what they read.
const READERS: &[(&str, &str)] = &[
    ("timestamp", "no moment such as 2030-01-01T00:00:00Z"),
    ("duration", "no duration such as 90m or 24h"),
    ("int", "no whole number such as 42"),
    ("uint", "no whole number such as 42, from 0 on"),
    ("double", "no number such as 4.2"),
];

/// Refuses what never holds: which operand, and in words what would be right.
pub(crate) fn never<'a>(name: &str, operands: &[Operand<'a>]) -> Result<(), (&'a IdedExpr, String)> {
    match (name, operands) {
        (operators::EQUALS, [(of, Kind::Address), (written, _)] | [(written, _), (of, Kind::Address)]) => {
            match text(written) {
                Some(text) => address(of, text).map_err(|message| (*written, message)),
                None => Ok(()),
            }
        }
        (operators::IN, [(of, kind), (list, _)]) => {
            let Expr::List(list) = &list.expr else { return Ok(()) };
            let faults: Option<Vec<_>> = list.elements.iter().map(|one| Some((one, fault(of, kind, one)?))).collect();
            // One that can be is enough.
            match faults.unwrap_or_default().into_iter().next() {
                Some(first) => Err(first),
                None => Ok(()),
            }
        }
        (_, [(of, Kind::Within(least, most)), (written, _)]) => {
            bounded(name, of, (*least, *most), written).map_err(|message| (*of, message))
        }
        (_, [(written, _), (of, Kind::Within(least, most))]) => {
            bounded(turned(name), of, (*least, *most), written).map_err(|message| (*written, message))
        }
        _ => Ok(()),
    }
}

/// Refuses a constant that the function around it cannot read: asked of whatever, it would have no answer. The interpreter itself
/// says whether it can.
pub(crate) fn unreadable<'a>(
    call: &IdedExpr,
    name: &str,
    operands: &[Operand<'a>],
) -> Result<(), (&'a IdedExpr, String)> {
    let (Some((_, told)), [(written, _)]) = (READERS.iter().find(|(reader, _)| *reader == name), operands) else {
        return Ok(());
    };
    let Expr::Literal(literal) = &written.expr else { return Ok(()) };
    if Value::resolve(call, &Context::default()).is_ok() {
        return Ok(());
    }
    let constant = match literal {
        LiteralValue::String(text) => format!("\"{}\"", text.inner()),
        LiteralValue::Int(number) => number.inner().to_string(),
        LiteralValue::UInt(number) => number.inner().to_string(),
        LiteralValue::Double(number) => number.inner().to_string(),
        _ => "this".to_owned(),
    };
    Err((*written, format!("{constant} is {told}, so that `{name}` has no answer")))
}

/// Why something never equals what is written, where that is certain.
fn fault(of: &IdedExpr, kind: &Kind, written: &IdedExpr) -> Option<String> {
    match kind {
        Kind::Address => address(of, text(written)?).err(),
        Kind::Within(least, most) => bounded(operators::EQUALS, of, (*least, *most), written).err(),
        _ => None,
    }
}

fn address(of: &IdedExpr, written: &str) -> Result<(), String> {
    if written.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let of = path(of).unwrap_or_else(|| "…".to_owned());
    match written.parse::<ipnet::IpNet>() {
        Ok(_) => {
            Err(format!("\"{written}\" is a network, and never an address: write `{of}.inNetwork(\"{written}\")`"))
        }
        Err(_) => Err(format!("\"{written}\" is no address, so that `{of}` is never the same")),
    }
}

/// What a comparison is from the other side.
fn turned(name: &str) -> &str {
    match name {
        operators::LESS => operators::GREATER,
        operators::LESS_EQUALS => operators::GREATER_EQUALS,
        operators::GREATER => operators::LESS,
        operators::GREATER_EQUALS => operators::LESS_EQUALS,
        other => other,
    }
}

fn bounded(name: &str, of: &IdedExpr, (least, most): (i64, i64), written: &IdedExpr) -> Result<(), String> {
    let Some(number) = number(written) else { return Ok(()) };
    let may_hold = match name {
        operators::EQUALS => (least..=most).contains(&number),
        operators::LESS => least < number,
        operators::LESS_EQUALS => least <= number,
        operators::GREATER => most > number,
        operators::GREATER_EQUALS => most >= number,
        _ => true,
    };
    if may_hold {
        return Ok(());
    }
    let function = match &of.expr {
        Expr::Call(call) => call.func_name.as_str(),
        _ => "it",
    };
    Err(format!("`{function}()` is from {least} to {most}, so that this never holds"))
}

fn text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn number(node: &IdedExpr) -> Option<i64> {
    match &node.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
        _ => None,
    }
}
