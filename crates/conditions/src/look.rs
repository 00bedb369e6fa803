//! What is looked at before a condition is ever asked.

use crate::{MAX_BYTES, MAX_CHAIN, MAX_DEPTH, NoCondition};
use cel::common::ast::{EntryExpr, Expr};
use cel::{IdedExpr, ParseErrors, Program};

/// The functions that there are; what is left out takes long on long texts, or is of no use to a condition.
const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "uint",
    "double",
    "string",
    "timestamp",
    "duration",
    "max",
    "min",
    "getFullYear",
    "getMonth",
    "getDayOfYear",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];

fn at(text: &str, offset: usize, message: impl Into<String>) -> NoCondition {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    NoCondition { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, message: message.into() }
}

/// Whether it is short and flat enough to be read: the parser calls itself for everything that stands within another.
pub(crate) fn bounds(text: &str) -> Result<(), NoCondition> {
    if text.trim().is_empty() {
        return Err(at(text, 0, "it is empty"));
    }
    if text.len() > MAX_BYTES {
        return Err(at(text, 0, format!("it must have at most {MAX_BYTES} bytes")));
    }
    // Signs in texts count as well: a condition that has so many of them can be written otherwise.
    let (mut depth, mut signs) = (0_usize, 0_usize);
    // Of each bracket that is open: how many operators follow each other without `&&`, `||`, `,` or `?`. The parser puts each
    // within the next one, and calls itself for all of them.
    let mut chains = vec![0_usize];
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let (before, after) = (text.as_bytes().get(offset.wrapping_sub(1)), text.as_bytes().get(offset + 1));
        match byte {
            b'(' | b'{' => chains.push(0),
            b'[' => {
                *chains.last_mut().unwrap_or(&mut 0) += 1;
                chains.push(0);
            }
            b')' | b']' | b'}' if chains.len() > 1 => drop(chains.pop()),
            b'&' | b'|' | b',' | b'?' | b':' => *chains.last_mut().unwrap_or(&mut 0) = 0,
            b'=' if before.is_some_and(|before| b"=!<>".contains(before)) => {}
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'.' => {
                *chains.last_mut().unwrap_or(&mut 0) += 1;
            }
            b'i' if after == Some(&b'n') => *chains.last_mut().unwrap_or(&mut 0) += 1,
            _ => {}
        }
        if chains.last().is_some_and(|chain| *chain > MAX_CHAIN) {
            return Err(at(text, offset, format!("more than {MAX_CHAIN} operators follow each other here")));
        }
        signs = if matches!(byte, b'!' | b'-' | b'.' | b'?') { signs + 1 } else { signs };
        if depth > MAX_DEPTH || signs > 10 * MAX_DEPTH {
            return Err(at(text, offset, "too much stands within another here"));
        }
    }
    Ok(())
}

/// The first thing that the parser did not understand.
pub(crate) fn first(text: &str, errors: &ParseErrors) -> NoCondition {
    let number = |position: isize| usize::try_from(position).unwrap_or(1).max(1);
    match errors.errors.first() {
        Some(error) => {
            NoCondition { line: number(error.pos.0), column: number(error.pos.1), message: error.msg.clone() }
        }
        None => at(text, 0, "it cannot be read"),
    }
}

/// Whether it names only what there is, and asks through no list within another.
pub(crate) fn names(program: &Program, text: &str, variables: &[&str]) -> Result<(), NoCondition> {
    let mut known: Vec<String> = variables.iter().map(|name| (*name).to_owned()).collect();
    Looking { program, text, variables }.at(program.expression(), &mut known, false)
}

struct Looking<'a> {
    program: &'a Program,
    text: &'a str,
    variables: &'a [&'a str],
}

impl Looking<'_> {
    fn refuse(&self, id: u64, message: String) -> NoCondition {
        let offset = self.program.source_info().offset_for(id).map_or(0, |(start, _)| start as usize);
        at(self.text, offset, message)
    }

    fn at(&self, node: &IdedExpr, known: &mut Vec<String>, in_list: bool) -> Result<(), NoCondition> {
        match &node.expr {
            Expr::Ident(name) if !known.iter().any(|other| other == name) => {
                let near = self.variables.iter().find(|known| is_like(known, name));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(self.refuse(node.id, format!("there is no `{name}`{near}")))
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Ok(()),
            Expr::Select(select) => self.at(&select.operand, known, in_list),
            Expr::List(list) => self.each(list.elements.iter(), known, in_list),
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                let is_sign = !name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
                if !is_sign && !FUNCTIONS.contains(&name) {
                    // A call is known by its bracket; its name stands before that.
                    let bracket = self.program.source_info().offset_for(node.id).map_or(0, |(start, _)| start as usize);
                    let message = format!("there is no function `{name}`");
                    return Err(at(self.text, bracket.saturating_sub(name.len()), message));
                }
                self.each(call.target.iter().map(|target| &**target).chain(&call.args), known, in_list)
            }
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr), known, in_list),
            Expr::Struct(_) => Err(self.refuse(node.id, "there are no types of messages here".to_owned())),
            Expr::Comprehension(asked) => {
                if in_list {
                    let message = "a list is asked through within another: that may take for ever";
                    return Err(self.refuse(node.id, message.to_owned()));
                }
                self.at(&asked.iter_range, known, true)?;
                let outside = known.len();
                known.extend([asked.iter_var.clone(), asked.accu_var.clone()]);
                known.extend(asked.iter_var2.clone());
                let inside = [&asked.accu_init, &asked.loop_cond, &asked.loop_step, &asked.result];
                let looked = self.each(inside.into_iter(), known, true);
                known.truncate(outside);
                looked
            }
        }
    }

    fn each<'b>(
        &self,
        nodes: impl Iterator<Item = &'b IdedExpr>,
        known: &mut Vec<String>,
        in_list: bool,
    ) -> Result<(), NoCondition> {
        for node in nodes {
            self.at(node, known, in_list)?;
        }
        Ok(())
    }

    fn entries<'b>(
        &self,
        entries: impl Iterator<Item = &'b EntryExpr>,
        known: &mut Vec<String>,
        in_list: bool,
    ) -> Result<(), NoCondition> {
        for entry in entries {
            match entry {
                EntryExpr::MapEntry(entry) => self.each([&entry.key, &entry.value].into_iter(), known, in_list)?,
                EntryExpr::StructField(field) => self.at(&field.value, known, in_list)?,
            }
        }
        Ok(())
    }
}

/// Whether a mistyped name may mean this one: most of its letters are there, in order.
fn is_like(known: &str, name: &str) -> bool {
    let mut letters = known.chars();
    let there = name.chars().filter(|letter| letters.any(|other| other == *letter)).count();
    there + 1 >= known.chars().count() && name.chars().count() <= known.chars().count() + 1
}
