//! Conditions that an operator writes, in CEL (the Common Expression Language, github.com/google/cel-spec): filters of
//! events today, and one day conditions of permissions, rules, alerts and routes. Here is the only place that knows the
//! interpreter.
//!
//! A condition is looked at when it is saved: whether it can be read, names only what there is, and ends. What goes wrong
//! when it is asked is no yes, and says why.

mod look;

use cel::{Context, Program, Value};
use serde::Serialize;

/// The longest condition, in bytes.
pub const MAX_BYTES: usize = 2000;
/// How deep brackets may stand in one another, so that reading it ends well before the stack does.
pub const MAX_DEPTH: usize = 24;
/// How many operators may follow each other, as in `1 + 2 + 3`: in a debug build sixty of them fill a thread's stack.
pub const MAX_CHAIN: usize = 24;

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

/// Why a condition has no answer. It counts as no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

impl Condition {
    /// Reads a condition over these variables.
    pub fn compile(text: &str, variables: &[&str]) -> Result<Self, NoCondition> {
        look::bounds(text)?;
        let program = Program::compile(text).map_err(|errors| look::first(text, &errors))?;
        look::names(&program, text, variables)?;
        Ok(Self { program, text: text.to_owned() })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
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
#[derive(Default)]
pub struct Values(Context<'static, 'static>);

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
    /// The shape that it has in JSON.
    pub fn of(value: impl Serialize) -> Result<Self, NoAnswer> {
        cel::to_value(value).map(Self).map_err(|error| NoAnswer(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn of(text: &str) -> Result<Condition, NoCondition> {
        Condition::compile(text, &["event"])
    }

    fn ask(text: &str) -> Result<bool, NoAnswer> {
        let event = json!({ "type": "user.created", "data": { "roles": ["guest", "user"], "version": 3 } });
        let values = Values::default().with("event", event).expect("values");
        of(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(&values)
    }

    #[test]
    fn a_condition_is_asked_of_what_it_names() {
        for (text, answer) in [
            ("event.type == 'user.created'", true),
            ("event.type.startsWith('user.') && event.data.version > 2", true),
            ("event.type in ['user.deleted', 'user.suspended']", false),
            ("has(event.data.email) && event.data.email.endsWith('@example.com')", false),
            ("event.data.roles.exists(role, role == 'guest')", true),
            ("size(event.data.roles) == 2 ? true : false", true),
            ("!(event.type == 'x')", true),
        ] {
            assert_eq!(ask(text), Ok(answer), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_answered_is_no_yes_and_says_why() {
        for (text, why) in [("event.nothing == 1", "nothing"), ("event.type", "true or false"), ("event.type > 3", "")]
        {
            let refused = ask(text).expect_err(text).to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn what_is_no_condition_is_told_with_its_place() {
        for (text, column, why) in [
            ("evnt.type == 'x'", 1, "did you mean `event`?"),
            ("event.type == 'x' && uesr", 22, "`uesr`"),
            ("event.type = 'x'", 12, ""),
            ("", 1, "empty"),
            ("true && shell('x')", 9, "`shell`"),
            ("event.data.roles.exists(a, event.data.roles.exists(b, a == b))", 51, "within another"),
        ] {
            let refused = of(text).expect_err(text);
            assert!(refused.line == 1 && refused.message.contains(why), "{text}: {refused}");
            assert!(refused.column.abs_diff(column) <= 2, "{text}: {refused}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_read() {
        for text in [
            "(".repeat(100_000),
            format!("{}true{}", "(".repeat(200), ")".repeat(200)),
            format!("{}true", "!".repeat(1500)),
            format!("{}1 == 1", "-".repeat(1500)),
            "[".repeat(1000),
            "a".repeat(MAX_BYTES + 1),
            format!("event{}", ".a".repeat(900)),
        ] {
            assert!(of(&text).is_err(), "{}", &text[..20]);
        }
    }

    proptest! {
        #[test]
        fn no_text_ends_badly(text in "\\PC{0,200}") {
            if let Ok(condition) = of(&text) {
                let _ = condition.holds(&Values::default());
            }
        }

        #[test]
        fn no_text_of_the_language_s_own_signs_ends_badly(text in "[a-e.()\\[\\]{}!<>=&|?:+*/%'\" 0-9-]{0,120}") {
            if let Ok(condition) = of(&text) {
                let _ = condition.holds(&Values::default());
            }
        }
    }

    /// A thread of the platform has 2 MiB of stack, and a debug build takes the most of it.
    #[test]
    fn a_chain_of_operators_is_refused_before_it_fills_a_stack() {
        let chains = ["+1", "-1", "*1", "/1", "%1", "<1", "==1", " in [1]", "[0]", ".a", ">=1", "!=1"];
        for link in chains {
            for links in [MAX_CHAIN - 1, MAX_CHAIN / 2, 60, 200, 400] {
                let text = format!("event{}", link.repeat(links));
                // It may be refused, or asked; it may not end the process.
                if let Ok(condition) = Condition::compile(&text, &["event"]) {
                    let _ = condition.holds(&Values::default().with("event", 1).expect("a value"));
                }
            }
            let bomb = format!("event{}", link.repeat(400));
            Condition::compile(&bomb, &["event"]).expect_err(link);
        }
        let flat = ["event == 1"; 60].join(" || ");
        Condition::compile(&flat, &["event"]).expect("many of them beside each other are fine");
    }
}
