-- The connector's replication slots in this database, which would keep WAL for ever. One that is in use is
-- an error: stop the capture first. One of another name is dropped by that name.
DO $block$
DECLARE
    slot name;
BEGIN
    FOR slot IN
        SELECT slot_name FROM pg_replication_slots
        WHERE plugin = 'pgoutput' AND database = current_database() AND starts_with(slot_name, 'daybook_')
    LOOP
        BEGIN
            PERFORM pg_drop_replication_slot(slot);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'daybook: the replication slot % stays and keeps WAL; a role with REPLICATION may drop it', slot;
        END;
    END LOOP;
END
$block$;
