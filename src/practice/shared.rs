//! The state that the listeners and the owner of a practice server share.

use std::sync::{Mutex, MutexGuard};

use super::clock::PracticeClock;
use super::fault::Script;
use super::lock::hold;
use super::log::Log;
use super::world::World;

#[derive(Debug)]
pub struct SharedState {
    pub url: String,
    pub storage_url: String,
    pub foreign_url: String,
    pub clock: PracticeClock,
    pub log: Log,
    world: Mutex<World>,
    script: Mutex<Script>,
}

impl SharedState {
    /// `urls` are those of the API, the object storage and the foreign host.
    pub fn new(urls: [String; 3], clock: PracticeClock, world: World, script: Script) -> Self {
        let [url, storage_url, foreign_url] = urls;
        let (world, script) = (Mutex::new(world), Mutex::new(script));
        Self { url, storage_url, foreign_url, clock, log: Log::default(), world, script }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = hold(&self.world);
        world.replace_projects(self.clock.paced_ms());
        world
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        hold(&self.script)
    }
}
