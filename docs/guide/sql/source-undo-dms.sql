-- Takes away what source-dms.sql made. Run on: source, as its administrator, when the DMS task is deleted.

-- snippet:begin undo
DROP EVENT TRIGGER IF EXISTS awsdms_intercept_ddl;
DROP SCHEMA IF EXISTS daybook_dms CASCADE;
-- Who is no superuser must be a member of a role to drop what it owns.
GRANT daybook_dms TO CURRENT_USER;
DROP OWNED BY daybook_dms;
DROP ROLE daybook_dms;
-- snippet:end undo
