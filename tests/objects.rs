//! What belongs to a document besides its edits: images, who is in it, what it looks like, and what kind of document it is.

#[path = "objects/glances.rs"]
mod glances;
#[path = "objects/images.rs"]
mod images;
#[path = "objects/people.rs"]
mod people;
