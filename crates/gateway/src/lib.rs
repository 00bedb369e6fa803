//! orion-gateway
