//! Rules and transactions of the ledger. No axum, no SQL.

mod accept;
pub(crate) mod addressees;
mod attempt;
mod deliver;
pub(crate) mod delivery;
mod greeting;
mod inbox;
#[cfg(test)]
mod ledger_tests;
pub(crate) mod notification;
mod order;
mod rendering;
pub(crate) mod security_words;
pub(crate) mod template;
mod templates;
mod timeline;

pub(crate) use deliver::Deliver;
pub(crate) use greeting::greeting_name;
pub(crate) use order::{Addressee, Order};
pub(crate) use templates::{FALLBACK_LOCALE, TemplatePosition};

use crate::NotificationsConfig;
use crate::metrics::NotificationMetrics;
use orion_infra::{Infra, Settings};
use rendering::Renderer;
use std::sync::Arc;

/// Why what happens to a notification has no audit entry.
const LEDGER: &str = "the ledger itself is the record of what was sent; its reason has an entry where it happened";

/// The ledger of notifications. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Notifications(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) infra: Infra,
    config: Settings<NotificationsConfig>,
    /// Where people reach ORION.
    public_url: String,
    renderer: Renderer,
    metrics: NotificationMetrics,
}

impl Notifications {
    /// The ledger in this service's database.
    pub(crate) fn new(config: Settings<NotificationsConfig>, public_url: &str, infra: Infra) -> Self {
        let renderer = Renderer::new(config.get().product_name.clone());
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self(Arc::new(Inner { metrics: NotificationMetrics::new(&infra.metrics), renderer, config, public_url, infra }))
    }

    /// The address of a page of ORION's own that a mail leads to.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

impl std::ops::Deref for Notifications {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
