//! What a condition names, and what it gives, looked at before it is ever asked.

use crate::meet::{meet, told};
use crate::network::{IN_NETWORK, network};
use crate::never::{never, unreadable};
use crate::variables::{Kind, Variables, nearest};
use crate::{MAX_ELEMENTS, MAX_WITHIN, NoCondition};
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::{IdedExpr, Program};

const ANYTHING: &Kind = &Kind::Anything;
const BOOL: &Kind = &Kind::Bool;
const MAP: &Kind = &Kind::Map;
const LIST: &Kind = &Kind::Plain("a list");
const NUMBER: &Kind = &Kind::Plain("a number");
const TEXT: &Kind = &Kind::Plain("a text");
const SUM: &Kind = &Kind::Plain("a value that was calculated");

/// The functions that there are, and what they give; what is left out takes long on long texts, or is of no use to a
/// condition.
const FUNCTIONS: &[(&str, &Kind)] = &[
    ("size", NUMBER),
    ("contains", BOOL),
    ("startsWith", BOOL),
    ("endsWith", BOOL),
    (IN_NETWORK, BOOL),
    ("int", NUMBER),
    ("uint", NUMBER),
    ("double", NUMBER),
    ("string", TEXT),
    ("timestamp", &Kind::Plain("a time")),
    ("duration", &Kind::Plain("a duration")),
    ("getFullYear", NUMBER),
    ("getMonth", NUMBER),
    ("getDayOfYear", NUMBER),
    ("getDayOfMonth", NUMBER),
    ("getDate", NUMBER),
    ("getDayOfWeek", NUMBER),
    ("getHours", NUMBER),
    ("getMinutes", NUMBER),
    ("getSeconds", NUMBER),
    ("getMilliseconds", NUMBER),
];

/// What the parts of a moment may be.
const PARTS: &[(&str, &Kind)] = &[
    ("getMonth", &Kind::Within(0, 11)),
    ("getDayOfYear", &Kind::Within(0, 365)),
    ("getDayOfMonth", &Kind::Within(0, 30)),
    ("getDate", &Kind::Within(1, 31)),
    ("getDayOfWeek", &Kind::Within(0, 6)),
    ("getHours", &Kind::Within(0, 23)),
    ("getMinutes", &Kind::Within(0, 59)),
    ("getSeconds", &Kind::Within(0, 59)),
    ("getMilliseconds", &Kind::Within(0, 999)),
];

/// What those are called that are written out when a condition is read, and are no functions any more.
const WRITTEN_OUT: &[&str] = &["has", "all", "exists", "exists_one", "map", "filter"];

/// Whether it names only what there is, asks through no list within another, and may be true or false in the end.
pub(crate) fn look(program: &Program, text: &str, variables: &Variables) -> Result<(), NoCondition> {
    let mut looking = Looking { program, text, variables, inner: Vec::new(), elements: 0, within: 0 };
    let kind = looking.at(program.expression(), false)?;
    looking.must_be_bool(program.expression(), kind)
}

struct Looking<'a> {
    program: &'a Program,
    text: &'a str,
    variables: &'a Variables,
    /// Names within the list that is asked through.
    inner: Vec<(&'a str, &'a Kind)>,
    /// How many elements the lists have so far that stand in the condition itself.
    elements: usize,
    /// How many expressions the present one stands within.
    within: usize,
}

impl<'a> Looking<'a> {
    /// Looks at an expression and gives what is known of its value.
    fn at(&mut self, node: &'a IdedExpr, in_list: bool) -> Result<&'a Kind, NoCondition> {
        if self.within == MAX_WITHIN {
            return Err(self.refuse(node, format!("more than {MAX_WITHIN} expressions stand within each other here")));
        }
        self.within += 1;
        let kind = self.expression(node, in_list);
        self.within -= 1;
        kind
    }

    fn expression(&mut self, node: &'a IdedExpr, in_list: bool) -> Result<&'a Kind, NoCondition> {
        match &node.expr {
            Expr::Ident(name) => self.variable(node, name),
            Expr::Literal(LiteralValue::Boolean(_)) => Ok(BOOL),
            Expr::Literal(LiteralValue::String(_) | LiteralValue::Bytes(_)) => Ok(TEXT),
            Expr::Literal(LiteralValue::Null) => Ok(&Kind::Plain("nothing")),
            Expr::Literal(_) => Ok(NUMBER),
            Expr::Unspecified => Ok(ANYTHING),
            Expr::Select(select) => {
                let of = self.at(&select.operand, in_list)?;
                let found = self.field(node, (&select.operand, of), &select.field)?;
                Ok(if select.test { BOOL } else { found })
            }
            Expr::List(list) => {
                self.count(node, list.elements.len())?;
                for element in &list.elements {
                    self.at(element, in_list)?;
                }
                Ok(LIST)
            }
            Expr::Call(call) => self.call(node, call, in_list),
            Expr::Map(map) => {
                self.count(node, map.entries.len())?;
                for entry in &map.entries {
                    match &entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            self.at(&entry.key, in_list)?;
                            self.at(&entry.value, in_list)?;
                        }
                        EntryExpr::StructField(field) => drop(self.at(&field.value, in_list)?),
                    }
                }
                Ok(MAP)
            }
            Expr::Struct(_) => Err(self.refuse(node, "there are no types of messages here")),
            Expr::Comprehension(_) if in_list => {
                Err(self.refuse(node, "a list is asked through within another: that may take for ever"))
            }
            Expr::Comprehension(asked) => self.list(asked),
        }
    }

    fn variable(&self, node: &IdedExpr, name: &str) -> Result<&'a Kind, NoCondition> {
        let inner = self.inner.iter().rev().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        if let Some(kind) = inner.or_else(|| self.variables.get(name)) {
            return Ok(kind);
        }
        let sign = crate::plain::sign_of(name).map(|sign| format!("; write `{sign}` for that"));
        let names = self.variables.names().chain(self.inner.iter().map(|(known, _)| *known));
        let near = || nearest(name, names.chain(["true", "false", "null"]));
        let meant = sign.or_else(|| near().map(|near| format!("; did you mean `{near}`?"))).unwrap_or_default();
        Err(self.refuse(node, format!("there is no `{name}`{meant}")))
    }

    /// What is known of a field, which must be one that there is.
    fn field(&self, node: &IdedExpr, (of, kind): (&IdedExpr, &'a Kind), field: &str) -> Result<&'a Kind, NoCondition> {
        let path = path(of).unwrap_or_else(|| "this".to_owned());
        let refused = match kind {
            Kind::Anything | Kind::Map => return Ok(ANYTHING),
            Kind::Fields(fields) => match fields.get(field) {
                Some(kind) => return Ok(kind),
                None => {
                    let names = || fields.keys().map(String::as_str);
                    let near = nearest(field, names()).map(|near| format!("did you mean `{path}.{near}`?"));
                    let all = || format!("it has {}", names().collect::<Vec<_>>().join(", "));
                    format!("there is no `{path}.{field}`; {}", near.unwrap_or_else(all))
                }
            },
            _ if FUNCTIONS.iter().any(|(name, _)| *name == field) => {
                format!("`{field}` is a function: write `{path}.{field}(…)`")
            }
            Kind::Bool => format!("`{path}` is true or false, and has no field `{field}`"),
            Kind::Plain(_) | Kind::Address | Kind::Within(..) => {
                format!("`{path}` is {}, and has no field `{field}`", kind.words())
            }
        };
        // A field is known by the point before it, or by the bracket around it.
        let from = self.offset(node);
        let name = self.text.get(from..).and_then(|rest| rest.find(field)).unwrap_or_default();
        Err(NoCondition::at(self.text, from + name, refused))
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr, in_list: bool) -> Result<&'a Kind, NoCondition> {
        let name = call.func_name.as_str();
        let is_sign = !name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
        let function = FUNCTIONS.iter().find(|(known, _)| *known == name);
        if !is_sign && function.is_none() {
            let known = FUNCTIONS.iter().map(|(known, _)| *known).chain(WRITTEN_OUT.iter().copied());
            let meant = match nearest(name, known) {
                Some(near) if near == name => format!("; `{name}` is written otherwise, see docs/conditions.md"),
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            return Err(NoCondition::at(
                self.text,
                self.name(node, name),
                format!("there is no function `{name}`{meant}"),
            ));
        }
        let mut given = Vec::new();
        for operand in call.target.iter().map(|target| &**target).chain(&call.args) {
            given.push((operand, self.at(operand, in_list)?));
        }
        self.check_count(node, name, given.len())?;
        let is_looked_at = self.variables.must_be_able_to_hold();
        let met = meet(name, &given).and_then(|()| match is_looked_at {
            true => never(name, &given).and_then(|()| unreadable(node, name, &given)),
            false => Ok(()),
        });
        met.map_err(|(of, message)| NoCondition::at(self.text, self.begin(of), message))?;
        let part = PARTS.iter().find(|(part, _)| *part == name);
        match (name, &given[..]) {
            // Of a duration it is how long it is altogether.
            (_, [(_, Kind::Plain("a time"))]) if part.is_some() => Ok(part.map_or(NUMBER, |(_, kind)| kind)),
            (IN_NETWORK, [_, (written, _)]) => match &written.expr {
                Expr::Literal(LiteralValue::String(text)) => network(text.inner())
                    .map(|_| BOOL)
                    .map_err(|message| NoCondition::at(self.text, self.begin(written), message)),
                _ => Ok(BOOL),
            },
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, operands) => {
                operands.iter().try_for_each(|(operand, kind)| self.must_be_bool(operand, kind)).map(|()| BOOL)
            }
            (operators::CONDITIONAL, [(asked, kind), (_, yes), (_, no)]) => {
                self.must_be_bool(asked, kind)?;
                Ok(if yes == no { yes } else { ANYTHING })
            }
            (operators::INDEX, [of, (index, _)]) => match &index.expr {
                Expr::Literal(LiteralValue::String(field)) => self.field(node, *of, field.inner()),
                _ => Ok(ANYTHING),
            },
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO
                | operators::NEGATE,
                _,
            ) => Ok(SUM),
            _ => Ok(function.map_or(BOOL, |(_, kind)| kind)),
        }
    }

    /// Whether a function is given as much as it takes, what stands before its point included.
    fn check_count(&self, node: &IdedExpr, name: &str, given: usize) -> Result<(), NoCondition> {
        let (takes, written) = match name {
            "contains" | "startsWith" | "endsWith" | IN_NETWORK => (2, format!("….{name}(…)")),
            _ if name.starts_with("get") => (1, format!("….{name}()")),
            _ if FUNCTIONS.iter().any(|(known, _)| *known == name) => (1, format!("{name}(…)")),
            _ => return Ok(()),
        };
        if given == takes {
            return Ok(());
        }
        Err(NoCondition::at(self.text, self.name(node, name), format!("`{name}` is written `{written}`")))
    }

    /// A list that is asked through; its elements may be anything.
    fn list(&mut self, asked: &'a ComprehensionExpr) -> Result<&'a Kind, NoCondition> {
        self.at(&asked.iter_range, true)?;
        let outside = self.inner.len();
        let gathered = self.at(&asked.accu_init, true)?;
        self.inner.push((&asked.accu_var, gathered));
        self.inner.push((&asked.iter_var, ANYTHING));
        self.inner.extend(asked.iter_var2.as_deref().map(|name| (name, ANYTHING)));
        self.at(&asked.loop_cond, true)?;
        self.at(&asked.loop_step, true)?;
        let kind = self.at(&asked.result, true);
        self.inner.truncate(outside);
        kind
    }

    /// Lists are made anew each time that a condition is asked.
    fn count(&mut self, node: &IdedExpr, more: usize) -> Result<(), NoCondition> {
        self.elements += more;
        if self.elements <= MAX_ELEMENTS {
            return Ok(());
        }
        let message =
            format!("the lists of a condition may have {MAX_ELEMENTS} elements altogether, and here are more");
        Err(self.refuse(node, message))
    }

    fn must_be_bool(&self, node: &IdedExpr, kind: &Kind) -> Result<(), NoCondition> {
        if matches!(kind, Kind::Anything | Kind::Bool) {
            return Ok(());
        }
        let message = format!(
            "{}, not true or false: compare it with something, as in `{}`",
            told((node, kind)),
            match kind.plainly() {
                Kind::Plain("a number" | "a value that was calculated") => "… > 1",
                Kind::Plain("a list") => "\"…\" in …",
                Kind::Map | Kind::Fields(_) => "….field == \"…\"",
                _ => "… == \"…\"",
            }
        );
        Err(NoCondition::at(self.text, self.begin(node), message))
    }

    fn refuse(&self, node: &IdedExpr, message: impl Into<String>) -> NoCondition {
        NoCondition::at(self.text, self.offset(node), message)
    }

    fn offset(&self, node: &IdedExpr) -> usize {
        self.program.source_info().offset_for(node.id).map_or(0, |(start, _)| start as usize)
    }

    /// Where the text of an expression begins: most are known by the sign in their middle.
    fn begin(&self, node: &IdedExpr) -> usize {
        match &node.expr {
            Expr::Select(select) => self.begin(&select.operand),
            Expr::Comprehension(asked) => self.begin(&asked.iter_range),
            Expr::Call(CallExpr { target: Some(target), .. }) => self.begin(target),
            Expr::Call(CallExpr { args, func_name, .. }) => match &args[..] {
                _ if func_name.starts_with(|first: char| first.is_ascii_alphabetic()) => self.name(node, func_name),
                [first, _, ..] => self.begin(first),
                _ => self.offset(node),
            },
            _ => self.offset(node),
        }
    }

    /// Where the name of a function stands: a call is known by its bracket, before which that is.
    fn name(&self, node: &IdedExpr, name: &str) -> usize {
        self.text.get(..self.offset(node)).and_then(|text| text.rfind(name)).unwrap_or_default()
    }
}

/// How fields of a variable are written: `event.data.user`.
pub(crate) fn path(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Ident(name) if !name.starts_with('@') => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        Expr::Call(call) if call.func_name == operators::INDEX => match &call.args[..] {
            [of, IdedExpr { expr: Expr::Literal(LiteralValue::String(field)), .. }] => {
                Some(format!("{}.{}", path(of)?, field.inner()))
            }
            _ => None,
        },
        _ => None,
    }
}
