//! A version of a template in one locale, and what filling it gives. Handlebars; values are escaped in HTML and stand
//! as they are in text; a variable that the template does not declare is an error, not an empty place.

use super::notification::Variables;
use handlebars::{Handlebars, html_escape, no_escape};
use orion_contracts::notifications::{Channel, TemplateCategory};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A template that comes with the program.
#[derive(Debug, Clone)]
pub(crate) struct ShippedTemplate {
    pub(crate) name: String,
    pub(crate) channel: Channel,
    pub(crate) locale: String,
    /// Counted by the program. A changed text is a new version.
    pub(crate) version: i64,
    pub(crate) display_name: String,
    pub(crate) category: TemplateCategory,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) html_body: Option<String>,
    pub(crate) variables: Vec<TemplateVariable>,
}

/// A template as it is filled.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) subject: Option<String>,
    pub(crate) body: String,
    pub(crate) html_body: Option<String>,
    pub(crate) variables: Vec<TemplateVariable>,
}

/// A value that a template may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TemplateVariable {
    /// Its name.
    pub(crate) name: String,
    /// Whether the template makes no sense without it.
    pub(crate) is_required: bool,
}

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// One line.
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
}

/// Why a template cannot be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("the pinned template is gone")]
    Gone,
    #[error("the template cannot be read: {0}")]
    Syntax(#[from] Box<handlebars::TemplateError>),
    #[error("the template cannot be filled: {0}")]
    Render(#[from] Box<handlebars::RenderError>),
    #[error("the variable {0} is missing")]
    Missing(String),
}

/// A template that is read once and filled many times.
pub(crate) struct CompiledTemplate {
    plain: Handlebars<'static>,
    html: Handlebars<'static>,
    variables: Vec<TemplateVariable>,
}

const SUBJECT: &str = "subject";
const BODY: &str = "body";

impl CompiledTemplate {
    /// Reads the template.
    pub(crate) fn new(template: &Template) -> Result<Self, TemplateError> {
        let (mut plain, mut html) = (Handlebars::new(), Handlebars::new());
        plain.register_escape_fn(no_escape);
        html.register_escape_fn(html_escape);
        for registry in [&mut plain, &mut html] {
            registry.set_strict_mode(true);
        }
        let add = |registry: &mut Handlebars<'static>, name: &str, text: &Option<String>| match text {
            Some(text) => registry.register_template_string(name, text).map_err(Box::new),
            None => Ok(()),
        };
        add(&mut plain, SUBJECT, &template.subject)?;
        add(&mut plain, BODY, &Some(template.body.clone()))?;
        add(&mut html, BODY, &template.html_body)?;
        Ok(Self { plain, html, variables: template.variables.clone() })
    }

    /// Fills the template with the variables that it declares; others are not seen by it.
    pub(crate) fn render(&self, variables: &Variables) -> Result<Rendered, TemplateError> {
        let mut data = Variables::new();
        for TemplateVariable { name, is_required } in &self.variables {
            match variables.get(name).filter(|value| !value.is_null()) {
                Some(value) => data.insert(name.clone(), value.clone()),
                None if *is_required => return Err(TemplateError::Missing(name.clone())),
                None => data.insert(name.clone(), Value::Null),
            };
        }
        let fill = |registry: &Handlebars<'static>, name: &str| {
            let found = registry.has_template(name);
            found.then(|| registry.render(name, &data).map_err(Box::new)).transpose()
        };
        Ok(Rendered {
            subject: fill(&self.plain, SUBJECT)?.map(|subject| one_line(&subject)),
            text: fill(&self.plain, BODY)?.unwrap_or_default(),
            html: fill(&self.html, BODY)?,
        })
    }
}

/// A header cannot hold more than one line: what would end it becomes a space.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compiled(subject: &str, body: &str, html: &str, variables: &[(&str, bool)]) -> CompiledTemplate {
        let variables = variables
            .iter()
            .map(|(name, is_required)| TemplateVariable { name: (*name).to_owned(), is_required: *is_required })
            .collect();
        let template = Template {
            subject: Some(subject.to_owned()),
            body: body.to_owned(),
            html_body: Some(html.to_owned()),
            variables,
        };
        CompiledTemplate::new(&template).expect("a valid template")
    }

    fn values(value: Value) -> Variables {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn values_are_escaped_in_html_only_and_never_break_a_subject() {
        let template = compiled("Hi {{name}}", "Hi {{name}}", "<p>Hi {{name}}</p>", &[("name", true)]);
        let rendered = template.render(&values(json!({"name": "<b>\r\nBcc: x@y"}))).expect("rendered");
        assert_eq!(rendered.subject.as_deref(), Some("Hi <b> Bcc: x@y"));
        assert_eq!(rendered.text, "Hi <b>\r\nBcc: x@y");
        assert_eq!(rendered.html.as_deref(), Some("<p>Hi &lt;b&gt;\r\nBcc: x@y</p>"));
    }

    #[test]
    fn a_required_variable_must_be_there_and_an_optional_one_may_be_absent() {
        let body = "{{#if name}}Hi {{name}}{{else}}Hi{{/if}} {{link}}";
        let template = compiled("s", body, "", &[("name", false), ("link", true)]);
        assert!(matches!(template.render(&Variables::new()), Err(TemplateError::Missing(name)) if name == "link"));
        let rendered = template.render(&values(json!({"link": "L"}))).expect("rendered");
        assert_eq!(rendered.text, "Hi L");
    }

    #[test]
    fn an_undeclared_variable_is_an_error() {
        let template = compiled("s", "{{secret}}", "", &[]);
        assert!(matches!(template.render(&values(json!({"secret": "x"}))), Err(TemplateError::Render(_))));
    }
}
