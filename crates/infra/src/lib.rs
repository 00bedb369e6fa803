//! orion-infra
