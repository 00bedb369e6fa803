//! orion-testkit
