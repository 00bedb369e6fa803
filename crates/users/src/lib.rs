//! orion-users
