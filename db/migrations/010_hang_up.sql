-- The last pause or stop of a run also ended its live calls: a server that comes up later goes on with that.
ALTER TABLE outbound_call_runs ADD COLUMN hang_up boolean NOT NULL DEFAULT false;
