-- Who changed what, when: written in the transaction of the change itself, never changed again.

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    who text NOT NULL CHECK (who <> ''), -- "key 12", "admin key", "console uid=0"
    business_id bigint, -- NULL: about the node
    what text NOT NULL CHECK (what <> ''), -- "run.pause"
    subject bigint, -- the run, job or lead
    detail jsonb NOT NULL DEFAULT '{}'
);
-- A business's entries, newest first. (All businesses': the primary key.)
CREATE INDEX audit_by_business ON audit_log (business_id, id DESC) WHERE business_id IS NOT NULL;

CREATE FUNCTION audit_log_stands() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'audit_log is only ever added to'; END $$;
CREATE TRIGGER audit_log_stands BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_stands();
CREATE TRIGGER audit_log_is_kept BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stands();
