-- The oracle of the truth tests: row triggers that write down every change of the watched tables,
-- within the transaction that makes it, as PostgreSQL's own text of each value.

create schema oracle;

create table oracle.watched (
    table_schema text not null,
    table_name text not null,
    primary key (table_schema, table_name)
);

create table oracle.change (
    -- A sequence's order is the order of the row's changes: a row's second writer waits for its first.
    id bigint generated always as identity primary key,
    -- As pgoutput gives it: the top-level transaction's, 32 bits.
    txid bigint not null,
    xid xid not null,
    -- The transaction's commit comes later in the WAL than this.
    at_lsn pg_lsn not null,
    table_schema text not null,
    table_name text not null,
    op text not null,
    key_columns text[],
    -- Whether REPLICA IDENTITY FULL puts the whole old row into the WAL.
    whole_old_row boolean not null,
    -- name -> attribute number ':' type
    shape json,
    old_row json,
    new_row json
);

create table oracle.context (
    id bigint generated always as identity primary key,
    txid bigint not null,
    xid xid not null,
    at_lsn pg_lsn not null,
    actor text,
    reason text,
    request_id text,
    attributes jsonb
);

create type oracle.described as (
    table_schema text,
    table_name text,
    key_columns text[],
    whole_old_row boolean,
    names text[],
    shape json,
    -- Of a row given as $1: an array of its values' texts. A type's output function gives the text
    -- (a cast would strip a char(n)'s blanks), and only a missing datum is null (a composite of nulls
    -- "is null", yet is not).
    texts text
);

create function oracle.describe(relation oid) returns oracle.described language sql stable as $$
    with recursive base_type (column_type, base, typmod) as (
        select t.oid, t.oid, -1 from pg_catalog.pg_type t
        where t.oid in (select atttypid from pg_catalog.pg_attribute where attrelid = relation)
        union all
        select b.column_type, t.typbasetype, t.typtypmod
        from base_type b join pg_catalog.pg_type t on t.oid = b.base
        where t.typtype = 'd'
    ),
    base as (
        select column_type, base, typmod from base_type b
        where (select typtype from pg_catalog.pg_type where oid = b.base) <> 'd'
    ),
    columns as (
        select a.attname, a.attnum,
               format_type(b.base, case when b.base = a.atttypid then a.atttypmod else b.typmod end) as type
        from pg_catalog.pg_attribute a join base b on b.column_type = a.atttypid
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
    )
    select
        (select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where c.oid = coalesce(pg_partition_root(relation), relation)),
        (select c.relname from pg_catalog.pg_class c where c.oid = coalesce(pg_partition_root(relation), relation)),
        (select array_agg(a.attname::text order by k.ord)
           from pg_catalog.pg_index i
          cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, ord)
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
          where i.indrelid = relation and i.indisprimary),
        (select relreplident = 'f' from pg_catalog.pg_class where oid = relation),
        (select array_agg(attname::text order by attnum) from columns),
        (select json_object_agg(attname, format('%s:%s', attnum, type) order by attnum) from columns),
        (select string_agg(
                    format('case when num_nulls(($1).%1$I) = 0 then concat(($1).%1$I) end', attname),
                    ', ' order by attnum)
           from columns)
$$;

create function oracle.on_change() returns trigger language plpgsql security definer
    set search_path = pg_catalog
    set timezone = 'UTC'
    set datestyle = 'ISO, MDY'
    set intervalstyle = 'postgres'
    set extra_float_digits = 1
    set bytea_output = 'hex'
as $$
declare
    d oracle.described := oracle.describe(TG_RELID);
    olds text[];
    news text[];
begin
    if TG_LEVEL = 'ROW' and TG_OP <> 'INSERT' then
        execute 'select array[' || d.texts || ']::text[]' into olds using OLD;
    end if;
    if TG_LEVEL = 'ROW' and TG_OP <> 'DELETE' then
        execute 'select array[' || d.texts || ']::text[]' into news using NEW;
    end if;
    insert into oracle.change (txid, xid, at_lsn, table_schema, table_name, op, key_columns, whole_old_row, shape, old_row, new_row)
    values (pg_current_xact_id()::text::bigint & 4294967295, pg_current_xact_id()::xid, pg_current_wal_insert_lsn(),
            d.table_schema, d.table_name, lower(TG_OP), d.key_columns, d.whole_old_row, d.shape,
            json_object(d.names, olds), json_object(d.names, news));
    return null;
end
$$;

create function oracle.note_context(actor text, reason text, request_id text, attributes jsonb)
    returns void language sql security definer set search_path = pg_catalog as $$
    insert into oracle.context (txid, xid, at_lsn, actor, reason, request_id, attributes)
    values (pg_current_xact_id()::text::bigint & 4294967295, pg_current_xact_id()::xid, pg_current_wal_insert_lsn(),
            actor, reason, request_id, attributes)
$$;

create function oracle.watch(relation regclass) returns void language plpgsql as $$
begin
    insert into oracle.watched
        select n.nspname, c.relname
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.oid = relation;
    execute format('create trigger oracle_row after insert or update or delete on %s
                    for each row execute function oracle.on_change()', relation);
    execute format('create trigger oracle_truncate after truncate on %s
                    for each statement execute function oracle.on_change()', relation);
end
$$;

create function oracle.rows_of(schema_name text, relation_name text)
    returns table (key_columns text[], shape json, content json) language plpgsql
    set timezone = 'UTC'
    set datestyle = 'ISO, MDY'
    set intervalstyle = 'postgres'
    set extra_float_digits = 1
    set bytea_output = 'hex'
as $$
declare
    relation regclass := format('%I.%I', schema_name, relation_name)::regclass;
    d oracle.described := oracle.describe(relation);
begin
    return query execute format(
        'select $2, $3, json_object($4, array[%s]::text[]) from %s t',
        replace(d.texts, '($1)', '(t)'), relation)
        using null::text, d.key_columns, d.shape, d.names;
end
$$;
