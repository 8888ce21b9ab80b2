-- An offer that was recorded by mistake is marked as withdrawn, once. Its line stays and is otherwise never changed.

ALTER TABLE offers ADD COLUMN withdrawn_at_ms INTEGER;
DROP TRIGGER offers_only_learn;
CREATE TRIGGER offers_only_learn BEFORE UPDATE ON offers
WHEN NOT (
    NEW.id IS OLD.id AND NEW.at_ms IS OLD.at_ms AND NEW.case_id IS OLD.case_id AND NEW.instance IS OLD.instance
    AND NEW.ticket_url IS OLD.ticket_url AND NEW.ticket_id IS OLD.ticket_id
    AND NEW.sent_by IS OLD.sent_by AND NEW.override_reason IS OLD.override_reason
    AND (NEW.withdrawn_at_ms IS OLD.withdrawn_at_ms OR OLD.withdrawn_at_ms IS NULL)
)
BEGIN
    SELECT RAISE(ABORT, 'a line of the ledger is never changed');
END;
