//! Who sends a request: credentials out of its head, checked.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, AsHeaderName, HeaderMap, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{FromRequest, HttpRequest, web};
use percent_encoding::percent_decode_str;
use weft_protocol::ids::DocumentName;

use super::problem::Problem;
use super::{App, address};
use crate::access::claims::Role;
use crate::access::{Caller, Denied};
use crate::limits::room::Principal;

/// The subprotocol by which a browser can send a token outside of the address.
const PROTOCOL_PREFIX: &str = "weft.token.";

/// What a request shows. Cookies are never read: a page of somebody else could make a browser send them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The token.
    pub token: Option<String>,
    /// The subprotocol that carried it, to be echoed.
    pub protocol: Option<String>,
}

impl Credentials {
    /// Reads `Authorization: Bearer`, else the subprotocol `weft.token.<JWT>`, else `?token=`.
    #[must_use]
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Self {
        let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
        let mut offered = offered.flat_map(|value| value.split(',')).map(str::trim);
        let protocol = offered.find(|protocol| protocol.starts_with(PROTOCOL_PREFIX)).map(str::to_owned);
        let bearer = header(headers, AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let subprotocol = || protocol.as_ref().and_then(|protocol| protocol.strip_prefix(PROTOCOL_PREFIX));
        let token = bearer.or_else(|| subprotocol().map(str::to_owned)).or_else(|| in_query(query?));
        Self { token: token.filter(|token| !token.is_empty()), protocol }
    }
}

fn in_query(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// Returns a header's text.
pub fn header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

impl Caller {
    /// Refuses a caller who may do less with a document than `role`.
    ///
    /// # Errors
    /// 403 that says what is allowed and what is needed.
    pub fn must(&self, role: Role, name: &DocumentName) -> Result<(), Problem> {
        let needed = role.as_str();
        match self.role(name) {
            Some(has) if has >= role => Ok(()),
            Some(has) => {
                let has = has.as_str();
                Err(Problem::forbidden(format!("this needs the role {needed}, the token gives {has}")))
            }
            None => Err(Problem::forbidden(format!(
                "the token does not name this document, this needs the role {needed}"
            ))),
        }
    }

    /// Returns on whose account a request goes.
    #[must_use]
    pub fn principal(&self, req: &HttpRequest, app: &App) -> Option<Principal> {
        let address = address::of(req.peer_addr(), req.headers(), &app.proxies);
        Principal::of(self.user(), address)
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = req.app_data::<web::Data<App>>().cloned().expect("every route has it");
        let credentials = Credentials::read(req.headers(), req.uri().query());
        Box::pin(async move {
            let now = app.around.clock.now();
            let checked = app.around.access.check(credentials.token.as_deref(), now.unix_ms).await;
            if checked.as_ref().is_err_and(|denied| *denied != Denied::Missing) {
                app.around.metrics.denied.inc();
            }
            checked.map_err(|denied| Problem::unauthorized(&denied))
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(headers: &[(&'static str, &str)], query: Option<&str>) -> Credentials {
        let request = headers
            .iter()
            .fold(TestRequest::default(), |request, header| request.append_header((header.0, header.1)));
        Credentials::read(request.to_http_request().headers(), query)
    }

    /// [X1]
    #[test]
    fn a_token_is_found_in_each_of_its_places() {
        let token = |headers: &[(&'static str, &str)], query| read(headers, query).token;
        assert_eq!(token(&[("authorization", "Bearer a.b.c")], None).as_deref(), Some("a.b.c"));
        assert_eq!(token(&[("authorization", "bearer a.b.c")], None).as_deref(), Some("a.b.c"));
        assert_eq!(token(&[], Some("ack=1&token=a.b.c")).as_deref(), Some("a.b.c"));
        let offered = [("sec-websocket-protocol", "chat, weft.token.a.b.c")];
        let credentials = read(&offered, Some("token=other"));
        assert_eq!(credentials.token.as_deref(), Some("a.b.c"));
        assert_eq!(credentials.protocol.as_deref(), Some("weft.token.a.b.c"));
    }

    /// [X1] [X7]
    #[test]
    fn cookies_and_other_schemes_are_no_credentials() {
        assert_eq!(read(&[("cookie", "token=a.b.c")], None), Credentials::default());
        assert_eq!(read(&[("authorization", "Basic a.b.c")], Some("")).token, None);
        assert_eq!(read(&[], Some("token=")).token, None);
    }
}
