
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
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Who the token belongs to, its scopes and expiry, the GitLab version; with a project, whether it may be exported')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'The project export: start, status, watch, download')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Reads an archive and reports what it is worth')
            [CompletionResult]::new('relations', 'relations', [CompletionResultType]::ParameterValue, 'The relations export: start, status, download')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Imports an archive, has GitLab fetch one, or imports one relation again')
            [CompletionResult]::new('case', 'case', [CompletionResultType]::ParameterValue, 'The handbook''s workflow')
            [CompletionResult]::new('text', 'text', [CompletionResultType]::ParameterValue, 'Prints a generated text')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Prints what a report of a defect needs, without tokens and without names of customers and projects')
            [CompletionResult]::new('practice', 'practice', [CompletionResultType]::ParameterValue, 'Runs the built-in practice GitLab in the foreground')
            break
        }
        'export-desk;check' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Checks first, then starts an export or follows the one that is under way')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Asks GitLab once')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watches until it finishes or fails')
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Downloads, resumes, verifies')
            break
        }
        'export-desk;export;start' {
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'Overrides the description inside the archive')
            [CompletionResult]::new('--upload-url', '--upload-url', [CompletionResultType]::ParameterName, 'Presigned URL that GitLab shall upload the archive to')
            [CompletionResult]::new('--upload-method', '--upload-method', [CompletionResultType]::ParameterName, 'How GitLab shall send the archive to that URL')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'The second yes, where that file was started here and never downloaded: the same PROJECT again')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Then download to this file or folder; implies --wait')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections to the object storage; default: chosen by size')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Yes, delete the finished export file that is there')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until it finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;watch' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;export;download' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'A file that does not exist yet, or a folder; default: the present folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'A file that does not exist yet, or a folder; default: the present folder')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections to the object storage; default: chosen by size')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Writes the receipt to a file that does not exist yet: JSON where its name ends in .json, else Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;verify' {
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Compares its counts with this live project of the instance')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Writes the receipt to a file that does not exist yet: JSON where its name ends in .json, else Markdown')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('start', 'start', [CompletionResultType]::ParameterValue, 'Checks first, then starts a relations export or follows the one that is under way')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Asks GitLab once for all relations')
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Downloads and verifies what is ready and not there yet, with a manifest.json; several files at once')
            break
        }
        'export-desk;relations;start' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--batched', '--batched', [CompletionResultType]::ParameterName, 'Large relations in batches, each a file of its own')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until every relation has ended; exit 6 where one has failed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;relations;download' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The folder; default: `<project>_relations` in the present folder')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The folder; default: `<project>_relations` in the present folder')
            [CompletionResult]::new('--relation', '--relation', [CompletionResultType]::ParameterName, 'Only this relation, for example issues; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('file', 'file', [CompletionResultType]::ParameterValue, 'Verifies an archive, checks where it goes, and sends it')
            [CompletionResult]::new('remote', 'remote', [CompletionResultType]::ParameterValue, 'Has GitLab fetch an archive, after the same HEAD request that GitLab makes')
            [CompletionResult]::new('s3', 's3', [CompletionResultType]::ParameterValue, 'Has GitLab fetch an archive from S3; the keys come from the environment (`EXPORT_DESK_S3_ACCESS_KEY_ID`, `EXPORT_DESK_S3_SECRET_ACCESS_KEY`) and are printed nowhere')
            [CompletionResult]::new('relation', 'relation', [CompletionResultType]::ParameterValue, 'Sends an archive of which GitLab takes one relation, into a project that exists')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Asks GitLab once for the import of a project')
            break
        }
        'export-desk;import;file' {
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The new project''s path, its last part alone: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: the token owner''s own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'The second yes: the full path of the very project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'An attribute of the project in place of the archive''s, for example visibility=private; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Send it although the check or its size says that GitLab will refuse it')
            [CompletionResult]::new('--retry-upload', '--retry-upload', [CompletionResultType]::ParameterName, 'Send a large archive again from the start where the upload is cut (up to 100 MiB that is done in any case)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;remote' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'An https URL; what is secret in its query is printed nowhere')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The new project''s path, its last part alone: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: the token owner''s own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'The second yes: the full path of the very project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'An attribute of the project in place of the archive''s, for example visibility=private; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until the import finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Ask GitLab although the HEAD says that it will refuse')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;s3' {
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region of the bucket, for example eu-central-1')
            [CompletionResult]::new('--bucket', '--bucket', [CompletionResultType]::ParameterName, 'Name of the bucket')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key of the object, for example exports/webshop.tar.gz')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The new project''s path, its last part alone: webshop, not group/webshop')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Full path or ID of the group; default: the token owner''s own namespace')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new project''s name; default: its path')
            [CompletionResult]::new('--yes-delete', '--yes-delete', [CompletionResultType]::ParameterName, 'The second yes: the full path of the very project that may be deleted')
            [CompletionResult]::new('--override-param', '--override-param', [CompletionResultType]::ParameterName, 'An attribute of the project in place of the archive''s, for example visibility=private; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace the project of that path, which DELETES it with everything in it; needs --yes-delete too')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until the import finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;relation' {
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Project: its numeric ID, full path (group/sub/project) or URL')
            [CompletionResult]::new('--relation', '--relation', [CompletionResultType]::ParameterName, 'Relation to import: issues, `merge_requests`, `ci_pipelines` or milestones')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until it finishes or fails')
            [CompletionResult]::new('--anyway', '--anyway', [CompletionResultType]::ParameterName, 'Send it although the check or its size says that GitLab will refuse it')
            [CompletionResult]::new('--retry-upload', '--retry-upload', [CompletionResultType]::ParameterName, 'Send a large archive again from the start where the upload is cut (up to 100 MiB that is done in any case)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;import;status' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Watch until it finishes or fails')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Opens a case')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists the cases')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'One case: stage, facts, next step, clocks')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Sets facts; an empty value clears one')
            [CompletionResult]::new('event', 'event', [CompletionResultType]::ParameterValue, 'Records that something happened')
            [CompletionResult]::new('ledger', 'ledger', [CompletionResultType]::ParameterValue, 'Every one-time offer ever sent')
            [CompletionResult]::new('issues', 'issues', [CompletionResultType]::ParameterValue, 'Issues of the bug tracker for a case, the known ones first; with --requests, earlier requests for its project')
            [CompletionResult]::new('post', 'post', [CompletionResultType]::ParameterValue, 'Shows what would be posted for a case; with --yes, posts it')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Verifies the journal''s hash chain')
            break
        }
        'export-desk;case;new' {
            [CompletionResult]::new('--ticket', '--ticket', [CompletionResultType]::ParameterName, 'URL of the customer''s ticket')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Project: its numeric ID, full path (group/sub/project) or URL')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;list' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;show' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;set' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;event' {
            [CompletionResult]::new('--override', '--override', [CompletionResultType]::ParameterName, 'Why a second offer is made although one was sent for this project')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;ledger' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the offers are printed')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;issues' {
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Words in title or description; default: from the case''s messages')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--closed', '--closed', [CompletionResultType]::ParameterName, 'Closed ones too')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'Earlier requests for the case''s project in place of bugs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;post' {
            [CompletionResult]::new('--issue', '--issue', [CompletionResultType]::ParameterName, 'The issue to comment on; default: the case''s bug issue')
            [CompletionResult]::new('--say', '--say', [CompletionResultType]::ParameterName, 'An answer that no fact holds: plan=Premium, urgency=…, impact=…, severity=…, priority=…; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Post it')
            [CompletionResult]::new('--internal', '--internal', [CompletionResultType]::ParameterName, 'The comment is for members of the project alone')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;case;audit' {
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;text' {
            [CompletionResult]::new('--case', '--case', [CompletionResultType]::ParameterName, 'Number of the case, as `case list` shows it')
            [CompletionResult]::new('--say', '--say', [CompletionResultType]::ParameterName, 'An answer that no fact holds: plan=Premium, urgency=…, impact=…, severity=…, priority=…; may be repeated')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Prints GitLab''s own wording instead, fetched now, and how it differs from ours')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;diagnose' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Writes it to this new file instead, readable by its owner alone')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'export-desk;practice' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the practice API; 0 takes any free one')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com> [env: `EXPORT_DESK_INSTANCE`]')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Where the case database lives; default: the platform''s data directory [env: `EXPORT_DESK_DATA_DIR`]')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Lists the lessons')
            [CompletionResult]::new('--tour', '--tour', [CompletionResultType]::ParameterName, 'Walks one export from queue to receipt in the terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'One JSON object a line on stdout, the last one with "event":"result"')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
