-- `calling` changes no column that an index names, so that it leaves all of them alone (a HOT update);
-- a claim touches only the indexes of live calls, an end only the keys. What is queued and what is live
-- is told by slot and end, as the check says, instead of by the status.

UPDATE outbound_call_jobs SET ended_at = coalesce(calling_at, dial_started_at, created_at)
WHERE ended_at IS NULL AND status IN ('completed', 'failed', 'cancelled');
UPDATE outbound_call_jobs SET ended_at = NULL
WHERE ended_at IS NOT NULL AND status NOT IN ('completed', 'failed', 'cancelled');

-- One check instead of three: each is read anew by every statement.
ALTER TABLE outbound_call_jobs
    DROP CONSTRAINT live_call_has_a_slot,
    DROP CONSTRAINT in_doubt_is_dialing,
    DROP CONSTRAINT outbound_call_jobs_status_check,
    ADD CONSTRAINT status_slot_and_end CHECK (CASE status
        WHEN 'queued' THEN slot IS NULL AND ended_at IS NULL AND in_doubt_since IS NULL
        WHEN 'dialing' THEN slot IS NOT NULL AND ended_at IS NULL
        WHEN 'calling' THEN slot IS NOT NULL AND ended_at IS NULL AND in_doubt_since IS NULL
        ELSE status IN ('completed', 'failed', 'cancelled') AND slot IS NULL AND ended_at IS NOT NULL
             AND in_doubt_since IS NULL
        END);

DROP INDEX live_number, run_queue, queue_by_time, direct_waiting;
CREATE UNIQUE INDEX live_number ON outbound_call_jobs (business_id, phone_e164) WHERE slot IS NOT NULL;
-- A run's queue.
CREATE INDEX run_queue ON outbound_call_jobs (business_id, run_id, id)
    WHERE run_id IS NOT NULL AND slot IS NULL AND ended_at IS NULL;
-- Which queued job is due next.
CREATE INDEX queue_by_time ON outbound_call_jobs (business_id, run_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL AND slot IS NULL AND ended_at IS NULL;
-- Direct calls that wait for another attempt: few, asked for at start.
CREATE INDEX direct_waiting ON outbound_call_jobs (business_id, id)
    WHERE run_id IS NULL AND slot IS NULL AND ended_at IS NULL;
