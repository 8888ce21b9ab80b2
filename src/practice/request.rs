//! What every handler receives: the caller, the headers, and the faults that affect the request.

use std::convert::Infallible;
use std::sync::{Arc, MutexGuard};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::fault::{FaultKind, RequestFaults};
use super::shared::SharedState;
use super::world::World;

/// A request without its path, parameters and body.
#[derive(Debug)]
pub struct IncomingRequest {
    pub shared: Arc<SharedState>,
    pub method: Method,
    pub headers: HeaderMap,
    /// The faults that affect the request.
    pub faults: Arc<[FaultKind]>,
}

impl IncomingRequest {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }
}

impl FromRequestParts<Arc<SharedState>> for IncomingRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<SharedState>) -> Result<Self, Infallible> {
        let faults = parts.extensions.get::<RequestFaults>().map(|faults| Arc::clone(&faults.0));
        Ok(Self {
            shared: Arc::clone(shared),
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            faults: faults.unwrap_or_default(),
        })
    }
}
