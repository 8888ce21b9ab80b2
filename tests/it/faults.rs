//! Every fault of a storage, over real HTTP, by the real program: probing.

use crate::transfer::{bring, stored, local};

#[test]
fn probe() {
    for fault in [
        "kind = \"cut_after\"\nbytes = 2000000",
        "kind = \"reset_after\"\nbytes = 2000000",
        "kind = \"cut_in_header\"\nafter_bytes = 20",
        "kind = \"stall_after\"\nbytes = 2000000",
        "kind = \"short_body\"\nmissing_bytes = 7",
        "kind = \"no_length\"",
        "kind = \"html\"",
        "kind = \"json\"",
        "kind = \"bad_gateway\"",
        "kind = \"wrong_range\"\nat = 2\n",
        "times = 0\nkind = \"html\"",
        "times = 0\nkind = \"json\"",
        "times = 0\nkind = \"cut_in_header\"\nafter_bytes = 20",
        "times = 0\nkind = \"short_body\"\nmissing_bytes = 7",
        "times = 0\nkind = \"no_length\"",
        "times = 0\nkind = \"stall_after\"\nbytes = 1000000",
    ] {
        for desk in [stored(&[&format!("on = \"object\"\n{fault}")]), local(&[&format!("on = \"export_download\"\n{fault}")])] {
            let b = bring(&desk, &[]);
            println!("{fault:?}\n  {} {} asked {:?} {:?} api {:?} whys {:?} notices {:?} files {:?}", b.end.exit, b.end.result(), b.asked(), b.ranges(), crate::transfer::ranges(&b.api), b.whys(), b.notices(), b.files());
        }
    }
    for second in ["wrong_range", "wrong_total", "range_ignored", "range_refused", "changed"] {
        for times in [1, 0] {
            let first = "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000";
            let second = format!("on = \"object\"\nat = 2\ntimes = {times}\nkind = \"{second}\"");
            let desk = stored(&[first, &second]);
            let b = bring(&desk, &[]);
            println!("{second:?}\n  {} {} asked {:?} {:?} api {:?} whys {:?} notices {:?} files {:?}", b.end.exit, b.end.result(), b.asked(), b.ranges(), crate::transfer::ranges(&b.api), b.whys(), b.notices(), b.files());
            if times == 0 {
            let b = bring(&stored(&[&second.replace("at = 2", "at = 1")]), &["--connections", "4"]);
            println!("  parallel {} {} asked {:?} {:?} whys {:?} notices {:?} files {:?}", b.end.exit, b.end.result(), b.asked(), b.ranges().len(), b.whys(), b.notices(), b.files());
            }
        }
    }
    for fault in ["kind = \"expiring_link\"\nafter_requests = 1", "kind = \"expiring_link\"\nafter_requests = 0", "times = 0\nkind = \"expiring_link\"\nafter_requests = 0",
        "kind = \"redirect_loop\"","kind = \"redirect_missing_host\"", "kind = \"file_not_ready\"\ntimes = 3", "kind = \"file_not_ready\"\ntimes = 0", "kind = \"rate_limited\"\nretry_after = \"60\"",
        "kind = \"rate_limited\"\nretry_after = \"60\"\ntimes = 0", "kind = \"token_revoked\"", "kind = \"truncated\"\nmissing_bytes = 5"] {
            let first = "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000";
            let desk = stored(&[first, &format!("on = \"export_download\"\n{fault}")]);
            let b = bring(&desk, &[]);
            println!("{fault:?}\n  {} {} asked {:?} {:?} api {:?} whys {:?} notices {:?} files {:?}", b.end.exit, b.end.result(), b.asked(), b.ranges(), crate::transfer::ranges(&b.api), b.whys(), b.notices(), b.files());
    }
}
