//! A field of a form, with its label, its hint, and what is wrong with it tied to it.

use super::frame::fill;
use super::words::Words;
use askama::Template;
use orion_contracts::password::InvalidPassword;
use orion_contracts::{FieldCode, FieldFault, Password};

/// A field to be filled in.
#[derive(Template, Default)]
#[template(path = "field.html")]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    /// The input's type.
    pub(super) kind: &'a str,
    pub(super) autocomplete: &'a str,
    /// What was typed before; never a password.
    pub(super) value: &'a str,
    pub(super) hint: String,
    /// What is wrong with it; empty when nothing is.
    pub(super) wrong: String,
    /// The word for fields that may be left empty; empty where it may not.
    pub(super) optional: &'a str,
    /// Where typing begins.
    pub(super) is_first: bool,
    /// What the button says that shows what is typed; empty where everybody sees it.
    pub(super) show: &'a str,
    /// Only digits are typed.
    pub(super) is_number: bool,
}

impl<'a> Field<'a> {
    pub(super) fn email(w: &'a Words, value: &'a str) -> Self {
        Self { name: "email", label: &w.email, kind: "email", autocomplete: "username", value, ..Self::default() }
    }

    pub(super) fn password(w: &'a Words) -> Self {
        let (kind, autocomplete) = ("password", "current-password");
        let show = &w.show_password;
        Self { name: "password", label: &w.password, kind, autocomplete, show, ..Self::default() }
    }

    pub(super) fn new_password(w: &'a Words, minimum: u32) -> Self {
        let hint = fill(&w.password_hint, "min", &minimum.to_string());
        Self { label: &w.new_password, autocomplete: "new-password", hint, ..Self::password(w) }
    }

    pub(super) fn repeated(w: &'a Words) -> Self {
        Self { name: "repeated", label: &w.once_more, autocomplete: "new-password", ..Self::password(w) }
    }

    /// The same field, in which this is wrong.
    pub(super) fn saying(mut self, wrong: impl Into<String>) -> Self {
        self.wrong = wrong.into();
        self
    }

    /// Whether a telephone's keyboard must change nothing of what is typed.
    fn is_exact(&self) -> bool {
        self.is_number || self.kind != "text"
    }

    pub(super) fn first(mut self) -> Self {
        self.is_first = true;
        self
    }
}

/// The password that was typed, or what is wrong with it.
pub(super) fn read_password(w: &Words, typed: &str) -> Result<Password, String> {
    typed.parse().map_err(|invalid| match invalid {
        InvalidPassword::Empty => w.password_missing.clone(),
        InvalidPassword::TooLong => w.password_long.clone(),
        InvalidPassword::Character => w.password_characters.clone(),
    })
}

/// Why the policy refuses a password.
pub(super) fn refused_password(w: &Words, fault: &FieldFault, minimum: u32) -> String {
    match fault.code {
        FieldCode::TooShort => fill(&w.password_short, "min", &minimum.to_string()),
        FieldCode::Leaked => w.password_leaked.clone(),
        _ => w.password_refused.clone(),
    }
}
