//! Fills a delivery's pinned template: once with the secrets for the provider, once without for the ledger.

use super::Notifications;
use super::delivery::Failure;
use super::notification::{Notification, Variables};
use super::template::{CompiledTemplate, Rendered, TemplateError};
use crate::store;
use moka::sync::Cache;
use orion_contracts::TemplateId;
use orion_infra::DbError;
use sea_orm::ConnectionTrait;
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
    pub(super) fn render(&self, template: &CompiledTemplate, variables: &Variables) -> Result<Rendered, TemplateError> {
        let mut variables = variables.clone();
        variables.insert("product_name".to_owned(), Value::String(self.product_name.clone()));
        template.render(&variables)
    }
}

impl Notifications {
    /// A version of a template, read and compiled once. What fails in the template itself fails with every later try.
    pub(super) async fn compiled(
        &self,
        connection: &impl ConnectionTrait,
        id: TemplateId,
    ) -> Result<Result<Arc<CompiledTemplate>, TemplateError>, DbError> {
        if let Some(compiled) = self.renderer.compiled.get(&id) {
            return Ok(Ok(compiled));
        }
        let Some(template) = store::templates::find(connection, id).await? else {
            return Ok(Err(TemplateError::Gone));
        };
        let compiled = CompiledTemplate::new(&template).map(Arc::new);
        if let Ok(compiled) = &compiled {
            self.renderer.compiled.insert(id, compiled.clone());
        }
        Ok(compiled)
    }

    /// Fills a delivery's template, secrets and all.
    pub(super) fn compose(&self, template: &CompiledTemplate, notification: &Notification) -> Result<Message, Failure> {
        let (mut open, mut masked) = (notification.variables.clone(), notification.variables.clone());
        for (name, variable) in &notification.sealed {
            let secret = variable
                .open(&self.infra.secrets)
                .map_err(|error| Failure::new("secret_unreadable", format!("{name}: {error}")))?;
            open.insert(name.clone(), Value::String(secret));
            masked.insert(name.clone(), Value::String(MASK.to_owned()));
        }
        Ok(Message {
            content: self.renderer.render(template, &open)?,
            masked: self.renderer.render(template, &masked)?,
        })
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Gone => Self::new("template_missing", error),
            error => Self::new("render_failed", error),
        }
    }
}
