//! Front ends beside the window: one for each command, with credentials of its own. Many run on one engine.
//!
//! While a front end is *acting*, [`super::sessions::Sessions`] answers with its session. Who is acting goes from a
//! command to its tasks and to what they return ([`super::core::Core::spawn`]). What lives longer than a command, a
//! job or a download, remembers its [`Followers`], and uses their credentials as long as they are there
//! ([`super::sessions::Sessions::follower`], [`super::core::Core::acting_as`]).

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::case::UserError;
use crate::gitlab::Token;

use super::api::{Answer, AskId, Command};

/// One front end. IDs are never used twice in one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontEndId(u64);

impl FrontEndId {
    /// The program itself: the window, or what runs without a front end. It uses the tokens that the program knows.
    pub const OWN: Self = Self(0);

    pub fn new(number: u64) -> Self {
        Self(number)
    }
}

/// What a command brings to call GitLab with. Kept in memory while the command runs, and nowhere else.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The only instance that gets the token.
    pub instance: String,
    /// Without one, the command uses the token that the program knows.
    pub token: Option<Token>,
    /// Additional root certificates, for every instance.
    pub ca_file: Option<PathBuf>,
}

/// What a front end that has joined sends.
#[derive(Debug)]
pub enum FrontEndInput {
    /// It has joined and brought credentials.
    Joined { id: FrontEndId, credentials: Box<Credentials> },
    /// A command of it.
    Ask { by: FrontEndId, ask: AskId, answer: ReplyTo, command: Box<Command> },
    /// It no longer wants what it asked for, unless a request has been sent. The answer tells whether none was.
    GiveUp { ask: AskId, nothing_sent: oneshot::Sender<bool> },
    /// It is gone.
    Left { id: FrontEndId },
}

/// The front ends that a job or a download works for; the one whose credentials it uses is first. Work that an earlier
/// program left has none until somebody continues it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followers(Vec<FrontEndId>);

impl Followers {
    pub fn add(&mut self, id: FrontEndId) {
        if !self.0.contains(&id) {
            self.0.push(id);
        }
    }

    /// The same, and its credentials are used from now on.
    pub fn lead(&mut self, id: FrontEndId) {
        self.0.retain(|other| *other != id);
        self.0.insert(0, id);
    }

    /// Forgets a front end; true where it was the only one.
    pub fn lose(&mut self, id: FrontEndId) -> bool {
        let was_there = self.0.contains(&id);
        self.0.retain(|other| *other != id);
        was_there && self.0.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = FrontEndId> {
        self.0.iter().copied()
    }
}

/// The sender of a reply.
pub type ReplyTo = oneshot::Sender<Result<Answer, UserError>>;
/// The receiver of a reply.
pub type ReplyFrom = oneshot::Receiver<Result<Answer, UserError>>;

/// The IDs of the engine's own questions start here, so that they never meet those of a front end.
const OWN_ASKS: u64 = 1 << 63;

/// The open commands of front ends that have joined.
#[derive(Debug, Default)]
pub struct OpenAsks {
    open: HashMap<AskId, (FrontEndId, ReplyTo)>,
    /// Replies that go out after the next snapshot.
    answered: Vec<(ReplyTo, Result<Answer, UserError>)>,
    /// Front ends that have left while a command of theirs was open.
    leaving: BTreeSet<FrontEndId>,
    /// How many questions the engine asked itself.
    own: u64,
}

impl OpenAsks {
    pub fn expect(&mut self, ask: AskId, by: FrontEndId, reply: ReplyTo) {
        self.open.insert(ask, (by, reply));
    }

    /// A command that the engine itself carries out for a front end: its ID, and where the reply comes.
    pub fn expect_own(&mut self, by: FrontEndId) -> (AskId, ReplyFrom) {
        self.own += 1;
        let ask = AskId(OWN_ASKS + self.own);
        let (reply, from) = oneshot::channel();
        self.expect(ask, by, reply);
        (ask, from)
    }

    /// Whether a front end that has joined asked this.
    pub fn is_joined(&self, ask: AskId) -> bool {
        self.open.contains_key(&ask)
    }

    /// Whose command this is.
    pub fn by(&self, ask: AskId) -> FrontEndId {
        self.open.get(&ask).map_or(FrontEndId::OWN, |(by, _)| *by)
    }

    /// Takes a reply, unless no joined front end asked for it. The second value is a front end that is now gone.
    pub fn answer(
        &mut self,
        ask: AskId,
        result: Result<Answer, UserError>,
    ) -> (Option<Result<Answer, UserError>>, Option<FrontEndId>) {
        let Some((by, reply)) = self.open.remove(&ask) else { return (Some(result), None) };
        self.answered.push((reply, result));
        let is_gone = self.leaving.contains(&by) && !self.has_open(by);
        (None, (is_gone && self.leaving.remove(&by)).then_some(by))
    }

    /// What this front end asked for and awaits.
    pub fn of(&self, by: FrontEndId) -> Vec<AskId> {
        self.open.iter().filter(|(_, (other, _))| *other == by).map(|(ask, _)| *ask).collect()
    }

    /// A front end leaves. True if it is gone; otherwise it is gone once its last command is answered.
    pub fn leave(&mut self, by: FrontEndId) -> bool {
        let has_open = self.has_open(by);
        if has_open {
            self.leaving.insert(by);
        }
        !has_open
    }

    fn has_open(&self, by: FrontEndId) -> bool {
        self.open.values().any(|(other, _)| *other == by)
    }

    /// Sends the replies. Called after the snapshot that shows what they are about.
    pub fn deliver(&mut self) {
        for (reply, result) in self.answered.drain(..) {
            // A command that no longer waits needs no reply.
            reply.send(result).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_until_the_last_answer() {
        let (a, b) = (FrontEndId(1), FrontEndId(2));
        let mut asks = OpenAsks::default();
        let (first, mut heard) = oneshot::channel();
        asks.expect(AskId(7), a, first);
        asks.expect(AskId(8), a, oneshot::channel().0);
        assert!(asks.leave(b), "nothing of it is open");
        assert!(!asks.leave(a));
        assert!(matches!(asks.answer(AskId(7), Ok(Answer::Done)), (None, None)));
        assert!(heard.try_recv().is_err(), "not before the snapshot");
        asks.deliver();
        assert!(matches!(heard.try_recv(), Ok(Ok(Answer::Done))));
        assert!(matches!(asks.answer(AskId(8), Ok(Answer::Done)), (None, Some(gone)) if gone == a));
        assert!(matches!(asks.answer(AskId(9), Ok(Answer::Done)), (Some(_), None)), "the window's own");
    }

    #[test]
    fn whoever_started_it_comes_first_and_the_last_one_ends_it() {
        let (a, b) = (FrontEndId(1), FrontEndId(2));
        let mut all = Followers::default();
        all.add(a);
        all.add(b);
        all.add(a);
        assert_eq!(all.iter().collect::<Vec<_>>(), [a, b]);
        assert!(!all.lose(a));
        assert!(!all.lose(a), "it is no longer one of them");
        assert!(all.lose(b));
        let mut left = Followers::default();
        assert!(!left.lose(a), "what nobody follows is ended by nobody");
        left.add(a);
        left.lead(b);
        assert_eq!(left.iter().collect::<Vec<_>>(), [b, a], "whoever continues it leads");
    }
}
