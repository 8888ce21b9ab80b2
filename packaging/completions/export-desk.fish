# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_export_desk_global_optspecs
    string join \n instance= data-dir= json pace= ca-file= h/help V/version
end

function __fish_export_desk_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_export_desk_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_export_desk_using_subcommand
    set -l cmd (__fish_export_desk_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c export-desk -n "__fish_export_desk_needs_command" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_needs_command" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_needs_command" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_needs_command" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_needs_command" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c export-desk -n "__fish_export_desk_needs_command" -s V -l version -d 'Print version'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "check" -d 'Who the token belongs to, its scopes and expiry, the GitLab version; with a project, whether it may be exported'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "export" -d 'The project export: start, status, watch, download'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "verify" -d 'Reads an archive and reports what it is worth'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "relations" -d 'The relations export: start, status, download'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "import" -d 'Imports an archive, has GitLab fetch one, or imports one relation again'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "case" -d 'The handbook\'s workflow'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "text" -d 'Prints a generated text'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "diagnose" -d 'Prints what a report of a defect needs, without tokens and without names of customers and projects'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "practice" -d 'Runs the built-in practice GitLab in the foreground'
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -f -a "start" -d 'Checks first, then starts an export or follows the one that is under way'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -f -a "status" -d 'Asks GitLab once'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -f -a "watch" -d 'Watches until it finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start status watch download" -f -a "download" -d 'Downloads, resumes, verifies'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l description -d 'Overrides the description inside the archive' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l upload-url -d 'Presigned URL that GitLab shall upload the archive to' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l upload-method -d 'How GitLab shall send the archive to that URL' -r -f -a "PUT\t''
POST\t''"
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l yes-delete -d 'The second yes, where that file was started here and never downloaded: the same PROJECT again' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l download -d 'Then download to this file or folder; implies --wait' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l connections -d 'Connections to the object storage; default: chosen by size' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l replace -d 'Yes, delete the finished export file that is there'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l wait -d 'Watch until it finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -s o -l output -d 'A file that does not exist yet, or a folder; default: the present folder' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l connections -d 'Connections to the object storage; default: chosen by size' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l receipt -d 'Writes the receipt to a file that does not exist yet: JSON where its name ends in .json, else Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l against -d 'Compares its counts with this live project of the instance' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l receipt -d 'Writes the receipt to a file that does not exist yet: JSON where its name ends in .json, else Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -f -a "start" -d 'Checks first, then starts a relations export or follows the one that is under way'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -f -a "status" -d 'Asks GitLab once for all relations'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download" -f -a "download" -d 'Downloads and verifies what is ready and not there yet, with a manifest.json; several files at once'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l batched -d 'Large relations in batches, each a file of its own'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l wait -d 'Watch until every relation has ended; exit 6 where one has failed'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -s o -l output -d 'The folder; default: `<project>_relations` in the present folder' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l relation -d 'Only this relation, for example issues; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -f -a "file" -d 'Verifies an archive, checks where it goes, and sends it'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -f -a "remote" -d 'Has GitLab fetch an archive, after the same HEAD request that GitLab makes'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -f -a "s3" -d 'Has GitLab fetch an archive from S3; the keys come from the environment (`EXPORT_DESK_S3_ACCESS_KEY_ID`, `EXPORT_DESK_S3_SECRET_ACCESS_KEY`) and are printed nowhere'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -f -a "relation" -d 'Sends an archive of which GitLab takes one relation, into a project that exists'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file remote s3 relation status" -f -a "status" -d 'Asks GitLab once for the import of a project'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l path -d 'The new project\'s path, its last part alone: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l namespace -d 'Full path or ID of the group; default: the token owner\'s own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l yes-delete -d 'The second yes: the full path of the very project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l override-param -d 'An attribute of the project in place of the archive\'s, for example visibility=private; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l overwrite -d 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l wait -d 'Watch until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l anyway -d 'Send it although the check or its size says that GitLab will refuse it'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l retry-upload -d 'Send a large archive again from the start where the upload is cut (up to 100 MiB that is done in any case)'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l url -d 'An https URL; what is secret in its query is printed nowhere' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l path -d 'The new project\'s path, its last part alone: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l namespace -d 'Full path or ID of the group; default: the token owner\'s own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l yes-delete -d 'The second yes: the full path of the very project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l override-param -d 'An attribute of the project in place of the archive\'s, for example visibility=private; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l overwrite -d 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l wait -d 'Watch until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l anyway -d 'Ask GitLab although the HEAD says that it will refuse'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l region -d 'AWS region of the bucket, for example eu-central-1' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l bucket -d 'Name of the bucket' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l key -d 'Key of the object, for example exports/webshop.tar.gz' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l path -d 'The new project\'s path, its last part alone: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l namespace -d 'Full path or ID of the group; default: the token owner\'s own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l yes-delete -d 'The second yes: the full path of the very project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l override-param -d 'An attribute of the project in place of the archive\'s, for example visibility=private; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l overwrite -d 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l wait -d 'Watch until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l project -d 'Project: its numeric ID, full path (group/sub/project) or URL' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l relation -d 'Relation to import: issues, `merge_requests`, `ci_pipelines` or milestones' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l wait -d 'Watch until it finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l anyway -d 'Send it although the check or its size says that GitLab will refuse it'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l retry-upload -d 'Send a large archive again from the start where the upload is cut (up to 100 MiB that is done in any case)'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l wait -d 'Watch until it finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "new" -d 'Opens a case'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "list" -d 'Lists the cases'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "show" -d 'One case: stage, facts, next step, clocks'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "set" -d 'Sets facts; an empty value clears one'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "event" -d 'Records that something happened'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "ledger" -d 'Every one-time offer ever sent'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "issues" -d 'Issues of the bug tracker for a case, the known ones first; with --requests, earlier requests for its project'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "post" -d 'Shows what would be posted for a case; with --yes, posts it'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event ledger issues post audit" -f -a "audit" -d 'Verifies the journal\'s hash chain'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l ticket -d 'URL of the customer\'s ticket' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l project -d 'Project: its numeric ID, full path (group/sub/project) or URL' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l override -d 'Why a second offer is made although one was sent for this project' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l format -d 'How the offers are printed' -r -f -a "csv\t''
markdown\t''
json\t''"
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l search -d 'Words in title or description; default: from the case\'s messages' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l closed -d 'Closed ones too'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l requests -d 'Earlier requests for the case\'s project in place of bugs'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l issue -d 'The issue to comment on; default: the case\'s bug issue' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l say -d 'An answer that no fact holds: plan=Premium, urgency=…, impact=…, severity=…, priority=…; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l yes -d 'Post it'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l internal -d 'The comment is for members of the project alone'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l case -d 'Number of the case, as `case list` shows it' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l say -d 'An answer that no fact holds: plan=Premium, urgency=…, impact=…, severity=…, priority=…; may be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l live -d 'Prints GitLab\'s own wording instead, fetched now, and how it differs from ours'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l output -d 'Writes it to this new file instead, readable by its owner alone' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l port -d 'Port of the practice API; 0 takes any free one' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l instance -d 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l data-dir -d 'Where the case database lives; default: the platform\'s data directory [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l pace -d 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l ca-file -d 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l list -d 'Lists the lessons'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l tour -d 'Walks one export from queue to receipt in the terminal'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l json -d 'One JSON object a line on stdout, the last one with "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -s h -l help -d 'Print help'
