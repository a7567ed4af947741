//! Requests that ask to leave HTTP: WebSocket sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_codec::{AsyncRead, AsyncWrite, Framed};
use actix_http::body::BodySize;
use actix_http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use actix_http::{HttpMessage as _, Request, Response, StatusCode, h1, ws};
use bytes::Bytes;
use futures_util::SinkExt;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket;

use super::caller::{Credentials, header};
use super::{App, address, document_name};
use crate::access::Denied;
use crate::limits::Limit;
use crate::session::actor::{self, Request as Wanted};
use crate::session::outbox::Outbox;
use crate::session::socket::Socket;
use crate::session::stream::Stream;

/// Where stock y-websocket clients connect.
const SYNC_PREFIX: &str = "/sync/";

/// Answers an upgrade request and hands the connection to a session of its own.
///
/// # Errors
/// Never: what is wrong is answered on the connection, or the connection has ended.
pub async fn upgrade<T>(
    (request, mut connection): (Request, Framed<T, h1::Codec>),
    app: App,
) -> Result<(), actix_http::Error>
where
    T: AsyncRead + AsyncWrite + Into<Stream> + Unpin,
{
    let Some(raw) = request.path().strip_prefix(SYNC_PREFIX) else {
        return answer(connection, Response::new(StatusCode::NOT_FOUND).drop_body()).await;
    };
    let mut accepted = match ws::handshake(request.head()) {
        Ok(accepted) => accepted,
        Err(error) => return answer(connection, Response::from(error).drop_body()).await,
    };
    let credentials = Credentials::read(request.headers(), request.uri().query());
    if let Some(protocol) = &credentials.protocol {
        accepted.insert_header((SEC_WEBSOCKET_PROTOCOL, protocol.as_str()));
    }
    // Counted before it is answered: the end of the process waits for the sockets to say goodbye.
    let place = Place::take(&app.sockets, app.sockets_max);
    let wanted = wanted(&app, &request, raw, &credentials).await;
    if connection.send((accepted.finish().drop_body(), BodySize::None).into()).await.is_err() {
        return Ok(());
    }
    let parts = connection.into_parts();
    let io = parts.io.into();
    prepare(&io, &app);
    attach(io, place, parts.read_buf.freeze(), wanted, app);
    Ok(())
}

async fn answer<T>(
    mut connection: Framed<T, h1::Codec>,
    response: Response<()>,
) -> Result<(), actix_http::Error>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    if let Err(error) = connection.send((response, BodySize::Sized(0)).into()).await {
        tracing::debug!(%error, "connection ended before its answer");
    }
    Ok(())
}

/// Reads what a session wants, or why it gets none. Browsers do not show scripts the status of a failed upgrade, so a
/// refusal is a close frame.
async fn wanted(app: &App, request: &Request, raw: &str, credentials: &Credentials) -> Result<Wanted, Close> {
    if !app.accepting.load(Ordering::Acquire) {
        return Err(Close::new(CloseCode::Draining, "the server is restarting, reconnect"));
    }
    let (origin, host) = (header(request.headers(), ORIGIN), header(request.headers(), HOST));
    let foreign = app.origins.check(origin, host);
    foreign.map_err(|foreign| Close::new(CloseCode::Forbidden, foreign.to_string()))?;
    let now = app.around.clock.now();
    let address = address::of(request.peer_addr(), request.headers(), &app.proxies);
    let counted = |(limit, close)| {
        app.around.metrics.refused(limit);
        close
    };
    let mut share = app.quotas.join(address, now.mono_us).map_err(counted)?;
    let name = document_name(raw).map_err(|reason| Close::new(CloseCode::Malformed, reason))?;
    let now = app.around.clock.now();
    let permit = match app.around.access.check(credentials.token.as_deref(), now.unix_ms).await {
        Ok(caller) => {
            let permit = caller.permit(&name).inspect_err(|_| {
                app.around.metrics.denied.inc();
            })?;
            caller.user().map_or(Ok(()), |user| share.of_user(user)).map_err(counted)?;
            Some(permit)
        }
        // It may still come as a message.
        Err(Denied::Missing) => None,
        Err(denied) => {
            app.around.metrics.denied.inc();
            return Err(Close::from(&denied));
        }
    };
    let ack_mode = y_websocket::ack_mode(request.uri().query().unwrap_or_default());
    Ok(Wanted { session: app.next_session(), name, ack_mode, permit, share, limits: app.session_limits })
}

/// Sets what every session needs: no delay for small frames, and an end for peers that vanished.
fn prepare(io: &Stream, app: &App) {
    let socket = socket2::SockRef::from(io.tcp());
    let prepared =
        socket.set_tcp_nodelay(true).and_then(|()| socket.set_tcp_user_timeout(Some(app.tcp_user_timeout)));
    if let Err(error) = prepared {
        tracing::debug!(%error, "socket options were not taken");
    }
}

fn attach(io: Stream, place: Option<Place>, first: Bytes, wanted: Result<Wanted, Close>, app: App) {
    let (socket, reader) = Socket::new(io, first);
    let wanted = match (&place, wanted) {
        (None, Ok(_)) => {
            app.around.metrics.refused(Limit::Connections);
            Err(Close::new(CloseCode::Overloaded, "the server has its most connections, try again later"))
        }
        (_, wanted) => wanted,
    };
    match wanted {
        Ok(wanted) => {
            app.around.metrics.joins.inc();
            let (actor, outbox) = actor::start(reader, app.around, wanted);
            actix_web::rt::spawn(async move {
                socket.run(actor, outbox).await;
                drop(place);
            });
        }
        Err(close) => {
            app.around.metrics.closed(close.code.number());
            let outbox = Arc::new(Outbox::default());
            outbox.refuse(&close);
            drop(reader);
            actix_web::rt::spawn(async move {
                socket.run(futures_util::stream::empty(), outbox).await;
                drop(place);
            });
        }
    }
}

/// One of the sockets the process may have.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(sockets: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let before = sockets.fetch_add(1, Ordering::AcqRel);
        let place = Self(sockets.clone());
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
