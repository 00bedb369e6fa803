//! What of its variables a condition reads, so that whoever is told that it did not hold is told of what it was asked.

use crate::look::path;
use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, LiteralValue, operators};
use std::collections::BTreeSet;

/// The paths, such as `request.ip`, each as far as it is written.
pub(crate) fn paths(expression: &IdedExpr) -> BTreeSet<String> {
    let mut reading = Reading::default();
    reading.at(expression);
    reading.found
}

#[derive(Default)]
struct Reading<'a> {
    found: BTreeSet<String>,
    /// Names within the list that is asked through.
    inner: Vec<&'a str>,
}

impl<'a> Reading<'a> {
    fn at(&mut self, node: &'a IdedExpr) {
        if let Some(path) = path(node) {
            let root = path.split('.').next().unwrap_or_default();
            if !self.inner.contains(&root) {
                self.found.insert(path);
            }
            return;
        }
        match &node.expr {
            Expr::Select(select) => match path(&select.operand) {
                // Whether there is a field: `has(object.owner_id)`.
                Some(of) if !self.inner.contains(&of.split('.').next().unwrap_or_default()) => {
                    self.found.insert(format!("{of}.{}", select.field));
                }
                Some(_) => {}
                None => self.at(&select.operand),
            },
            Expr::Call(call) if call.func_name == operators::INDEX => {
                // What is looked up by a number or another value: the list, and that value.
                call.args.iter().filter(|given| !is_text(given)).for_each(|given| self.at(given));
            }
            Expr::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).for_each(|of| self.at(of)),
            Expr::List(list) => list.elements.iter().for_each(|element| self.at(element)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.at(&entry.key);
                        self.at(&entry.value);
                    }
                }
            }
            Expr::Comprehension(asked) => {
                self.at(&asked.iter_range);
                self.at(&asked.accu_init);
                let outside = self.inner.len();
                self.inner.extend([asked.accu_var.as_str(), asked.iter_var.as_str()]);
                self.inner.extend(asked.iter_var2.as_deref());
                [&asked.loop_cond, &asked.loop_step, &asked.result].into_iter().for_each(|part| self.at(part));
                self.inner.truncate(outside);
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
        }
    }
}

fn is_text(node: &IdedExpr) -> bool {
    matches!(node.expr, Expr::Literal(LiteralValue::String(_)))
}
