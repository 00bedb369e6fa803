//! orion-http
