-- What the reconciler must remember beyond a restart.

-- Calls that ring outside the ledger: of an attempt that was given up (or a second call of one
-- attempt). Each takes one call from its business's limit until it has ended.
CREATE TABLE stray_calls (
    business_id bigint NOT NULL REFERENCES businesses (id),
    call_sid text NOT NULL CHECK (length(call_sid) <= 128),
    job_id bigint NOT NULL, -- as its callback named it; such a job need not exist
    dial_lock_token uuid NOT NULL,
    phone_e164 text NOT NULL,
    reason text NOT NULL,
    found_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (business_id, call_sid)
);
-- Read with a business's truth, and when the server looks for work at its start.
CREATE INDEX strays_live ON stray_calls (business_id, call_sid) WHERE ended_at IS NULL;

-- Caller IDs that the business had before: a call placed under one of them is listed under it.
ALTER TABLE businesses ADD COLUMN former_phones text[] NOT NULL DEFAULT '{}';
