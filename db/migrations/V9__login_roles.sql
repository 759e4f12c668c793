-- Who was logged in, beside the actor that the application names.

SET LOCAL ROLE daybook_owner;

ALTER TABLE audit.transaction ADD COLUMN login_role text COLLATE "C";

COMMENT ON COLUMN audit.transaction.login_role IS
    'The database role that was logged in, as the source says it; null: not known, the actor is a mere claim.';

-- Serves: what was done under a login role, in order of time. While it is built, the sink waits.
CREATE INDEX transaction_login_role ON audit.transaction (login_role, committed_at) WHERE login_role IS NOT NULL;

RESET ROLE;
