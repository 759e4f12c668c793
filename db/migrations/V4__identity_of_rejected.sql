-- One identity with two contents, among rejected records.

SET LOCAL ROLE daybook_owner;

-- As audit.differing_entries, of rejected records. Their id is made of stage, topic, partition, offset and reason, so
-- that a topic that was made anew may give it to another record. Compared are source and the record's bytes.
CREATE FUNCTION audit.differing_rejected(ids uuid[], sources text[], record_keys text[], record_values text[])
    RETURNS SETOF bigint
    LANGUAGE sql
    STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT given.place
    FROM unnest(ids, sources, record_keys, record_values) WITH ORDINALITY
        AS given (id, source, record_key, record_value, place)
    JOIN audit.rejected AS stored ON stored.id = given.id
    WHERE stored.source IS DISTINCT FROM given.source
        OR stored.record_key IS DISTINCT FROM decode(given.record_key, 'base64')
        OR stored.record_value IS DISTINCT FROM decode(given.record_value, 'base64')
    ORDER BY given.place
$$;

REVOKE ALL ON FUNCTION audit.differing_rejected(uuid[], text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.differing_rejected(uuid[], text[], text[], text[]) TO daybook_writer;

RESET ROLE;
