-- Keys: several for each business and for the whole server, replaced without a gap.

ALTER TABLE api_keys
    ADD COLUMN last_used_at timestamptz, -- to a few minutes
    ADD COLUMN replaced_by bigint REFERENCES api_keys (id);
-- An owner's keys, in order; owner 0: the whole server.
CREATE INDEX keys_by_owner ON api_keys (coalesce(business_id, 0), id);

-- Settings now need the role admin. The key that a business was made with goes on being able to do
-- all that it could.
UPDATE api_keys SET role = 'admin'
WHERE name = 'first' AND role = 'operate' AND business_id IS NOT NULL;
