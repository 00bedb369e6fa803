//! Fills a delivery's pinned template: once with the secrets for the provider, once without for the ledger.

use super::Notifications;
use super::delivery::Failure;
use super::notification::{Notification, Variables};
use super::template::{CompiledTemplate, Rendered, Template, TemplateError};
use moka::sync::Cache;
use orion_contracts::TemplateId;
use serde_json::Value;
use std::sync::Arc;

/// How many compiled templates are kept. A version never changes, so none grows old.
const CAPACITY: u64 = 200;
/// What stands for a secret in the ledger.
const MASK: &str = "••••••••";

/// Compiles templates once.
pub(super) struct Renderer {
    product_name: String,
    compiled: Cache<TemplateId, Arc<CompiledTemplate>>,
}

/// A message for the provider, and what the ledger may know of it.
pub(super) struct Message {
    pub(super) content: Rendered,
    pub(super) masked: Rendered,
}

impl Renderer {
    pub(super) fn new(product_name: String) -> Self {
        Self { product_name, compiled: Cache::new(CAPACITY) }
    }

    /// Fills a template with values that hold no secrets.
    pub(super) fn render(&self, template: &Template, variables: &Variables) -> Result<Rendered, TemplateError> {
        let compiled = match self.compiled.get(&template.id) {
            Some(compiled) => compiled,
            None => {
                let compiled = Arc::new(CompiledTemplate::new(template)?);
                self.compiled.insert(template.id, compiled.clone());
                compiled
            }
        };
        self.fill(&compiled, variables)
    }

    fn fill(&self, compiled: &CompiledTemplate, variables: &Variables) -> Result<Rendered, TemplateError> {
        let mut variables = variables.clone();
        variables.insert("product_name".to_owned(), Value::String(self.product_name.clone()));
        compiled.render(&variables)
    }
}

impl Notifications {
    /// Fills the delivery's template. What fails here fails with every later try.
    pub(super) fn compose(&self, template: Option<&Template>, notification: &Notification) -> Result<Message, Failure> {
        let gone = || Failure::new("template_missing", "the pinned template is gone");
        self.fill_with_secrets(template.ok_or_else(gone)?, notification)
    }

    fn fill_with_secrets(&self, template: &Template, notification: &Notification) -> Result<Message, Failure> {
        let (mut open, mut masked) = (notification.variables.clone(), notification.variables.clone());
        for (name, variable) in &notification.sealed {
            let secret = variable
                .open(&self.infra.secrets)
                .map_err(|error| Failure::new("secret_unreadable", format!("{name}: {error}")))?;
            open.insert(name.clone(), Value::String(secret));
            masked.insert(name.clone(), Value::String(MASK.to_owned()));
        }
        let failed = |error: TemplateError| Failure::new("render_failed", error);
        Ok(Message {
            content: self.renderer.render(template, &open).map_err(failed)?,
            masked: self.renderer.render(template, &masked).map_err(failed)?,
        })
    }
}
