#!/usr/bin/env bash
# Makes desk-0.1.0.sqlite3 and desk-0.1.0.json beside this file with the program of the version before.
# usage: make.sh FOLDER, where FOLDER is a checkout of commit 1e4527c
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
mkdir -p tests/it/before
cp "$here/make.rs" tests/it/before/make.rs
printf 'mod make;\n' >tests/it/before.rs
grep -q '^mod before;' tests/it/main.rs || sed -i 's/^mod audit;/mod audit;\nmod before;/' tests/it/main.rs
rm -rf /tmp/desk-0.1.0
cargo test --test it before::make
cp /tmp/desk-0.1.0/data/export-desk.sqlite "$here/desk-0.1.0.sqlite3"
chmod 644 "$here/desk-0.1.0.sqlite3"
python3 - "$here" target/debug/export-desk <<'END'
import json, os, shutil, sqlite3, subprocess, sys, tempfile
here, program = sys.argv[1:]
database = os.path.join(here, 'desk-0.1.0.sqlite3')
connection = sqlite3.connect(database)
connection.execute('VACUUM')
connection.execute('PRAGMA journal_mode = DELETE')
connection.close()
with tempfile.TemporaryDirectory() as home:
    shutil.copy(database, os.path.join(home, 'export-desk.sqlite'))
    env = {'HOME': home, 'PATH': os.environ['PATH'], 'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'}
    def ask(*words):
        words = [program, *words, '--json', '--data-dir', home, '--instance', 'http://127.0.0.1:21893']
        return json.loads(subprocess.run(words, env=env, capture_output=True, check=True).stdout.splitlines()[-1])
    fields = ['id', 'ticket', 'project', 'stage', 'facts']
    cases = [{field: ask('case', 'show', str(number))[field] for field in fields} for number in range(1, 17)]
    seen = {'rows': ask('case', 'audit')['rows'], 'cases': cases, 'offers': ask('case', 'ledger', '--format', 'json')['offers']}
with open(os.path.join(here, 'desk-0.1.0.json'), 'w') as file:
    json.dump(seen, file, indent=1, sort_keys=True)
    file.write('\n')
END
