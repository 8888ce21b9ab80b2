//! How a file of routes declares its calls: the method and path of each, its name in a script of faults, and its
//! handler.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodFilter};

use crate::practice::call::{ApiCall, CallTable};
use crate::practice::shared::SharedState;

/// The calls added so far.
#[derive(Default)]
pub struct Routes {
    pub router: Router<Arc<SharedState>>,
    pub calls: CallTable,
}

impl Routes {
    /// Adds `GET`, and with it `HEAD`. The path is relative to `/api/v4`.
    pub fn get<H: Handler<T, Arc<SharedState>>, T: 'static>(
        self,
        call: ApiCall,
        path: &str,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::GET, Method::GET, call, path, handler)
    }

    pub fn post<H: Handler<T, Arc<SharedState>>, T: 'static>(
        self,
        call: ApiCall,
        path: &str,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::POST, Method::POST, call, path, handler)
    }

    pub fn put<H: Handler<T, Arc<SharedState>>, T: 'static>(
        self,
        call: ApiCall,
        path: &str,
        handler: H,
    ) -> Self {
        self.on(MethodFilter::PUT, Method::PUT, call, path, handler)
    }

    /// Adds `GET` of a path that is not below `/api/v4` and that no script of faults names.
    pub fn outside_the_api<H: Handler<T, Arc<SharedState>>, T: 'static>(
        mut self,
        path: &str,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, routing::get(handler));
        self
    }

    fn on<H: Handler<T, Arc<SharedState>>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: Method,
        call: ApiCall,
        path: &str,
        handler: H,
    ) -> Self {
        let path = format!("/api/v4{path}");
        self.calls.add(method, &path, call);
        self.router = self.router.route(&path, routing::on(filter, handler));
        self
    }
}
