//! Which news become desktop notifications, and how many. The desktop itself decides when not to disturb. This module
//! decides without side effects; [`super::desktop`] sends.

use crate::case::CaseId;
use crate::engine::api::NotificationLevel;

use super::desktop::Desktop;
use super::news::{Notice, Tone};
use super::options::TITLE;

/// More news than this at once are combined in one notification.
const AT_ONCE: usize = 3;
/// The maximum length of a notification's text.
const LONGEST_CHARS: usize = 120;

/// The label of a choice in the settings.
pub fn label(wanted: NotificationLevel) -> &'static str {
    match wanted {
        NotificationLevel::All => "Everything that ends",
        NotificationLevel::Problems => "Only problems and deadlines",
        NotificationLevel::None => "Nothing",
    }
}

fn takes(wanted: NotificationLevel, tone: Tone) -> bool {
    match wanted {
        NotificationLevel::All => true,
        NotificationLevel::Problems => tone != Tone::Good,
        NotificationLevel::None => false,
    }
}

/// Where a click on a notification leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClickTarget {
    pub practising: bool,
    pub case: Option<CaseId>,
}

/// One notification of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesktopNotification {
    pub title: String,
    pub body: String,
    /// Whether the notification may override the desktop's "do not disturb" and stay on screen.
    pub urgent: bool,
    pub click_target: ClickTarget,
}

/// Decides what to send, and sends it.
#[derive(Debug, Default)]
pub struct NotificationPolicy {
    pub desktop: Desktop,
}

impl NotificationPolicy {
    /// Sends a notification that says only that notifications arrive.
    pub fn test(&mut self) {
        self.desktop.notify(DesktopNotification {
            title: "Export Desk".to_owned(),
            body: "This is a test. Notifications work.".to_owned(),
            urgent: false,
            click_target: ClickTarget { practising: false, case: None },
        });
    }

    /// Takes news, each with whether it comes from practice. Sends nothing while the window is in front.
    pub fn tell(&mut self, mut news: Vec<(bool, Notice)>, wanted: NotificationLevel, in_front: bool) {
        news.retain(|(_, notice)| !in_front && takes(wanted, notice.tone));
        for notification in notifications(&news) {
            self.desktop.notify(notification);
        }
    }
}

/// A few news get one notification each, many share one.
fn notifications(news: &[(bool, Notice)]) -> Vec<DesktopNotification> {
    if news.len() <= AT_ONCE {
        return news.iter().map(|(practising, notice)| notification(*practising, notice)).collect();
    }
    let of = |tone: Tone| news.iter().filter(|(_, notice)| notice.tone == tone).count();
    let counted = [
        (of(Tone::Deadline), "about to end"),
        (of(Tone::Problem), "failed"),
        (of(Tone::Incomplete), "incomplete"),
        (of(Tone::Good), "done"),
    ];
    let parts: Vec<String> =
        counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let practising = news.iter().all(|(practising, _)| *practising);
    vec![DesktopNotification {
        title: format!("{} notifications from Export Desk", news.len()),
        body: parts.join(", "),
        urgent: of(Tone::Deadline) > 0,
        click_target: ClickTarget { practising, case: None },
    }]
}

fn notification(practising: bool, notice: &Notice) -> DesktopNotification {
    let (title, body) = match notice.tone {
        Tone::Good => ("Done", notice.headline.as_str()),
        Tone::Problem | Tone::Incomplete => ("This needs your attention", notice.headline.as_str()),
        Tone::Deadline => ("A deadline is near", notice.headline.as_str()),
    };
    let title = if practising { format!("Practice: {title}") } else { title.to_owned() };
    let click_target = ClickTarget { practising, case: notice.case };
    DesktopNotification { title, body: plain(body), urgent: notice.tone == Tone::Deadline, click_target }
}

/// Notification servers interpret some HTML in a body, so text from GitLab is escaped.
fn plain(text: &str) -> String {
    let text = super::kit::plain(text);
    let clean = |c: char| if c.is_control() || matches!(c, '<' | '>' | '&') { ' ' } else { c };
    super::format::middle(&text.chars().map(clean).collect::<String>(), LONGEST_CHARS)
}

/// The title of the window, with how many cases need a person.
pub fn title(needing_attention: usize) -> String {
    if needing_attention == 0 { TITLE.to_owned() } else { format!("({needing_attention}) {TITLE}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(tone: Tone, headline: &str) -> Notice {
        Notice {
            tone,
            case: Some(CaseId(3)),
            headline: headline.into(),
            detail: "glpat secret".into(),
            subject: None,
        }
    }

    #[test]
    fn nothing_is_announced_twice_in_an_open_window() {
        let mut policy = NotificationPolicy::default();
        let news = || vec![(false, notice(Tone::Good, "The export of acme/api is ready"))];
        policy.tell(news(), NotificationLevel::All, true);
        policy.tell(Vec::new(), NotificationLevel::All, false);
        assert!(policy.desktop.kept().is_empty());
        policy.tell(news(), NotificationLevel::All, false);
        let click_target = ClickTarget { practising: false, case: Some(CaseId(3)) };
        let (title, body) = ("Done".to_owned(), "The export of acme/api is ready".to_owned());
        assert_eq!(policy.desktop.kept(), [DesktopNotification { title, body, urgent: false, click_target }]);
    }

    #[test]
    fn the_setting_decides_what_is_announced() {
        for (wanted, told) in NotificationLevel::ALL.into_iter().zip([3, 2, 0]) {
            let mut policy = NotificationPolicy::default();
            let news = [Tone::Good, Tone::Problem, Tone::Deadline].map(|tone| (false, notice(tone, "x")));
            policy.tell(news.to_vec(), wanted, false);
            assert_eq!(policy.desktop.kept().len(), told, "{wanted:?}");
        }
    }

    #[test]
    fn many_news_are_one_notification_without_anything_private() {
        let mut policy = NotificationPolicy::default();
        let mut news: Vec<(bool, Notice)> =
            (0..9).map(|_| (false, notice(Tone::Good, "Downloaded a/b"))).collect();
        news.push((false, notice(Tone::Problem, "The export of a/b has failed")));
        policy.tell(news, NotificationLevel::All, false);
        assert_eq!(policy.desktop.kept().len(), 1);
        let notification = &policy.desktop.kept()[0];
        assert_eq!(
            (notification.title.as_str(), notification.body.as_str()),
            ("10 notifications from Export Desk", "1 failed, 9 done")
        );
        policy.tell(vec![(true, notice(Tone::Problem, "a <b>&\u{7}"))], NotificationLevel::All, false);
        let notification = &policy.desktop.kept()[1];
        assert_eq!(
            (notification.title.as_str(), notification.body.as_str()),
            ("Practice: This needs your attention", "a  b   ")
        );
        assert!(!format!("{:?}", policy.desktop.kept()).contains("secret"), "details stay in the window");
    }
}
