//! What is told outside the window: which news, when, and in how many notifications. Decided here, without a clock
//! or a system of its own; [`super::desktop`] sends it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::case::{CaseId, UtcMs};

use super::desktop::Desktop;
use super::news::{Notice, Tone};
use crate::gui::window_state::Kept;

/// `all`, `problems` or `none`; `all` where nothing is kept.
pub const NOTIFICATIONS: &str = "notifications";
/// `{"from": "22:00", "to": "07:00"}`, local time; absent where there are none.
pub const QUIET_HOURS: &str = "quiet_hours";

/// More news than this at once is told in one notification.
const AT_ONCE: usize = 3;
/// How much may be held back; more than this is only counted anyway.
const HELD: usize = 64;
/// Notifications are short.
const LONGEST_CHARS: usize = 120;

/// Which news leave the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Wanted {
    #[default]
    All,
    /// Only problems and clocks.
    Problems,
    None,
}

words!(Wanted, all);

impl Wanted {
    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "Everything that ends",
            Self::Problems => "Only problems and clocks",
            Self::None => "Nothing",
        }
    }

    fn takes(self, tone: Tone) -> bool {
        match self {
            Self::All => true,
            Self::Problems => tone != Tone::Good,
            Self::None => false,
        }
    }
}

/// A time of day: minutes since midnight.
pub type Minute = u16;

/// Hours in which nothing is told; they may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: Minute,
    pub to: Minute,
}

impl Quiet {
    /// Reads `22:00` and its like; `7`, `7:30` and `07.30` are taken as well.
    pub fn minute(typed: &str) -> Option<Minute> {
        let typed = typed.trim();
        let (hour, minute) = typed.split_once([':', '.']).unwrap_or((typed, "00"));
        let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
            let fits = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| text.parse::<Minute>().ok()).flatten()
        };
        let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    }

    /// The time of day as it is typed and kept.
    pub fn typed(minute: Minute) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    pub fn value(self) -> Value {
        json!({ "from": Self::typed(self.from), "to": Self::typed(self.to) })
    }

    fn of(kept: &Kept) -> Option<Self> {
        let hours = kept.get(QUIET_HOURS)?;
        let minute = |name: &str| hours.get(name).and_then(Value::as_str).and_then(Self::minute);
        let quiet = Self { from: minute("from")?, to: minute("to")? };
        // From eight to eight would be a whole day or nothing: nothing.
        (quiet.from != quiet.to).then_some(quiet)
    }

    fn covers(self, minute: Minute) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// Minutes until they are over.
    fn left(self, minute: Minute) -> Minute {
        (self.to + 24 * 60 - minute) % (24 * 60)
    }
}

/// What the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub wanted: Wanted,
    pub quiet: Option<Quiet>,
}

impl Choice {
    /// Reads the kept settings; what makes no sense is as if it were not there.
    pub fn of(kept: &Kept) -> Self {
        let word = kept.get(NOTIFICATIONS).and_then(Value::as_str);
        let wanted = Wanted::ALL.into_iter().find(|wanted| Some(wanted.as_str()) == word);
        Self { wanted: wanted.unwrap_or_default(), quiet: Quiet::of(kept) }
    }
}

/// The moment at which news are judged.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: UtcMs,
    /// How far the local clock is east of UTC, in seconds.
    pub utc_offset_s: i32,
    /// Whether the person has the window in front.
    pub in_front: bool,
}

impl Moment {
    fn minute(self) -> Minute {
        let local_s = self.now.0.div_euclid(1000) + i64::from(self.utc_offset_s);
        (local_s.rem_euclid(86_400) / 60) as Minute
    }
}

/// What a click on a notification leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leads {
    pub practising: bool,
    pub case: Option<CaseId>,
}

/// One notification of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesktopNotification {
    pub title: String,
    pub body: String,
    /// Whether it may break through a "do not disturb" less strict than ours, and stay.
    pub urgent: bool,
    pub leads: Leads,
}

/// Decides, and holds back what comes in quiet hours.
#[derive(Debug, Default)]
pub struct NotificationPolicy {
    held: Vec<(bool, Notice)>,
    pub desktop: Desktop,
}

impl NotificationPolicy {
    /// Takes news, each with whether it is of practice, and rings for what is due now. Says after how long the
    /// quiet hours end where something waits for that.
    pub fn hear(&mut self, news: Vec<(bool, Notice)>, choice: Choice, moment: Moment) -> Option<Duration> {
        if moment.in_front {
            // It is in the window.
            self.held.clear();
            return None;
        }
        self.held.extend(news);
        self.held.retain(|(_, notice)| {
            choice.wanted.takes(notice.tone) && notice.until.is_none_or(|at| moment.now < at)
        });
        if self.held.len() > HELD {
            self.held.drain(..self.held.len() - HELD);
        }
        if self.held.is_empty() {
            return None;
        }
        let minute = moment.minute();
        if let Some(quiet) = choice.quiet.filter(|quiet| quiet.covers(minute)) {
            return Some(Duration::from_mins(u64::from(quiet.left(minute))));
        }
        for notification in notifications(&std::mem::take(&mut self.held)) {
            self.desktop.notify(notification);
        }
        None
    }
}

/// A few news are told one by one, many in one notification.
fn notifications(news: &[(bool, Notice)]) -> Vec<DesktopNotification> {
    if news.len() <= AT_ONCE {
        return news.iter().map(|(practising, notice)| notification(*practising, notice)).collect();
    }
    let of = |tone: Tone| news.iter().filter(|(_, notice)| notice.tone == tone).count();
    let counted =
        [(of(Tone::Clock), "about to end"), (of(Tone::Problem), "failed"), (of(Tone::Good), "done")];
    let parts: Vec<String> =
        counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let practising = news.iter().all(|(practising, _)| *practising);
    vec![DesktopNotification {
        title: format!("{} things need a look", news.len()),
        body: parts.join(", "),
        urgent: of(Tone::Clock) > 0,
        leads: Leads { practising, case: None },
    }]
}

fn notification(practising: bool, notice: &Notice) -> DesktopNotification {
    let (title, body) = match notice.tone {
        Tone::Good => ("Done", notice.headline.as_str()),
        Tone::Problem => ("This needs you", notice.headline.as_str()),
        Tone::Clock => ("A deadline is near", notice.headline.as_str()),
    };
    let title = if practising { format!("Practice: {title}") } else { title.to_owned() };
    let leads = Leads { practising, case: notice.case };
    DesktopNotification { title, body: plain(body), urgent: notice.tone == Tone::Clock, leads }
}

/// Notification servers read some HTML in a body: nothing that GitLab said may be read as that.
fn plain(text: &str) -> String {
    let clean = |c: char| if c.is_control() || matches!(c, '<' | '>' | '&') { ' ' } else { c };
    super::format::middle(&text.chars().map(clean).collect::<String>(), LONGEST_CHARS)
}

/// The title of the window, with how many cases need a person.
pub fn title(needy: usize) -> String {
    if needy == 0 { super::TITLE.to_owned() } else { format!("({needy}) {}", super::TITLE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn notice(tone: Tone, headline: &str) -> Notice {
        Notice {
            tone,
            case: Some(CaseId(3)),
            headline: headline.into(),
            detail: "glpat secret".into(),
            until: None,
        }
    }

    fn at(hour: i64, in_front: bool) -> Moment {
        Moment { now: UtcMs(20_000 * 24 * HOUR_MS + hour * HOUR_MS), utc_offset_s: 0, in_front }
    }

    fn kept(key: &str, value: Value) -> Kept {
        [(key.to_owned(), value)].into()
    }

    #[test]
    fn nothing_is_told_twice_to_who_looks() {
        let mut notification_policy = NotificationPolicy::default();
        let choice = Choice::default();
        notification_policy.hear(
            vec![(false, notice(Tone::Good, "The export of acme/api is ready"))],
            choice,
            at(12, true),
        );
        notification_policy.hear(Vec::new(), choice, at(12, false));
        assert!(notification_policy.desktop.kept().is_empty());
        notification_policy.hear(
            vec![(false, notice(Tone::Good, "The export of acme/api is ready"))],
            choice,
            at(12, false),
        );
        let leads = Leads { practising: false, case: Some(CaseId(3)) };
        let notification = DesktopNotification {
            title: "Done".into(),
            body: "The export of acme/api is ready".into(),
            urgent: false,
            leads,
        };
        assert_eq!(notification_policy.desktop.kept(), [notification]);
    }

    #[test]
    fn the_choice_decides_what_is_told() {
        for (wanted, told) in [("all", 3), ("problems", 2), ("none", 0), ("nonsense", 3)] {
            let mut notification_policy = NotificationPolicy::default();
            let news = [Tone::Good, Tone::Problem, Tone::Clock].map(|tone| (false, notice(tone, "x")));
            notification_policy.hear(
                news.to_vec(),
                Choice::of(&kept(NOTIFICATIONS, json!(wanted))),
                at(12, false),
            );
            assert_eq!(notification_policy.desktop.kept().len(), told, "{wanted}");
        }
    }

    #[test]
    fn quiet_hours_hold_news_back_and_let_go_of_what_is_over() {
        let choice = Choice::of(&kept(QUIET_HOURS, json!({ "from": "22:00", "to": "07:30" })));
        let mut notification_policy = NotificationPolicy::default();
        let over = Notice { until: Some(at(25, false).now), ..notice(Tone::Clock, "over by then") };
        let news = vec![(false, notice(Tone::Problem, "failed")), (false, over)];
        let wait = notification_policy.hear(news, choice, at(23, false));
        assert_eq!(wait, Some(Duration::from_mins(8 * 60 + 30)));
        assert_eq!(
            notification_policy.hear(Vec::new(), choice, at(31, false)),
            Some(Duration::from_mins(30))
        );
        assert!(notification_policy.desktop.kept().is_empty());
        assert_eq!(notification_policy.hear(Vec::new(), choice, at(32, false)), None);
        let bodies: Vec<_> = notification_policy
            .desktop
            .kept()
            .iter()
            .map(|notification| notification.body.as_str())
            .collect();
        assert_eq!(bodies, ["failed"]);
        // 23:00 in London is 08:00 in Tokyo.
        let tokyo = Moment { utc_offset_s: 9 * 3600, ..at(23, false) };
        notification_policy.hear(vec![(false, notice(Tone::Good, "done"))], choice, tokyo);
        assert_eq!(notification_policy.desktop.kept().len(), 2);
    }

    #[test]
    fn a_look_at_the_window_takes_back_what_was_held() {
        let choice = Choice::of(&kept(QUIET_HOURS, json!({ "from": "9", "to": "17" })));
        let mut notification_policy = NotificationPolicy::default();
        assert!(
            notification_policy
                .hear(vec![(false, notice(Tone::Good, "done"))], choice, at(10, false))
                .is_some()
        );
        notification_policy.hear(Vec::new(), choice, at(11, true));
        assert_eq!(notification_policy.hear(Vec::new(), choice, at(18, false)), None);
        assert!(notification_policy.desktop.kept().is_empty());
    }

    #[test]
    fn many_news_are_one_notification_without_anything_private() {
        let mut notification_policy = NotificationPolicy::default();
        let mut news: Vec<(bool, Notice)> =
            (0..9).map(|_| (false, notice(Tone::Good, "Downloaded a/b"))).collect();
        news.push((false, notice(Tone::Problem, "The export of a/b has failed")));
        notification_policy.hear(news, Choice::default(), at(12, false));
        assert_eq!(notification_policy.desktop.kept().len(), 1);
        let notification = &notification_policy.desktop.kept()[0];
        assert_eq!(
            (notification.title.as_str(), notification.body.as_str()),
            ("10 things need a look", "1 failed, 9 done")
        );
        notification_policy.hear(
            vec![(true, notice(Tone::Problem, "a <b>&\u{7}"))],
            Choice::default(),
            at(12, false),
        );
        let notification = &notification_policy.desktop.kept()[1];
        assert_eq!(
            (notification.title.as_str(), notification.body.as_str()),
            ("Practice: This needs you", "a  b   ")
        );
        assert!(
            !format!("{:?}", notification_policy.desktop.kept()).contains("secret"),
            "details stay in the window"
        );
    }

    #[test]
    fn times_of_day_are_read_as_people_type_them() {
        for (typed, minute) in [
            ("22:00", Some(1320)),
            ("7", Some(420)),
            ("07.30", Some(450)),
            (" 0:05 ", Some(5)),
            ("23:59", Some(1439)),
        ] {
            assert_eq!(Quiet::minute(typed), minute, "{typed}");
        }
        for typed in ["", "24:00", "7:5", "7:60", "-1", "+7", "noon", "7:00 pm", "１２"] {
            assert_eq!(Quiet::minute(typed), None, "{typed}");
        }
        assert_eq!(Quiet::typed(450), "07:30");
        for value in [json!("22"), json!({ "from": "22:00" }), json!({ "from": "8", "to": "8" }), json!(null)]
        {
            assert_eq!(Choice::of(&kept(QUIET_HOURS, value.clone())).quiet, None, "{value}");
        }
        let day = Quiet { from: 540, to: 1020 };
        assert!(day.covers(540) && !day.covers(1020) && !day.covers(0));
        let night = Quiet { from: 1320, to: 450 };
        assert!(night.covers(1320) && night.covers(0) && !night.covers(450));
        assert_eq!(Choice::of(&kept(QUIET_HOURS, night.value())).quiet, Some(night));
    }
}
