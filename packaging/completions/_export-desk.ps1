
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'export-desk' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'export-desk'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'export-desk' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Shows the token''s owner, scopes and expiry, and the GitLab version; with a project, whether the token can export it')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Starts, watches and downloads a project export')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verifies an archive and reports whether GitLab can import it')
            [CompletionResult]::new('relations', 'relations', [CompletionResultType]::ParameterValue, 'Starts, watches and downloads a relations export, one file per relation')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Imports an archive from a file, a URL or S3, or one relation of it')
            [CompletionResult]::new('case', 'case', [CompletionResultType]::ParameterValue, 'Leads through the handbook''s workflow for a customer''s ticket')
            [CompletionResult]::new('text', 'text', [CompletionResultType]::ParameterValue, 'Prints the draft of a reply, a request or an issue')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'Keeps the token of an instance in the system''s password store, shows it is there, or removes it')
            [CompletionResult]::new('instances', 'instances', [CompletionResultType]::ParameterValue, 'Lists the GitLab instances that Export Desk knows, and where their tokens are')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Prints diagnostics for a bug report, without tokens and without names of customers and projects')
            [CompletionResult]::new('practice', 'practice', [CompletionResultType]::ParameterValue, 'Runs the built-in practice GitLab in the foreground')
            break
        }
        'export-desk;check' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--contents', '--contents', [CompletionResultType]::ParameterName, 'Also list what an export of the project leaves out, with counts where GitLab reports them')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Starts exports of one or many projects, or watches those that are running')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Continues exports of many projects with what is left: `export start --download FOLDER`')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows the GitLab status of the export')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watches the export until it finishes or fails')
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Downloads the archive, or resumes the download, and verifies it')
            break
        }
        'export-desk;export;start' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Also export the projects of this list, one a line, in any form; - reads standard input')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Also export the projects of this group: its ID, full path or URL')
            [CompletionResult]::new('--min-access', '--min-access', [CompletionResultType]::ParameterName, 'Only projects in which you have at least this role: guest, planner, reporter, developer, maintainer or owner, or its number; default: maintainer, or every project for an administrator')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'Description of the project inside the archive')
            [CompletionResult]::new('--upload-url', '--upload-url', [CompletionResultType]::ParameterName, 'Presigned URL to which GitLab uploads the archive')
            [CompletionResult]::new('--upload-method', '--upload-method', [CompletionResultType]::ParameterName, 'HTTP method of that upload')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'Also delete it where it was exported here and never downloaded: the same PROJECT again')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Then download the archive to this file or folder; implies --wait')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections to the object storage; default: chosen by size')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Also those of its subgroups')
            [CompletionResult]::new('--archived', '--archived', [CompletionResultType]::ParameterName, 'Also its archived projects')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Export more than 100 projects of a group without a question')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show which projects can be exported and why not, and request nothing')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Delete the existing export file on GitLab first; it cannot be restored')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the export finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;resume' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;watch' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;download' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'A folder, or a file that does not exist yet; default: the current folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'A folder, or a file that does not exist yet; default: the current folder')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections to the object storage; default: chosen by size')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;verify' {
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Also compare the archive''s counts with this live project')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Also check every object of large repositories, as git does; needs free space for them in the folder for temporary files')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Starts a relations export, or watches the one that is running')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows the GitLab status of all relations')
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Downloads and verifies the files that are ready and missing here, with a manifest.json')
            [CompletionResult]::new('fill', 'fill', [CompletionResultType]::ParameterValue, 'Reads from GitLab what the relations export lacks: members, wiki and snippet repositories; a build then adds them')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Rebuilds an importable archive from downloaded relation files; needs no network')
            [CompletionResult]::new('rebuild', 'rebuild', [CompletionResultType]::ParameterValue, 'Exports the relations, downloads their files and builds an archive; continues an interrupted rebuild')
            break
        }
        'export-desk;relations;start' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--batched', '--batched', [CompletionResultType]::ParameterName, 'Export large relations in batches, one file per batch; this is the default')
            [CompletionResult]::new('--unbatched', '--unbatched', [CompletionResultType]::ParameterName, 'Export each relation as one file; without batches, GitLab does not report which records it skipped')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until every relation has ended; the exit code is 6 if one has failed')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Start although this deletes files of the previous export that were not downloaded')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;status' {
            [CompletionResult]::new('--relation', '--relation', [CompletionResultType]::ParameterName, 'Show only this relation, for example issues; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;download' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder for the files; default: `<project>_relations` in the current folder, with the host of the instance in its name where another project has that folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder for the files; default: `<project>_relations` in the current folder, with the host of the instance in its name where another project has that folder')
            [CompletionResult]::new('--relation', '--relation', [CompletionResultType]::ParameterName, 'Only this relation, for example issues; can be repeated')
            [CompletionResult]::new('--batch', '--batch', [CompletionResultType]::ParameterName, 'Only this batch of the relation; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;fill' {
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;build' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder DIR. A set is in a folder of this name that ends in `_set`')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder DIR. A set is in a folder of this name that ends in `_set`')
            [CompletionResult]::new('--without', '--without', [CompletionResultType]::ParameterName, 'Leave out this relation, for example `ci_pipelines`; can be repeated')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The destination''s import limit, for example 10GiB: builds a set if one archive would be larger, and keeps every part below it; default with --split: 5 GiB, the limit of GitLab.com')
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--allow-gaps', '--allow-gaps', [CompletionResultType]::ParameterName, 'Build even if data is missing; the result and the receipt list every gap')
            [CompletionResult]::new('--split', '--split', [CompletionResultType]::ParameterName, 'Builds a set for separate imports: a base archive without merge requests and pipelines, and parts with them; `import set` imports the set')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;rebuild' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder, or that of the rebuild that continues. A set is in a folder of this name that ends in `_set`')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder, or that of the rebuild that continues. A set is in a folder of this name that ends in `_set`')
            [CompletionResult]::new('--folder', '--folder', [CompletionResultType]::ParameterName, 'Folder for the relation files; default: that of the rebuild that continues, or `<project>_relations` in the current folder, with the host of the instance in its name where another project has that folder')
            [CompletionResult]::new('--without', '--without', [CompletionResultType]::ParameterName, 'Leave out this relation, for example `ci_pipelines`; can be repeated. `none` leaves nothing out, also where the rebuild that continues did')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The destination''s import limit, for example 10GiB: a larger archive becomes a set for `import set`; default: the limit in the settings, otherwise 5 GiB, the limit of GitLab.com')
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly these addresses go in')
            [CompletionResult]::new('--case', '--case', [CompletionResultType]::ParameterName, 'The case that the archive is for')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--allow-gaps', '--allow-gaps', [CompletionResultType]::ParameterName, 'Build although data is missing; the result and the receipt list every gap')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Start although this deletes files of the previous export that were not downloaded')
            [CompletionResult]::new('--existing', '--existing', [CompletionResultType]::ParameterName, 'Use the finished relations export that GitLab has already, instead of a new one')
            [CompletionResult]::new('--split', '--split', [CompletionResultType]::ParameterName, 'Build a set even if one archive would keep the limit')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('file', 'file', [CompletionResultType]::ParameterValue, 'Verifies an archive and uploads it into a new project')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Imports a set of archives that `relations build --split` has built: the base archive into a new project, then one part after another; waits until the end. The same command continues a set that was interrupted or has stopped')
            [CompletionResult]::new('remote', 'remote', [CompletionResultType]::ParameterValue, 'Imports an archive from a URL, after the same check with HEAD that GitLab makes')
            [CompletionResult]::new('s3', 's3', [CompletionResultType]::ParameterValue, 'Has GitLab fetch an archive from S3; the keys come from the environment (`EXPORT_DESK_S3_ACCESS_KEY_ID`, `EXPORT_DESK_S3_SECRET_ACCESS_KEY`) and are printed nowhere')
            [CompletionResult]::new('relation', 'relation', [CompletionResultType]::ParameterValue, 'Imports one relation of an archive into an existing project')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows the GitLab status of an import')
            break
        }
        'export-desk;import;file' {
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Last part of the new project''s path: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: your own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'Confirm the deletion: the full path of the project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'Attribute that overrides the archive''s, for example visibility=private; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Upload even if the check or the size says that GitLab will reject the archive')
            [CompletionResult]::new('--retry-upload', '--retry-upload', [CompletionResultType]::ParameterName, 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;set' {
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Last part of the new project''s path: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: your own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'Confirm the deletion: the full path of the project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'Attribute that overrides the archive''s, for example visibility=private; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Upload even if the check or the size says that GitLab will reject the archive')
            [CompletionResult]::new('--retry-upload', '--retry-upload', [CompletionResultType]::ParameterName, 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;remote' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The https URL of the archive; Export Desk never prints its query')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Last part of the new project''s path: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: your own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'Confirm the deletion: the full path of the project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'Attribute that overrides the archive''s, for example visibility=private; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Import even if the check with HEAD says that GitLab will reject the URL')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;s3' {
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region of the bucket, for example eu-central-1')
            [CompletionResult]::new('--bucket', '--bucket', [CompletionResultType]::ParameterName, 'Name of the bucket')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key of the object, for example exports/webshop.tar.gz')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Last part of the new project''s path: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: your own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'Confirm the deletion: the full path of the project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'Attribute that overrides the archive''s, for example visibility=private; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the existing project at that path: DELETES it with everything in it; also needs --yes-delete')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;relation' {
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'The project''s ID, full path (group/sub/project) or URL')
            [CompletionResult]::new('--relation', '--relation', [CompletionResultType]::ParameterName, 'Relation to import: issues, `merge_requests`, `ci_pipelines` or milestones')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Upload even if the check or the size says that GitLab will reject the archive')
            [CompletionResult]::new('--retry-upload', '--retry-upload', [CompletionResultType]::ParameterName, 'Upload again from the start after an interruption; up to 100 MiB, Export Desk always does this')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the import finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Opens a case')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists the cases')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Shows a case: stage, facts, next step and deadlines')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Sets or clears facts')
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Records an event of the workflow')
            [CompletionResult]::new('note', 'note', [CompletionResultType]::ParameterValue, 'Adds a note to a case: free text, which only the report contains')
            [CompletionResult]::new('remind', 'remind', [CompletionResultType]::ParameterValue, 'Sets a reminder: when to return to a case')
            [CompletionResult]::new('ledger', 'ledger', [CompletionResultType]::ParameterValue, 'Lists every one-time offer (the offer log)')
            [CompletionResult]::new('issues', 'issues', [CompletionResultType]::ParameterValue, 'Searches the bug tracker for issues of a case, known issues first; with --requests, earlier requests for its project')
            [CompletionResult]::new('post', 'post', [CompletionResultType]::ParameterValue, 'Shows what would be posted for a case; with --yes, posts it')
            [CompletionResult]::new('clean', 'clean', [CompletionResultType]::ParameterValue, 'Deletes the private data of a closed case, and the archives and relation files of its project; without --yes, only lists them')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Verifies the journal''s hash chain, and the tables against it')
            break
        }
        'export-desk;case;new' {
            [CompletionResult]::new('--ticket', '--ticket', [CompletionResultType]::ParameterName, 'URL of the customer''s ticket')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'The project''s ID, full path (group/sub/project) or URL')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;list' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;show' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;set' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;event' {
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Reason for a second offer, when this project has already had one')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;note' {
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Changes the note with this time, as `case show` prints it; an empty text removes the note')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;remind' {
            [CompletionResult]::new('--why', '--why', [CompletionResultType]::ParameterName, 'What to do then')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;ledger' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the list')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;issues' {
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Words from the title or description; default: words from the case''s messages')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--closed', '--closed', [CompletionResultType]::ParameterName, 'Include closed issues')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'Search for earlier requests for the case''s project instead of bugs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;post' {
            [CompletionResult]::new('--issue', '--issue', [CompletionResultType]::ParameterName, 'URL of the issue to comment on; default: the case''s bug issue')
            [CompletionResult]::new('--say', '--say', [CompletionResultType]::ParameterName, 'Answer to a question of the text: plan=Premium, urgency=…, impact=…, severity=… or priority=…; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Post the text; without this option, it is only shown')
            [CompletionResult]::new('--internal', '--internal', [CompletionResultType]::ParameterName, 'Post an internal note, which only members of the project can read')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;clean' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Delete; without this option, the command only lists what it would delete')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;audit' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'export-desk;text' {
            [CompletionResult]::new('--case', '--case', [CompletionResultType]::ParameterName, 'ID of the case, as `case list` shows it')
            [CompletionResult]::new('--say', '--say', [CompletionResultType]::ParameterName, 'Answer to a question of the text: plan=Premium, urgency=…, impact=…, severity=… or priority=…; can be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Fetch and print GitLab''s own text instead, and its differences to the built-in text')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;token' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Reads a token from standard input without showing it, checks it, and keeps it in the system''s password store')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows which token commands use for the instance, and what `check` says about it')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Removes the token of the instance from the system''s password store, and the instance from the list')
            break
        }
        'export-desk;token;set' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;token;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;token;forget' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;instances' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;diagnose' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to this new file, which only you can read')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;practice' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the practice API; 0 uses any free port')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Folder of the case database; default: the system''s data folder [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List the lessons')
            [CompletionResult]::new('--tour', '--tour', [CompletionResultType]::ParameterName, 'Show one export in the terminal, from the request to the receipt')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object per line; the last one has "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
