//! The notifications service.

mod addressees;
mod captured_mails;
mod deliveries;
mod inbox;
mod password_mails;
mod registration_mails;
mod security_mails;
mod templates;
