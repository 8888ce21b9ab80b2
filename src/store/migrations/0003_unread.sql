-- Columns and indices that nothing reads. What is known of a case is in its `body`; a transfer's report is in its receipt.

DROP INDEX runs_of_case;
DROP INDEX transfers_of_case;
DROP INDEX relations_runs_of_case;
DROP INDEX imports_of_case;
DROP INDEX journal_of_run;

ALTER TABLE instances DROP COLUMN label;

ALTER TABLE transfers DROP COLUMN report;

-- `private_data_deleted_at_ms` stays: the journal's trigger asks for it.
ALTER TABLE cases DROP COLUMN instance;
ALTER TABLE cases DROP COLUMN ticket_id;
ALTER TABLE cases DROP COLUMN project_id;
ALTER TABLE cases DROP COLUMN project_path;
ALTER TABLE cases DROP COLUMN stage;
ALTER TABLE cases DROP COLUMN created_at_ms;
ALTER TABLE cases DROP COLUMN closed_at_ms;
ALTER TABLE cases DROP COLUMN archived;
ALTER TABLE cases DROP COLUMN revision;

-- A job's row is its number, the case it belongs to, and the job itself.
ALTER TABLE runs DROP COLUMN instance;
ALTER TABLE runs DROP COLUMN project_id;
ALTER TABLE runs DROP COLUMN project_path;
ALTER TABLE runs DROP COLUMN phase;
ALTER TABLE runs DROP COLUMN created_at_ms;
ALTER TABLE runs DROP COLUMN ended_at_ms;
ALTER TABLE relations_runs DROP COLUMN instance;
ALTER TABLE relations_runs DROP COLUMN project_id;
ALTER TABLE relations_runs DROP COLUMN project_path;
ALTER TABLE relations_runs DROP COLUMN created_at_ms;
ALTER TABLE relations_runs DROP COLUMN ended_at_ms;
ALTER TABLE imports DROP COLUMN instance;
ALTER TABLE imports DROP COLUMN target_path;
ALTER TABLE imports DROP COLUMN created_at_ms;
ALTER TABLE imports DROP COLUMN ended_at_ms;
