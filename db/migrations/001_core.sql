-- The core: businesses and their slots, leads, runs, jobs (the ledger of live calls), attempts.
-- Every key begins with business_id, so that the tables can be distributed or partitioned by it.

CREATE SEQUENCE business_ids;
CREATE SEQUENCE lead_ids;
CREATE SEQUENCE run_ids;
CREATE SEQUENCE job_ids CACHE 100;

-- Which process works on which businesses (business_id % the number of shards). The epoch fences:
-- every transaction of the store takes its shards' rows FOR SHARE and compares.
CREATE TABLE shards (
    shard integer PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    owner text NOT NULL DEFAULT '',
    taken_at timestamptz
);
INSERT INTO shards (shard) SELECT generate_series(0, 31);

CREATE TABLE businesses (
    id bigint PRIMARY KEY DEFAULT nextval('business_ids'),
    name text NOT NULL CHECK (name <> ''),
    phone_e164 text NOT NULL UNIQUE CHECK (phone_e164 ~ '^\+[1-9][0-9]{1,14}$'),
    max_outbound_calls integer NOT NULL DEFAULT 3 CHECK (max_outbound_calls BETWEEN 0 AND 100),
    time_zone text NOT NULL DEFAULT 'UTC',
    region text NOT NULL DEFAULT 'US',
    default_script jsonb,
    ring_timeout_s integer NOT NULL DEFAULT 60 CHECK (ring_timeout_s BETWEEN 5 AND 600),
    redial_in_doubt boolean NOT NULL DEFAULT true,
    suspended boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL
);

-- The limit, as rows: a live call must point to one of them, so there can't be more calls than rows.
CREATE TABLE call_slots (
    business_id bigint NOT NULL REFERENCES businesses (id),
    slot integer NOT NULL CHECK (slot >= 1),
    PRIMARY KEY (business_id, slot)
);

CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    business_id bigint REFERENCES businesses (id), -- NULL: an admin key
    name text NOT NULL DEFAULT '',
    role text NOT NULL CHECK (role IN ('read', 'operate', 'admin')),
    key_sha256 bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE leads (
    business_id bigint NOT NULL REFERENCES businesses (id),
    id bigint NOT NULL DEFAULT nextval('lead_ids'),
    phone_e164 text NOT NULL CHECK (phone_e164 ~ '^\+[1-9][0-9]{1,14}$'),
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    external_id text NOT NULL DEFAULT '',
    time_zone text NOT NULL DEFAULT '',
    notes text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'do_not_call')),
    created_at timestamptz NOT NULL,
    deleted_at timestamptz, -- marked, never removed: jobs point here
    PRIMARY KEY (business_id, id)
);
-- Import: finds a lead by number; materialising a run: finds an earlier lead of the same number.
CREATE INDEX leads_by_phone ON leads (business_id, phone_e164, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX leads_by_external_id ON leads (business_id, external_id)
    WHERE external_id <> '' AND deleted_at IS NULL;

CREATE TABLE outbound_call_runs (
    business_id bigint NOT NULL REFERENCES businesses (id),
    id bigint NOT NULL DEFAULT nextval('run_ids'),
    name text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'paused', 'completed', 'cancelled', 'failed')),
    concurrency integer NOT NULL CHECK (concurrency >= 1),
    script jsonb,
    -- The selection: a list in order, or a filter over the leads up to selection_last_lead.
    selected_leads bigint[],
    selection_filter jsonb,
    selection_last_lead bigint,
    selection_cursor bigint NOT NULL DEFAULT 0, -- list: how many are done; filter: the last lead id
    selection_open boolean NOT NULL DEFAULT false,
    -- Kept by the transactions that change jobs. Live ones are few and counted where they stand
    -- (live_slot); queued = total - completed - failed - cancelled - live.
    total bigint NOT NULL DEFAULT 0,
    jobs_made bigint NOT NULL DEFAULT 0, -- of total; the rest of the selection has no rows yet
    completed bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    first_job_id bigint NOT NULL DEFAULT 0, -- the run's jobs have ids from here …
    last_job_id bigint NOT NULL DEFAULT 0,  -- … to here (others' lie between)
    error text NOT NULL DEFAULT '',
    open boolean NOT NULL DEFAULT true, -- an actor has still something to do for it
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (business_id, id)
) WITH (fillfactor = 70);
CREATE INDEX runs_open ON outbound_call_runs (business_id, id) WHERE open;

CREATE TABLE outbound_call_jobs (
    business_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT nextval('job_ids'),
    run_id bigint, -- NULL: a direct call
    lead_id bigint NOT NULL,
    phone_e164 text NOT NULL,
    status text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'dialing', 'calling', 'completed', 'failed', 'cancelled')),
    slot integer,
    dial_lock_token uuid,
    call_sid text CHECK (length(call_sid) <= 128),
    attempts integer NOT NULL DEFAULT 0,
    outcome text CHECK (outcome IN
        ('answered', 'machine', 'busy', 'no_answer', 'failed', 'canceled', 'in_doubt')),
    error text,
    in_doubt_since timestamptz,
    next_attempt_at timestamptz,
    created_at timestamptz NOT NULL,
    dial_started_at timestamptz,
    calling_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_s integer,
    PRIMARY KEY (business_id, id),
    UNIQUE (business_id, run_id, lead_id),
    FOREIGN KEY (business_id, run_id) REFERENCES outbound_call_runs (business_id, id),
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (business_id, id),
    -- The ledger: a live call holds one slot of its business, and each slot holds one call.
    CONSTRAINT live_call_has_a_slot CHECK ((status IN ('dialing', 'calling')) = (slot IS NOT NULL)),
    CONSTRAINT live_call_slot_exists
        FOREIGN KEY (business_id, slot) REFERENCES call_slots (business_id, slot),
    CONSTRAINT in_doubt_is_dialing CHECK (in_doubt_since IS NULL OR status = 'dialing')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
-- Also what the foreign key's check looks for when a slot is removed.
CREATE UNIQUE INDEX live_slot ON outbound_call_jobs (business_id, slot) WHERE slot IS NOT NULL;
CREATE UNIQUE INDEX live_number ON outbound_call_jobs (business_id, phone_e164)
    WHERE status IN ('dialing', 'calling');
-- A run's queue. Claiming adds nothing to it (the claimed version of the row lies outside).
CREATE INDEX run_queue ON outbound_call_jobs (business_id, run_id, id)
    WHERE run_id IS NOT NULL AND status = 'queued';
-- Which queued job is due next.
CREATE INDEX queue_by_time ON outbound_call_jobs (business_id, run_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL AND status = 'queued';
-- Direct calls that wait for another attempt: few, asked for at start.
CREATE INDEX direct_waiting ON outbound_call_jobs (business_id, id)
    WHERE run_id IS NULL AND status = 'queued';

-- Attempts that have ended (the live one is the job's own row): the history, and the memory of
-- tokens that no callback may use any more.
CREATE TABLE call_attempts (
    business_id bigint NOT NULL,
    job_id bigint NOT NULL,
    attempt integer NOT NULL,
    run_id bigint,
    lead_id bigint NOT NULL,
    phone_e164 text NOT NULL,
    dial_lock_token uuid NOT NULL,
    call_sid text,
    slot integer NOT NULL,
    outcome text,
    error text,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz NOT NULL,
    duration_s integer,
    PRIMARY KEY (business_id, job_id, dial_lock_token)
);
-- History, newest first.
CREATE INDEX attempts_by_time ON call_attempts (business_id, started_at DESC, job_id DESC);

CREATE TABLE idempotency_keys (
    business_id bigint NOT NULL, -- 0: an admin's
    key text NOT NULL,
    fingerprint text NOT NULL,
    answer_status integer,
    answer_body text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency_keys (created_at); -- old ones are removed

-- Operators' SQL was written for another database and uses GROUP_CONCAT.
CREATE FUNCTION group_concat_step(text, anyelement) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2::text
                      ELSE $1 || ',' || $2::text END $$;
CREATE AGGREGATE group_concat(anyelement) (SFUNC = group_concat_step, STYPE = text);
