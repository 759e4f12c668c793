-- Takes a key's SHA-256 hash, and never the key. Run on: audit, as its administrator, with the psql variables
-- name and hash.

-- snippet:begin new
INSERT INTO audit.api_key (id, name, key_sha256) VALUES (gen_random_uuid(), :'name', decode(:'hash', 'hex'));
-- snippet:end new

-- snippet:begin revoke
UPDATE audit.api_key SET revoked_at = now() WHERE name = 'first' AND revoked_at IS NULL;
-- snippet:end revoke
