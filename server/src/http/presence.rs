//! Who is in a document.

use actix_web::{HttpRequest, web};
use serde::Serialize;
use weft_protocol::ids::DocumentId;

use super::App;
use super::documents::named;
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::document::presence::actor::ask;
use crate::document::presence::{Person, Presence};

const SUFFIX: &str = "/presence";
/// People shown with a document in a list.
const FACES_MAX: usize = 5;

/// Routes presence.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/api/documents/{name:.*}/presence", web::get().to(show));
}

#[derive(Debug, Serialize)]
struct PresenceView {
    present: Vec<Person>,
    count: usize,
}

/// A person in a list.
#[derive(Debug, Serialize)]
pub struct Face {
    id: String,
    name: String,
    color: Option<String>,
}

/// Returns the few that a list shows.
#[must_use]
pub fn faces(presence: &Presence) -> Vec<Face> {
    let few = presence.people.iter().take(FACES_MAX).cloned();
    few.map(|Person { id, name, color, .. }| Face { id, name, color }).collect()
}

async fn show(
    req: HttpRequest,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<PresenceView>, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Read, &name)?;
    let id = DocumentId::of(&name);
    let here = ask(&app.around.hub, vec![id]).await.remove(&id).unwrap_or_default();
    Ok(web::Json(PresenceView { present: here.people.clone(), count: here.count }))
}
