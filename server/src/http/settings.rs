//! What pages have to know of this server before they are let in.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::App;

/// Routes the settings.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/api/settings", web::get().to(settings));
}

/// Nothing in here is secret: everybody may ask.
async fn settings(app: web::Data<App>) -> HttpResponse {
    let sign_in = &*app.sign_in;
    HttpResponse::Ok().json(json!({ "version": env!("CARGO_PKG_VERSION"), "open": app.around.access.is_open(), "access": sign_in }))
}
