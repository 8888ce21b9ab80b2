//! Desktop notifications, and the clicks on them.
//!
//! One thread sends, since a notification server may be slow. Each clickable notification has a thread that waits for
//! its click, and only a few of them at once.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use egui::Context;

use crate::gui::notification_policy::{ClickTarget, DesktopNotification};
use crate::gui::options::TITLE;
use crate::platform::notifications::{self, ShownNotification, SystemNotification};

/// How many notifications and clicks may be queued.
const WAITING: usize = 16;
/// How many notifications wait for a click at once; clicks on notifications beyond these have no effect.
const LISTENING: usize = 8;

/// Where notifications go.
pub enum Desktop {
    /// To the system.
    System { notifications: SyncSender<DesktopNotification>, clicks: Receiver<ClickTarget> },
    /// Nowhere: notifications are recorded, as in a window without an engine.
    Kept(Vec<DesktopNotification>),
}

impl Default for Desktop {
    fn default() -> Self {
        Self::Kept(Vec::new())
    }
}

impl std::fmt::Debug for Desktop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System { .. } => f.write_str("System"),
            Self::Kept(notifications) => f.debug_tuple("Kept").field(notifications).finish(),
        }
    }
}

impl Desktop {
    /// Sends desktop notifications. A click on one wakes the window of `ctx`.
    pub fn system(ctx: &Context) -> Self {
        let (notifications, inbox) = sync_channel::<DesktopNotification>(WAITING);
        let (tell, clicks) = sync_channel(WAITING);
        let ctx = ctx.clone();
        let thread = std::thread::Builder::new().name("notifications".into()).spawn(move || {
            notifications::begin();
            let mut failed = false;
            for notification in inbox {
                let result = show(&notification, &tell, &ctx);
                // On a machine without a notification server, this is logged once, not at every export.
                if let Err(error) = &result
                    && !std::mem::replace(&mut failed, true)
                {
                    tracing::warn!("no notification could be shown: {error}");
                }
                failed &= result.is_err();
            }
        });
        match thread {
            Ok(_) => Self::System { notifications, clicks },
            Err(error) => {
                tracing::warn!("no thread for notifications: {error}");
                Self::default()
            }
        }
    }

    /// Shows a notification; never blocks. If the server hangs, further notifications are dropped: the window shows
    /// the same news.
    pub fn notify(&mut self, notification: DesktopNotification) {
        match self {
            Self::System { notifications, .. } => {
                if notifications.try_send(notification).is_err() {
                    tracing::warn!("the notification server hangs");
                }
            }
            Self::Kept(kept) => kept.push(notification),
        }
    }

    /// Where the last click leads to, if there was a click.
    pub fn clicked(&self) -> Option<ClickTarget> {
        match self {
            Self::System { clicks, .. } => clicks.try_iter().last(),
            Self::Kept(_) => None,
        }
    }

    /// The notifications that would have been shown.
    #[cfg(test)]
    pub fn kept(&self) -> &[DesktopNotification] {
        match self {
            Self::System { .. } => &[],
            Self::Kept(notifications) => notifications,
        }
    }
}

fn show(wanted: &DesktopNotification, tell: &SyncSender<ClickTarget>, ctx: &Context) -> Result<(), String> {
    let shown = notifications::show(SystemNotification {
        program: TITLE,
        title: &wanted.title,
        body: &wanted.body,
        urgent: wanted.urgent,
    })?;
    listen(shown, wanted.click_target, tell.clone(), ctx.clone());
    Ok(())
}

/// Waits for the click on a separate thread. The thread ends with the notification.
fn listen(shown: ShownNotification, click_target: ClickTarget, tell: SyncSender<ClickTarget>, ctx: Context) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NOW: AtomicUsize = AtomicUsize::new(0);

    if NOW.fetch_add(1, Ordering::Relaxed) >= LISTENING {
        NOW.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let waited = std::thread::Builder::new().name("notification".into()).spawn(move || {
        if shown.clicked() {
            // A window that is closing needs no click.
            tell.try_send(click_target).ok();
            ctx.request_repaint();
        }
        NOW.fetch_sub(1, Ordering::Relaxed);
    });
    if let Err(error) = waited {
        NOW.fetch_sub(1, Ordering::Relaxed);
        tracing::warn!("no thread for a notification: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::case::CaseId;

    /// See `tests/notification_server.py` for how to start the server; the server clicks on what it shows.
    #[test]
    fn a_real_notification_server_shows_it_and_reports_its_click() {
        const TRIES: u32 = 2_000;
        let Some(shown) = std::env::var_os("EXPORT_DESK_NOTIFICATION_SERVER") else {
            eprintln!(
                "skipped: no notification server was started for this (see tests/notification_server.py)"
            );
            return;
        };
        let ctx = Context::default();
        let mut desktop = Desktop::system(&ctx);
        let click_target = ClickTarget { practising: false, case: Some(CaseId(7)) };
        let body = "The export of acme/api is ready".to_owned();
        desktop.notify(DesktopNotification {
            title: "Done".into(),
            body: body.clone(),
            urgent: false,
            click_target,
        });
        let clicked = (0..TRIES).find_map(|_| {
            std::thread::sleep(Duration::from_millis(5));
            desktop.clicked()
        });
        assert_eq!(clicked, Some(click_target));
        assert!(ctx.has_requested_repaint(), "a click wakes the window");
        let log = std::fs::read_to_string(shown).unwrap();
        let line: serde_json::Value = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .find(|line: &serde_json::Value| line["body"] == body.as_str())
            .unwrap();
        assert_eq!((&line["app"], &line["title"]), (&"Export Desk".into(), &"Done".into()), "{line}");
        assert_eq!(line["actions"], serde_json::json!(["default", "Show"]));
        assert_eq!(line["hints"]["desktop-entry"], "export-desk");
    }

    #[test]
    fn without_a_server_nothing_is_lost_but_the_notification() {
        let mut kept = Desktop::default();
        let click_target = ClickTarget { practising: false, case: None };
        kept.notify(DesktopNotification {
            title: "Done".into(),
            body: "x".into(),
            urgent: false,
            click_target,
        });
        assert_eq!((kept.kept().len(), kept.clicked()), (1, None));
    }
}
