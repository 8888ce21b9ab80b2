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

complete -c export-desk -n "__fish_export_desk_needs_command" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_needs_command" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_needs_command" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_needs_command" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_needs_command" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c export-desk -n "__fish_export_desk_needs_command" -s V -l version -d 'Print version'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "check" -d 'Shows the token\'s owner, scopes and expiry, and the GitLab version; with a project, whether the token can export it'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "export" -d 'Starts, watches and downloads a project export'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "verify" -d 'Verifies an archive and reports whether GitLab can import it'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "relations" -d 'Starts, watches and downloads a relations export, one file per relation'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "import" -d 'Imports an archive from a file, a URL or S3, or one relation of it'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "case" -d 'Leads through the handbook\'s workflow for a customer\'s ticket'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "text" -d 'Prints the draft of a reply, a request or an issue'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "token" -d 'Keeps the token of an instance in the system\'s password store, shows it is there, or removes it'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "instances" -d 'Lists the GitLab instances that Export Desk knows, and where their tokens are'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "diagnose" -d 'Prints diagnostics for a bug report, without tokens and without names of customers and projects'
complete -c export-desk -n "__fish_export_desk_needs_command" -f -a "practice" -d 'Runs the built-in practice GitLab in the foreground'
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l contents -d 'Also list what an export of the project leaves out, with counts where GitLab reports them'
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand check" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -f -a "start" -d 'Starts exports of one or many projects, or watches those that are running'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -f -a "resume" -d 'Continues exports of many projects with what is left: `export start --download FOLDER`'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -f -a "status" -d 'Shows the GitLab status of the export'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -f -a "watch" -d 'Watches the export until it finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and not __fish_seen_subcommand_from start resume status watch download" -f -a "download" -d 'Downloads the archive, or resumes the download, and verifies it'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l from -d 'Also export the projects of this list, one a line, in any form; - reads standard input' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l group -d 'Also export the projects of this group: its ID, full path or URL' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l min-access -d 'Only projects in which you have at least this role: guest, planner, reporter, developer, maintainer or owner, or its number; default: maintainer, or every project for an administrator' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l description -d 'Description of the project inside the archive' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l upload-url -d 'Presigned URL to which GitLab uploads the archive' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l upload-method -d 'HTTP method of that upload' -r -f -a "PUT\t''
POST\t''"
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l yes-delete -d 'Also delete it where it was exported here and never downloaded: the same PROJECT again' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l download -d 'Then download the archive to this file or folder; implies --wait' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l connections -d 'Connections to the object storage; default: chosen by size' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l recursive -d 'Also those of its subgroups'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l archived -d 'Also its archived projects'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l yes -d 'Export more than 100 projects of a group without a question'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l dry-run -d 'Show which projects can be exported and why not, and request nothing'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l replace -d 'Delete the existing export file on GitLab first; it cannot be restored'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l wait -d 'Wait until the export finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -s o -l output -d 'A folder, or a file that does not exist yet; default: the current folder' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l connections -d 'Connections to the object storage; default: chosen by size' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l receipt -d 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand export; and __fish_seen_subcommand_from download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l against -d 'Also compare the archive\'s counts with this live project' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l receipt -d 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l deep -d 'Also check every object of large repositories, as git does; needs free space for them in the folder for temporary files'
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand verify" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "start" -d 'Starts a relations export, or watches the one that is running'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "status" -d 'Shows the GitLab status of all relations'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "download" -d 'Downloads and verifies the files that are ready and missing here, with a manifest.json'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "fill" -d 'Reads from GitLab what the relations export lacks: members, wiki and snippet repositories; a build then adds them'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "build" -d 'Rebuilds an importable archive from downloaded relation files; needs no network'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and not __fish_seen_subcommand_from start status download fill build rebuild" -f -a "rebuild" -d 'Exports the relations, downloads their files and builds an archive; continues an interrupted rebuild'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l batched -d 'Export large relations in batches, one file per batch; this is the default'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l unbatched -d 'Export each relation as one file; without batches, GitLab does not report which records it skipped'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l wait -d 'Wait until every relation has ended; the exit code is 6 if one has failed'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l replace -d 'Start although this deletes files of the previous export that were not downloaded'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l relation -d 'Show only this relation, for example issues; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -s o -l output -d 'Folder for the files; default: `<project>_relations` in the current folder, with the host of the instance in its name where another project has that folder' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l relation -d 'Only this relation, for example issues; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l batch -d 'Only this batch of the relation; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from download" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l members -d 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from fill" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -s o -l output -d 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder DIR. A set is in a folder of this name that ends in `_set`' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l without -d 'Leave out this relation, for example `ci_pipelines`; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l limit -d 'The destination\'s import limit, for example 10GiB: builds a set if one archive would be larger, and keeps every part below it; default with --split: 5 GiB, the limit of GitLab.com' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l members -d 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l receipt -d 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l allow-gaps -d 'Build even if data is missing; the result and the receipt list every gap'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l split -d 'Builds a set for separate imports: a base archive without merge requests and pipelines, and parts with them; `import set` imports the set'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from build" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -s o -l output -d 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder, or that of the rebuild that continues. A set is in a folder of this name that ends in `_set`' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l folder -d 'Folder for the relation files; default: that of the rebuild that continues, or `<project>_relations` in the current folder, with the host of the instance in its name where another project has that folder' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l without -d 'Leave out this relation, for example `ci_pipelines`; can be repeated. `none` leaves nothing out, also where the rebuild that continues did' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l limit -d 'The destination\'s import limit, for example 10GiB: a larger archive becomes a set for `import set`; default: the limit in the settings, otherwise 5 GiB, the limit of GitLab.com' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l members -d 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l case -d 'The case that the archive is for' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l receipt -d 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l allow-gaps -d 'Build although data is missing; the result and the receipt list every gap'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l replace -d 'Start although this deletes files of the previous export that were not downloaded'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l existing -d 'Use the finished relations export that GitLab has already, instead of a new one'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l split -d 'Build a set even if one archive would keep the limit'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand relations; and __fish_seen_subcommand_from rebuild" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "file" -d 'Verifies an archive and uploads it into a new project'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "set" -d 'Imports a set of archives that `relations build --split` has built: the base archive into a new project, then one part after another; waits until the end. The same command continues a set that was interrupted or has stopped'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "remote" -d 'Imports an archive from a URL, after the same check with HEAD that GitLab makes'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "s3" -d 'Has GitLab fetch an archive from S3; the keys come from the environment (`EXPORT_DESK_S3_ACCESS_KEY_ID`, `EXPORT_DESK_S3_SECRET_ACCESS_KEY`) and are printed nowhere'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "relation" -d 'Imports one relation of an archive into an existing project'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and not __fish_seen_subcommand_from file set remote s3 relation status" -f -a "status" -d 'Shows the GitLab status of an import'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l path -d 'Last part of the new project\'s path: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l namespace -d 'Full path or ID of the group; default: your own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l yes-delete -d 'Confirm the deletion: the full path of the project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l override-param -d 'Attribute that overrides the archive\'s, for example visibility=private; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l overwrite -d 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l anyway -d 'Upload even if the check or the size says that GitLab will reject the archive'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l retry-upload -d 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from file" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l path -d 'Last part of the new project\'s path: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l namespace -d 'Full path or ID of the group; default: your own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l yes-delete -d 'Confirm the deletion: the full path of the project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l override-param -d 'Attribute that overrides the archive\'s, for example visibility=private; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l overwrite -d 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l anyway -d 'Upload even if the check or the size says that GitLab will reject the archive'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l retry-upload -d 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l url -d 'The https URL of the archive; Export Desk never prints its query' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l path -d 'Last part of the new project\'s path: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l namespace -d 'Full path or ID of the group; default: your own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l yes-delete -d 'Confirm the deletion: the full path of the project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l override-param -d 'Attribute that overrides the archive\'s, for example visibility=private; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l overwrite -d 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l anyway -d 'Import even if the check with HEAD says that GitLab will reject the URL'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from remote" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l region -d 'AWS region of the bucket, for example eu-central-1' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l bucket -d 'Name of the bucket' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l key -d 'Key of the object, for example exports/webshop.tar.gz' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l path -d 'Last part of the new project\'s path: webshop, not group/webshop' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l namespace -d 'Full path or ID of the group; default: your own namespace' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l name -d 'The new project\'s name; default: its path' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l yes-delete -d 'Confirm the deletion: the full path of the project that may be deleted' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l override-param -d 'Attribute that overrides the archive\'s, for example visibility=private; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l overwrite -d 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from s3" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l project -d 'The project\'s ID, full path (group/sub/project) or URL' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l relation -d 'Relation to import: issues, `merge_requests`, `ci_pipelines` or milestones' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l anyway -d 'Upload even if the check or the size says that GitLab will reject the archive'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l retry-upload -d 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from relation" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l wait -d 'Wait until the import finishes or fails'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand import; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "new" -d 'Opens a case'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "list" -d 'Lists the cases'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "show" -d 'Shows a case: stage, facts, next step and deadlines'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "set" -d 'Sets or clears facts'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "event" -d 'Records an event of the workflow'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "note" -d 'Adds a note to a case: free text, which only the report contains'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "remind" -d 'Sets a reminder: when to return to a case'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "ledger" -d 'Lists every one-time offer (the offer log)'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "issues" -d 'Searches the bug tracker for issues of a case, known issues first; with --requests, earlier requests for its project'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "post" -d 'Shows what would be posted for a case; with --yes, posts it'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "clean" -d 'Deletes the private data of a closed case, and the archives and relation files of its project; without --yes, only lists them'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and not __fish_seen_subcommand_from new list show set event note remind ledger issues post clean audit" -f -a "audit" -d 'Verifies the journal\'s hash chain, and the tables against it'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l ticket -d 'URL of the customer\'s ticket' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l project -d 'The project\'s ID, full path (group/sub/project) or URL' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l override -d 'Reason for a second offer, when this project has already had one' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from event" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l at -d 'Changes the note with this time, as `case show` prints it; an empty text removes the note' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from note" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l why -d 'What to do then' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from remind" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l format -d 'Format of the list' -r -f -a "csv\t''
markdown\t''
json\t''"
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from ledger" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l search -d 'Words from the title or description; default: words from the case\'s messages' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l closed -d 'Include closed issues'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l requests -d 'Search for earlier requests for the case\'s project instead of bugs'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from issues" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l issue -d 'URL of the issue to comment on; default: the case\'s bug issue' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l say -d 'Answer to a question of the text: plan=Premium, urgency=…, impact=…, severity=… or priority=…; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l yes -d 'Post the text; without this option, it is only shown'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l internal -d 'Post an internal note, which only members of the project can read'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from post" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l yes -d 'Delete; without this option, the command only lists what it would delete'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand case; and __fish_seen_subcommand_from audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l case -d 'ID of the case, as `case list` shows it' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l say -d 'Answer to a question of the text: plan=Premium, urgency=…, impact=…, severity=… or priority=…; can be repeated' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l live -d 'Fetch and print GitLab\'s own text instead, and its differences to the built-in text'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand text" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -f -a "set" -d 'Reads a token from standard input without showing it, checks it, and keeps it in the system\'s password store'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -f -a "status" -d 'Shows which token commands use for the instance, and what `check` says about it'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and not __fish_seen_subcommand_from set status forget" -f -a "forget" -d 'Removes the token of the instance from the system\'s password store, and the instance from the list'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand token; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand instances" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l output -d 'Write the report to this new file, which only you can read' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand diagnose" -s h -l help -d 'Print help'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l port -d 'Port of the practice API; 0 uses any free port' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l instance -d 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l data-dir -d 'Folder of the case database; default: the system\'s data folder [env: `EXPORT_DESK_DATA_DIR`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l pace -d 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]' -r
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l ca-file -d 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]' -r -F
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l list -d 'List the lessons'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l tour -d 'Show one export in the terminal, from the request to the receipt'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -l json -d 'Print one JSON object per line; the last one has "event":"result"'
complete -c export-desk -n "__fish_export_desk_using_subcommand practice" -s h -l help -d 'Print help'
