-- Where this database stands. A copy (a dump that was restored, a clone made of a template, data moved
-- to another server) finds itself elsewhere: it doesn't know which calls were made since it was taken,
-- and the program starts on it only when `ringmaster restored` has dealt with that.
CREATE TABLE database_home (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    home text NOT NULL -- empty: being taken stock of
);

-- PostgreSQL's own name for the server, and the numbers that it gave the database and this table.
CREATE FUNCTION found_at() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT s.system_identifier || '/' || d.oid || '/' || 'database_home'::regclass::oid
          FROM pg_control_system() s, pg_database d WHERE d.datname = current_database() $$;

INSERT INTO database_home (home) SELECT found_at();
