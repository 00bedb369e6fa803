//! Comparisons that can never hold by what is known of their values: an address is no network, and no hour is the twenty-fifth. Only what is
//! certain is refused.

use crate::look::path;
use crate::meet::Operand;
use crate::variables::Kind;
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};
use std::net::IpAddr;

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
