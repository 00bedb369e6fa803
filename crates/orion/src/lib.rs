//! orion
