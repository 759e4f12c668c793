-- Takes away what prepare.sql put into a source database; remove-slots.sql has the connector's slots.
-- What was recorded so far stays in the audit database.

DROP EVENT TRIGGER IF EXISTS daybook_before_ddl;
DROP EVENT TRIGGER IF EXISTS daybook_before_alter;
DROP EVENT TRIGGER IF EXISTS daybook_after_drop;
DROP EVENT TRIGGER IF EXISTS daybook_after_ddl;
DROP PUBLICATION IF EXISTS daybook;
DROP PUBLICATION IF EXISTS daybook_insert_only;
DROP SCHEMA IF EXISTS daybook CASCADE;

DO $block$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_capture') THEN
        -- Other databases of the cluster may use the role: what it owns or may do here goes, and the
        -- role itself only if nothing else holds it.
        EXECUTE 'DROP OWNED BY daybook_capture';
        BEGIN
            DROP ROLE daybook_capture;
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            RAISE NOTICE 'daybook: the role daybook_capture is still used by another database and stays';
        END;
    END IF;
END
$block$;
