//! Desktop notifications that belong to this program.
//!
//! On Linux and Windows a click is reported. On macOS the system itself brings the program to the front, and the
//! person selects the case by hand: the notification centre reports clicks on the main thread alone, which belongs
//! to the window. A Wayland compositor may only mark the window as asking for attention.

/// How the systems know this program. `packaging/macos/Info.plist` and the shortcut of
/// `packaging/windows/export-desk.wxs` say the same, so that a notification has the program's name and icon.
pub const MAC_BUNDLE: &str = "invalid.export-desk.ExportDesk";
pub const WINDOWS_APP: &str = "ExportDesk.ExportDesk";
/// The name of the `.desktop` file, and of the icon.
#[cfg(all(unix, not(target_os = "macos")))]
const LINUX_APP: &str = "export-desk";

/// What to show.
#[derive(Clone, Copy, Debug)]
pub struct SystemNotification<'a> {
    pub program: &'a str,
    pub title: &'a str,
    pub body: &'a str,
    pub urgent: bool,
}

/// A notification on the screen.
#[derive(Debug)]
pub struct ShownNotification(#[cfg(not(target_os = "macos"))] notify_rust::NotificationHandle);

/// Must be called once before the first notification. Without it, macOS searches for another program to show them as.
pub fn begin() {
    #[cfg(target_os = "macos")]
    if let Err(error) = notify_rust::set_application(MAC_BUNDLE) {
        // Not in a bundle (`cargo run`). The call also ends the search.
        tracing::info!("notifications are not this program's own: {error}");
    }
}

/// Shows a notification.
pub fn show(wanted: SystemNotification<'_>) -> Result<ShownNotification, String> {
    let mut notification = notify_rust::Notification::new();
    notification.appname(wanted.program).summary(wanted.title).body(wanted.body);
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        notification.icon(LINUX_APP).action("default", "Show");
        notification.hint(notify_rust::Hint::DesktopEntry(LINUX_APP.into()));
        let urgency =
            if wanted.urgent { notify_rust::Urgency::Critical } else { notify_rust::Urgency::Normal };
        notification.urgency(urgency);
    }
    #[cfg(windows)]
    notification.app_id(WINDOWS_APP);
    let handle = notification.show().map_err(|error| error.to_string())?;
    #[cfg(not(target_os = "macos"))]
    return Ok(ShownNotification(handle));
    // On macOS, dropping the handle sends the notification.
    #[cfg(target_os = "macos")]
    {
        drop(handle);
        Ok(ShownNotification())
    }
}

impl ShownNotification {
    /// Waits until the person clicks on the notification (true) or it disappears. On macOS, returns at once.
    pub fn clicked(self) -> bool {
        #[cfg(target_os = "macos")]
        return false;
        #[cfg(not(target_os = "macos"))]
        {
            let mut clicked = false;
            let answer = self.0.wait_for_response(|response: &notify_rust::NotificationResponse| {
                clicked = response.is_default_action();
            });
            if let Err(error) = answer {
                tracing::debug!("a notification's answer: {error}");
            }
            clicked
        }
    }
}
