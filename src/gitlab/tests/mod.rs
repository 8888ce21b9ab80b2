//! Live tests over real sockets.
