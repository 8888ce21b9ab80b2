//! What the engine still takes when it ends.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::builds::Builds;
use super::core::Core;
use super::input::EngineInput;
use super::journal_head;

/// How long a cancelled build may take to delete its file. It needs a moment; the disk may need more.
const LONGEST_BUILD: Duration = Duration::from_secs(10);

/// Waits until no cancelled build has a file, and the keyring knows the journal's last row. No other input is handled any
/// more. A build or a keyring that does not answer does not delay the end for ever: the next start does the rest.
pub async fn take(core: &mut Core, builds: &mut Builds, inputs: &mut mpsc::Receiver<EngineInput>) {
    let longest = core.timing.last_head;
    let building = take_while(core, builds, inputs, |_, builds| builds.is_building());
    timeout(LONGEST_BUILD, building).await.ok();
    let keeping = take_while(core, builds, inputs, |core, _| core.head.is_open());
    timeout(longest, keeping).await.ok();
}

async fn take_while(
    core: &mut Core,
    builds: &mut Builds,
    inputs: &mut mpsc::Receiver<EngineInput>,
    is_open: fn(&Core, &Builds) -> bool,
) {
    while is_open(core, builds) {
        match inputs.recv().await {
            Some(EngineInput::Head(input)) => journal_head::input(core, input),
            Some(input) => builds.last_input(input),
            None => return,
        }
    }
}
