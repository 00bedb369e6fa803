//! Conditions that an operator writes, in CEL (the Common Expression Language, github.com/google/cel-spec): filters of
//! events today, and one day conditions of permissions, rules, alerts and routes. Here is the only place that knows the
//! interpreter.
//!
//! A condition is looked at when it is saved: whether it can be read, names only what there is, may be true or false, and
//! ends. What goes wrong when it is asked is no yes, and says why.

mod bounds;
mod look;
mod meet;
mod network;
mod never;
mod paths;
mod plain;
#[cfg(test)]
mod tests;
mod tokens;
mod variables;

pub use variables::Variables;

use cel::{Context, Program, Value};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The longest condition, in bytes.
pub const MAX_BYTES: usize = 2000;
/// How deep brackets may stand in one another, so that reading it ends well before the stack does.
pub const MAX_DEPTH: usize = 24;
/// How many operators may follow each other, as in `1 + 2 + 3`: in a debug build sixty of them fill a thread's stack.
pub const MAX_CHAIN: usize = 24;
/// How many `!`, `-`, `.` and `?` it may have altogether: each may put the rest within it.
pub const MAX_SIGNS: usize = 240;
/// How deep an expression may be that is asked, where a thread has the usual 2 MiB: each operator, call and list is within
/// another. A debug build fills them with 48.
pub const MAX_WITHIN: usize = 32;
/// How much stack a condition is read with: a debug build takes a quarter of a MiB for each bracket that stands within another,
/// and all brackets may be full of operators. Only what is used is taken from the machine.
const STACK: usize = 32 << 20;
/// How many elements the lists that stand in a condition may have altogether: they are made anew each time that it is asked.
pub const MAX_ELEMENTS: usize = 100;

/// A condition that can be asked.
pub struct Condition {
    program: Program,
    text: String,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct NoCondition {
    /// Where, from 1.
    pub line: usize,
    /// Where in the line, from 1, in characters.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl NoCondition {
    fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, message: message.into() }
    }
}

/// Why a condition has no answer. It counts as no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

impl Condition {
    /// Reads a condition over these variables.
    pub fn compile(text: &str, variables: &Variables) -> Result<Self, NoCondition> {
        let mut compiled = Self::compile_all(&[text], variables);
        compiled.pop().unwrap_or_else(|| Err(NoCondition::at(text, 0, "it cannot be read")))
    }

    /// Reads several, one after the other, in a single thread of their own: each has its answer, in their order.
    pub fn compile_all(texts: &[&str], variables: &Variables) -> Vec<Result<Self, NoCondition>> {
        let read = |text: &str| {
            bounds::bounds(text)?;
            plain::order(text)?;
            let program = Program::compile(text).map_err(|errors| plain::why(text, &errors))?;
            look::look(&program, text, variables)?;
            Ok(Self { program, text: text.to_owned() })
        };
        let read = |text: &&str| {
            let reading = std::panic::AssertUnwindSafe(|| read(text));
            std::panic::catch_unwind(reading).unwrap_or_else(|_| Err(NoCondition::at(text, 0, "it cannot be read")))
        };
        let none = |why: &str| texts.iter().map(|text| Err(NoCondition::at(text, 0, why))).collect();
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("condition".to_owned()).stack_size(STACK);
            match thread.spawn_scoped(scope, || texts.iter().map(read).collect()) {
                Ok(reading) => reading.join().unwrap_or_else(|_| none("it cannot be read")),
                Err(error) => none(&format!("no thread can read it: {error}")),
            }
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names a variable.
    pub fn names(&self, variable: &str) -> bool {
        self.program.references().has_variable(variable)
    }

    /// What of its variables it reads, such as `request.ip`: each path as far as it is written.
    pub fn paths(&self) -> BTreeSet<String> {
        paths::paths(self.program.expression())
    }

    /// Asks it of these values; each stands for a variable.
    pub fn holds(&self, values: &Values) -> Result<bool, NoAnswer> {
        match self.program.execute(&values.0) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(NoAnswer(format!("it must be true or false, but is {other:?}"))),
            Err(error) => Err(NoAnswer(error.to_string())),
        }
    }
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

/// What a condition is asked of.
pub struct Values(Context<'static, 'static>);

impl Default for Values {
    fn default() -> Self {
        let mut context = Context::default();
        let added = context.add_function(network::IN_NETWORK, network::in_network);
        debug_assert!(added.is_ok(), "no function of the language has its name");
        Self(context)
    }
}

impl Values {
    /// With one more, which has the shape that it has in JSON.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Result<Self, NoAnswer> {
        self.set(name, &Given::of(value)?);
        Ok(self)
    }

    /// With another value of this name.
    pub fn set(&mut self, name: &str, given: &Given) {
        self.0.add_variable_from_value(name.to_owned(), given.0.clone());
    }
}

/// A value as conditions see it, made once for all that are asked of it.
#[derive(Clone)]
pub struct Given(Value);

impl Given {
    /// A moment, of which a condition may ask the hour or what is before it.
    pub fn moment(moment: DateTime<Utc>) -> Self {
        Self(Value::Timestamp(moment.fixed_offset()))
    }

    /// The shape that it has in JSON.
    pub fn of(value: impl Serialize) -> Result<Self, NoAnswer> {
        cel::to_value(value).map(|value| Self(calculable(value))).map_err(|error| NoAnswer(error.to_string()))
    }
}

/// With whole numbers as conditions write them: those that JSON reads are unsigned, and CEL calculates with two of one kind
/// only, so that `event.data.count + 1` could not be asked.
fn calculable(value: Value) -> Value {
    match value {
        Value::UInt(number) => i64::try_from(number).map_or(Value::UInt(number), Value::Int),
        Value::List(list) => Value::List(Arc::new(list.iter().cloned().map(calculable).collect())),
        Value::Map(map) => {
            let entries = map.map.iter().map(|(key, value)| (key.clone(), calculable(value.clone())));
            Value::Map(entries.collect::<HashMap<_, _>>().into())
        }
        other => other,
    }
}
