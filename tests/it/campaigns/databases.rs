//! The database with bytes changed, cut off or removed: the program reports the damage, and never invents a fact.

use super::{assert_told, campaign};
use crate::fixture::Fixture;

#[test]
fn a_damaged_database_is_reported_and_nothing_is_invented() {
    let (mut random, rounds) = campaign("databases", 120);
    let fixture = Fixture::of("first-export");
    let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
    for project in ["acme/webshop", "acme/handbook", "acme/docs"] {
        assert_eq!(fixture.run(&["case", "new", "--ticket", ticket, "--project", project]).exit, 0);
    }
    assert_eq!(fixture.run(&["export", "start", &fixture.lesson.project, "--wait"]).exit, 0);
    let known = fixture.run(&["case", "list"]).result()["cases"].clone();
    let file = fixture.data_dir().join("export-desk.sqlite");
    let whole = std::fs::read(&file).unwrap();
    for round in 0..rounds {
        let mut bytes = whole.clone();
        let what = match random.u8(0..4) {
            0 => {
                bytes.truncate(random.usize(0..whole.len()));
                format!("round {round}: cut to {}", bytes.len())
            }
            1 => {
                let page = random.usize(0..whole.len() / 4096) * 4096;
                bytes[page..(page + 4096).min(whole.len())].fill(random.u8(..));
                format!("round {round}: the page at {page}")
            }
            _ => {
                let flips = random.usize(1..20);
                for _ in 0..flips {
                    let at = random.usize(0..whole.len());
                    bytes[at] ^= random.u8(1..);
                }
                format!("round {round}: {flips} bytes")
            }
        };
        for beside in ["-wal", "-shm"] {
            std::fs::remove_file(fixture.data_dir().join(format!("export-desk.sqlite{beside}"))).ok();
        }
        std::fs::write(&file, &bytes).unwrap();
        let list = fixture.run(&["case", "list"]);
        assert_told(&list, &what);
        if list.exit == 0 {
            let shown = list.result()["cases"].as_array().unwrap().len();
            assert!(shown <= known.as_array().unwrap().len(), "{what}: {}", list.result());
        }
        assert_told(&fixture.run(&["case", "audit"]), &what);
    }
    // The restored database gives the original results.
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(fixture.run(&["case", "list"]).result()["cases"], known);
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}
