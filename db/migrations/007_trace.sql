-- From a request of the API to its calls, and each call's course.

ALTER TABLE outbound_call_runs ADD COLUMN request_id text; -- of the request that ordered the run

ALTER TABLE outbound_call_jobs
    ADD COLUMN request_id text, -- of a direct call, or of the order to call once more; else the run's
    ADD COLUMN course text; -- of the attempt that is live, and of those put back before it

ALTER TABLE call_attempts
    ADD COLUMN request_id text, -- as its job had it
    ADD COLUMN course text; -- "slot 1764436800123456;post +4012;answer +81240 201;ringing +1002877 1"

ALTER TABLE audit_log ADD COLUMN request_id text;
