//! Waits until the person stops typing before a check of the typed text is sent.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use egui::Context;

/// How long nothing may be typed before the check is sent.
const REST_S: f64 = 0.4;

/// Remembers the last text that was checked. Only a fingerprint is kept, because the text may be a secret.
#[derive(Debug, Default)]
pub struct Debounce {
    asked: Option<u64>,
    /// The fingerprint of the current text, and since when it is unchanged, in seconds of the window's clock.
    seen: Option<(u64, f64)>,
}

impl Debounce {
    /// Whether `print` is stable and was not checked yet; marks it as checked. Schedules a repaint for the end of the
    /// delay.
    pub fn due(&mut self, ctx: &Context, print: u64) -> bool {
        if self.asked == Some(print) {
            self.seen = None;
            return false;
        }
        let now = ctx.input(|input| input.time);
        let since = match self.seen {
            Some((seen, since)) if seen == print => since,
            _ => {
                self.seen = Some((print, now));
                now
            }
        };
        let left = REST_S - (now - since);
        if left > 0.0 {
            ctx.request_repaint_after(Duration::try_from_secs_f64(left).unwrap_or_default());
            return false;
        }
        (self.asked, self.seen) = (Some(print), None);
        true
    }

    /// Marks `print` as checked.
    #[cfg(test)]
    pub fn asked_about(&mut self, print: u64) {
        self.asked = Some(print);
    }

    /// Forgets the last check: the next frame sends a check again.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The fingerprint of a text.
pub fn fingerprint(text: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_being_typed_is_not_asked_about() {
        let ctx = Context::default();
        let mut debounce = Debounce::default();
        let mut asked = Vec::new();
        for (time, text) in
            [(0.0, "a"), (0.3, "ac"), (0.5, "acme"), (0.8, "acme"), (0.95, "acme"), (9.0, "acme")]
        {
            let input = egui::RawInput { time: Some(time), ..Default::default() };
            let mut due = false;
            let mut output = ctx.run_ui(input, |ui| due |= debounce.due(ui.ctx(), fingerprint(&text)));
            output.textures_delta.clear();
            if due {
                asked.push((time, text));
            }
        }
        assert_eq!(asked, [(0.95, "acme")]);
    }
}
