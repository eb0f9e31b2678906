-- Which PostgreSQL server the database is worked on with. A promoted standby, or a physical copy brought to
-- another moment, has the same home; it can lack commits that were acted on.
ALTER TABLE database_home ADD COLUMN server text NOT NULL DEFAULT ''; -- empty: nobody has worked on it yet

-- The last change of each connection that writes, as its process numbers them: what a process has seen
-- committed, another server must hold to be gone over to without a person's word.
CREATE TABLE commit_marks (
    process uuid NOT NULL,
    writer integer NOT NULL,
    mark bigint NOT NULL,
    PRIMARY KEY (process, writer)
) WITH (fillfactor = 20);
