//! Whether a window can be opened here. Checked first, because the window toolkit would panic without a display.

use crate::case::{Code, UserError};
use crate::platform::display;

/// Checks for a display that answers, and for the libraries that a window loads.
pub fn display_available() -> Result<(), UserError> {
    display::available().map_err(|missing| UserError::new(Code::Local, missing.headline, missing.hint))
}
