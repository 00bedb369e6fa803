//! orion-admin
