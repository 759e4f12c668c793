-- The tables that the random workload of the truth tests works on: one for each way in which
-- PostgreSQL tells a capture what happened.

create schema app;

create type app.mood as enum ('glad', 'so so', 'don''t ask');
create type app.place as (street text, number int);
create domain app.cents as numeric(14, 2) check (value < 1e12);
create domain app.tags as text[];

-- A key of one column under the default replica identity.
create table app.account (
    id bigint primary key,
    owner text not null default '',
    balance numeric(20, 4) not null default 0,
    note text,
    small int,
    amount numeric(12, 2),
    code varchar(30),
    active boolean default true,
    changed_at timestamptz default now()
);

-- A key of several columns, not in the columns' order.
create table app.line (
    order_id int not null,
    sku text,
    quantity int,
    price app.cents,
    no smallint not null,
    primary key (no, order_id)
);

-- No key: published for inserts only.
create table app.event (
    at timestamptz default clock_timestamp(),
    kind text,
    detail json
);

-- No key, but the whole old row in the WAL.
create table app.ledger (
    account bigint,
    delta numeric,
    note text
);
alter table app.ledger replica identity full;

-- A key, and the whole old row, with values that are kept out of line.
create table app.profile (
    id uuid primary key,
    name varchar(40),
    bio text,
    settings jsonb,
    mood app.mood
);
alter table app.profile alter bio set storage external;
alter table app.profile replica identity full;

-- A text for a key, and values kept out of line that an update leaves alone.
create table app.doc (
    name text primary key,
    body text,
    picture bytea,
    version int
);
alter table app.doc alter body set storage external;
alter table app.doc alter picture set storage external;

-- Rows that move from one partition to another are a delete and an insert to the WAL.
create table app.reading (
    sensor int not null,
    day date not null,
    value double precision,
    primary key (sensor, day)
) partition by range (day);
create table app.reading_early partition of app.reading for values from (minvalue) to ('2026-02-01');
create table app.reading_late partition of app.reading for values from ('2026-02-01') to (maxvalue);

create table app.kind (
    id int primary key,
    c_smallint smallint,
    c_integer integer,
    c_bigint bigint,
    c_real real,
    c_double double precision,
    c_numeric numeric,
    c_numeric_10_3 numeric(10, 3),
    c_boolean boolean,
    c_text text,
    c_varchar varchar(40),
    c_char char(6),
    c_bytea bytea,
    c_date date,
    c_time time,
    c_timetz timetz,
    c_timestamp timestamp,
    c_timestamptz timestamptz,
    c_interval interval,
    c_uuid uuid,
    c_json json,
    c_jsonb jsonb,
    c_inet inet,
    c_cidr cidr,
    c_macaddr macaddr,
    c_bit bit(5),
    c_varbit bit varying(12),
    c_ints int[],
    c_texts text[],
    c_times timestamptz[],
    c_range int4range,
    c_period tstzrange,
    c_ranges int4multirange,
    c_point point,
    c_words tsvector,
    c_mood app.mood,
    c_moods app.mood[],
    c_cents app.cents,
    c_tags app.tags,
    c_place app.place,
    c_places app.place[]
);

create table app."Odd ""Name"".table" (
    "Key Column" int primary key,
    "select" text,
    "Ünïcödé.col" text
);

-- Written once at the end: when its entry is there, everything before it should be.
create table app.marker (id bigint primary key);

do $$
declare relation regclass;
begin
    for relation in
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'app' and c.relkind in ('r', 'p') and not c.relispartition
        order by c.relname
    loop
        perform oracle.watch(relation);
    end loop;
end
$$;
