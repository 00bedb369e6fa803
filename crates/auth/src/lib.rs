//! orion-auth
