//! Sets an archive's counts beside the live project's.

use crate::archive::Report;
use crate::case::{Code, Trouble};
use crate::gitlab::ProjectKey;

use super::session::Reach;
