//! What belongs to a document besides its edits: images.

#[path = "objects/images.rs"]
mod images;
