-- The role of the sealer: it reads what is sealed and what it is held to, and writes nothing.

DO $role$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'daybook_sealer') THEN
        BEGIN
            CREATE ROLE daybook_sealer LOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database's migration was a moment faster
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'The role daybook_sealer does not exist, and % may not create roles.', current_user
                    USING HINT = 'Run as an administrator: CREATE ROLE daybook_sealer LOGIN; and migrate again.',
                        ERRCODE = 'insufficient_privilege';
        END;
    END IF;
END
$role$;

SET LOCAL ROLE daybook_owner;

GRANT USAGE ON SCHEMA audit TO daybook_sealer;
GRANT SELECT ON audit.entry, audit.transaction, audit.rejected, audit.stream, audit.segment, audit.sink_offset,
    audit.watermark, audit.known_gap TO daybook_sealer;

RESET ROLE;
