//! House rules, checked in milliseconds: who may import whom, what is named where, how long files are, and that every
//! rule of the specification has a test.

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/layout.rs"]
mod layout;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/specification.rs"]
mod specification;
