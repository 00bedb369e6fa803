//! orion-notifications
