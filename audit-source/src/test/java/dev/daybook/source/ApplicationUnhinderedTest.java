package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Statements that succeed without a capture succeed, and do not wait, with one. */
class ApplicationUnhinderedTest {

    private static final String PUBLISHED =
            "SELECT tablename || ' ' || pubname FROM pg_publication_tables"
                    + " WHERE schemaname = 'public' ORDER BY 1";

    private SourceDatabase database;

    @BeforeEach
    void prepare() throws SQLException {
        database = SourceDatabase.prepared();
    }

    @AfterEach
    void drop() throws SQLException {
        database.close();
    }

    @Test
    void acceptsUpdatesOfATableWhoseFullIdentityHasAVirtualColumn() throws Exception {
        boolean virtual = version() >= 180000;
        String total =
                "total int GENERATED ALWAYS AS (price * 2) " + (virtual ? "VIRTUAL" : "STORED");

        database.run(
                "CREATE TABLE before (id int PRIMARY KEY, price int, " + total + ")",
                "ALTER TABLE before REPLICA IDENTITY FULL",
                "INSERT INTO before VALUES (1, 1)",
                "UPDATE before SET price = 2",
                "CREATE TABLE later (price int)",
                "ALTER TABLE later REPLICA IDENTITY FULL",
                "INSERT INTO later VALUES (1)",
                "ALTER TABLE later ADD " + total,
                "UPDATE later SET price = 2",
                "DELETE FROM later");

        String publication = virtual ? "daybook_insert_only" : "daybook";
        assertThat(database.query(PUBLISHED))
                .containsExactly("before " + publication, "later " + publication);
    }

    @Test
    void publishesAParentWithoutTheTablesThatInheritFromIt() throws Exception {
        database.run(
                "CREATE TABLE parent (id int, v text)",
                "CREATE TABLE child () INHERITS (parent)",
                "INSERT INTO child VALUES (1, 'a')",
                "ALTER TABLE parent ADD PRIMARY KEY (id)",
                "UPDATE child SET v = 'b'");

        assertThat(database.query(PUBLISHED))
                .containsExactly("child daybook_insert_only", "parent daybook");
    }

    @Test
    void keepsAChildPublishedWhenItsParentLosesItsKey() throws Exception {
        database.run(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "ALTER TABLE parent DROP CONSTRAINT parent_pkey");

        assertThat(database.query(PUBLISHED))
                .containsExactly("child daybook", "parent daybook_insert_only");
    }

    @Test
    void leavesOutAnExcludedTableThatInheritsFromACapturedOne() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*,!public.*')",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE secret () INHERITS (parent)",
                "SELECT daybook.configure('public.*,!public.secret')",
                "SELECT daybook.align()");

        assertThat(database.query(PUBLISHED)).containsExactly("parent daybook");
    }

    @Test
    void takesAnExcludedTableOutOfThePublications() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*,!public.secret')",
                "CREATE TABLE secret (v text)",
                "ALTER PUBLICATION daybook ADD TABLE secret");

        database.run("SELECT daybook.align()", "UPDATE secret SET v = 'b'");

        assertThat(database.query(PUBLISHED)).isEmpty();
    }

    @Test
    void acceptsUpdatesAfterTheKeyWentWithATypeOrAFunction() throws Exception {
        database.run(
                "CREATE TYPE kind AS ENUM ('x')",
                "CREATE DOMAIN number AS int",
                "CREATE FUNCTION next(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'",
                "CREATE TABLE by_type (id kind PRIMARY KEY, v text)",
                "CREATE TABLE by_domain (id number PRIMARY KEY, v text)",
                "CREATE TABLE by_function (n int, v text,"
                        + " id int GENERATED ALWAYS AS (next(n)) STORED PRIMARY KEY)",
                "INSERT INTO by_type VALUES ('x', 'a')",
                "INSERT INTO by_domain VALUES (1, 'a')",
                "INSERT INTO by_function VALUES (1, 'a')");

        for (String[] dropped :
                new String[][] {
                    {"TYPE kind", "by_type"},
                    {"DOMAIN number", "by_domain"},
                    {"FUNCTION next(int)", "by_function"}
                }) {
            database.inTransaction(
                    "DROP " + dropped[0] + " CASCADE", "UPDATE " + dropped[1] + " SET v = 'b'");
        }
    }

    @Test
    void acceptsUpdatesAfterTheIndexThatWasTheIdentityIsDropped() throws Exception {
        database.run(
                "CREATE TABLE plain (id int NOT NULL, v text)",
                "CREATE UNIQUE INDEX plain_id ON plain (id)",
                "ALTER TABLE plain REPLICA IDENTITY USING INDEX plain_id",
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
                "CREATE UNIQUE INDEX part_id ON part (id)",
                "ALTER TABLE part REPLICA IDENTITY USING INDEX part_id",
                "INSERT INTO plain VALUES (1, 'a')",
                "INSERT INTO parted VALUES (1, 'a')");
        assertThat(database.query(PUBLISHED)).containsExactly("parted daybook", "plain daybook");

        database.inTransaction("DROP INDEX plain_id", "UPDATE plain SET v = 'b'");
        database.inTransaction("DROP INDEX part_id", "UPDATE parted SET v = 'b'");
    }

    @Test
    void acceptsUpdatesAfterTheKeyWasDroppedAsAReplica() throws Exception {
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "INSERT INTO t VALUES (1, 'a')",
                "SET session_replication_role = replica",
                "ALTER TABLE t DROP CONSTRAINT t_pkey",
                "RESET session_replication_role",
                "UPDATE t SET v = 'b'");
    }

    @Test
    void dropsAnIndexWithoutALockOnAnotherTable() throws Exception {
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "CREATE INDEX t_v ON t (v)",
                "CREATE TABLE other (id int)");

        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("DROP INDEX t_v");

            assertThat(
                            database.query(
                                    "SELECT DISTINCT relation::regclass::text FROM pg_locks l JOIN"
                                            + " pg_class c ON c.oid = l.relation WHERE c.relnamespace ="
                                            + " 'public'::regnamespace AND c.relkind = 'r'"))
                    .containsExactly("t");
            connection.rollback();
        }
    }

    @Test
    void waitsForNobodyWhileAnotherTransactionHoldsThePublications() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
                "INSERT INTO parted VALUES (1, 'a')");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("CREATE TABLE held (id int PRIMARY KEY)");

            // A wait for the holder would end in the statement's timeout, and so in an error.
            database.run(
                    "SET statement_timeout = '5s'",
                    "CREATE TABLE fresh (id int PRIMARY KEY)",
                    "ALTER TABLE parted DROP CONSTRAINT parted_pkey",
                    "UPDATE parted SET v = 'b'");
            holder.commit();
        }

        assertThat(database.query("SELECT relreplident FROM pg_class WHERE relname = 'part'"))
                .containsExactly("f");
        database.run("SELECT daybook.align()");
        assertThat(database.query(PUBLISHED))
                .containsExactly("fresh daybook", "held daybook", "parted daybook");
    }

    @Test
    void attributesSerializableTransactionsWithoutAConflict() throws Exception {
        database.run(
                "CREATE TABLE a (id int)",
                "CREATE TABLE b (id int)",
                "SELECT daybook.set_context('anna')",
                // As autovacuum does: the planner knows from now on that the table is one page.
                "VACUUM daybook.transaction_context");

        try (Connection first = database.connect();
                Connection second = database.connect()) {
            List<Connection> both = List.of(first, second);
            for (Connection connection : both) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            }
            for (int turn = 0; turn < 2; turn++) {
                for (Connection connection : both) {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute(
                                "SELECT daybook.set_context('anna', 'turn " + turn + "')");
                        statement.execute(
                                "INSERT INTO " + (connection == first ? "a" : "b") + " VALUES (1)");
                    }
                }
            }
            first.commit();
            second.commit();
        }

        assertThat(database.query("SELECT count(*) FROM daybook.transaction_context"))
                .containsExactly("0");
    }

    @Test
    void makesAPublishedTableUnloggedHoweverThatIsWritten() throws Exception {
        for (String unlog :
                new String[] {
                    "ALTER TABLE t SET UNLOGGED",
                    "alter table if exists only\n\"public\" . t add x int, set unlogged",
                    "ALTER /* why */ TABLE t -- how\n SET UNLOGGED",
                    "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 't' || ' SET UNLOGGED'; END $$"
                }) {
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)",
                    unlog,
                    "INSERT INTO t VALUES (1, 'a')",
                    "UPDATE t SET v = 'b'");
            assertThat(database.query(PUBLISHED)).as(unlog).isEmpty();
            database.run("ALTER TABLE t SET LOGGED");
            assertThat(database.query(PUBLISHED)).as(unlog).containsExactly("t daybook");
            database.run("DROP TABLE t");
        }
    }

    @Test
    void compilesNothingOfWhatFollowsAStatement() throws Exception {
        // A server with JIT would, where a sequential scan is not to be had: for each statement
        // anew.
        assertThat(
                        database.query(
                                """
                                SELECT p.oid::regprocedure::text FROM pg_proc p
                                WHERE p.pronamespace = 'daybook'::regnamespace AND p.prosecdef
                                  AND (p.prorettype = 'event_trigger'::regtype AND p.proname <> 'before_ddl'
                                       OR p.proname IN ('set_context', 'let_go', 'align'))
                                  AND NOT coalesce('jit=off' = ANY (p.proconfig), false)
                                """))
                .isEmpty();
        assertThat(
                        database.query(
                                """
                                SELECT p.oid::regprocedure::text FROM pg_proc p
                                WHERE p.pronamespace = 'daybook'::regnamespace
                                  AND 'enable_seqscan=off' = ANY (p.proconfig) AND NOT 'jit=off' = ANY (p.proconfig)
                                """))
                .isEmpty();
    }

    @Test
    void followsASessionThatReadsBackslashesAsEscapes() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.what*')",
                "SELECT daybook.allow_actors(session_user, 'a_*')");
        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            for (String sql :
                    new String[] {
                        "SET client_min_messages = warning",
                        "SET standard_conforming_strings = off",
                        "CREATE TABLE t (id int PRIMARY KEY, v text)",
                        "SELECT daybook.set_context('a_1')",
                        "ALTER TABLE t SET UNLOGGED",
                        "ALTER TABLE t SET LOGGED",
                        "CREATE TABLE u (id int PRIMARY KEY)",
                        "ALTER TABLE u DROP CONSTRAINT u_pkey",
                        "UPDATE u SET id = 2",
                        "CREATE TABLE whatever (id int)",
                        "CREATE SCHEMA app CREATE TABLE x (id int)",
                        "DROP SCHEMA app CASCADE"
                    }) {
                statement.execute(sql);

                assertThatObject(statement.getWarnings()).as(sql).isNull();
            }
            assertThatThrownBy(() -> statement.execute("SELECT daybook.set_context('ab1')"))
                    .hasMessageContaining("may not name the actor");
        }
        assertThat(database.query(PUBLISHED))
                .containsExactly("t daybook", "u daybook_insert_only", "whatever daybook");
    }

    @Test
    void makesATableUnloggedThatWasNotThereWhenTheTransactionLookedBefore() throws Exception {
        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("ALTER TABLE IF EXISTS public.late SET UNLOGGED");
            statement.execute("ALTER TABLE IF EXISTS public.late SET UNLOGGED");
            database.run("CREATE TABLE late (id int PRIMARY KEY)");

            statement.execute("ALTER TABLE public.late SET UNLOGGED");
            session.commit();
        }
        assertThat(database.query(PUBLISHED)).isEmpty();
    }

    @Test
    void makesATableUnloggedWhileAnotherTransactionHoldsThePublications() throws Exception {
        database.run("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE keyless (id int)");

        whileThePublicationsAreHeld(
                "ALTER TABLE t SET UNLOGGED", "ALTER TABLE keyless SET UNLOGGED");

        assertThat(database.query(PUBLISHED)).containsExactly("held daybook");
        assertThat(
                        database.query(
                                "SELECT count(*) FROM pg_depend d WHERE d.classid ="
                                        + " 'pg_publication_rel'::regclass AND NOT EXISTS (SELECT FROM"
                                        + " pg_publication_rel r WHERE r.oid = d.objid)"))
                .containsExactly("0");
    }

    @Test
    void acceptsUpdatesOfAVirtualColumnsTableThatLostItsKeyWhileThePublicationsAreHeld()
            throws Exception {
        if (version() < 180000) {
            return;
        }
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY, n int GENERATED ALWAYS AS (id * 2) VIRTUAL)",
                "INSERT INTO t VALUES (1)");

        whileThePublicationsAreHeld(
                "ALTER TABLE t DROP CONSTRAINT t_pkey", "UPDATE t SET id = 2", "DELETE FROM t");
    }

    @Test
    void leavesATableWithoutIdentityThatIsToHaveNoneWhileThePublicationsAreHeld() throws Exception {
        database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");

        whileThePublicationsAreHeld(
                "ALTER TABLE t REPLICA IDENTITY NOTHING", "UPDATE t SET id = 2", "DELETE FROM t");

        assertThat(database.query("SELECT relreplident FROM pg_class WHERE relname = 't'"))
                .containsExactly("n");
        assertThat(database.query(PUBLISHED))
                .containsExactly("held daybook", "t daybook_insert_only");
    }

    @Test
    void commitsSerializableTransactionsThatMakeAndDropTables() throws Exception {
        database.run("CREATE TABLE old_a (id int PRIMARY KEY)", "CREATE TABLE old_b (id int)");

        try (Connection first = database.connect();
                Connection second = database.connect()) {
            for (Connection connection : List.of(first, second)) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            }
            for (Connection connection : List.of(first, second)) {
                String name = connection == first ? "a" : "b";
                try (Statement statement = connection.createStatement()) {
                    statement.execute("DROP TABLE old_" + name);
                    statement.execute("SET lock_timeout = '5s'");
                    statement.execute("CREATE TABLE new_" + name + " (id int PRIMARY KEY)");
                    statement.execute("INSERT INTO new_" + name + " VALUES (1)");
                    statement.execute("UPDATE new_" + name + " SET id = 2");
                }
            }
            first.commit();
            second.commit();
        }

        database.run("SELECT daybook.align()");
        assertThat(database.query(PUBLISHED)).containsExactly("new_a daybook", "new_b daybook");
    }

    @Test
    void acceptsUpdatesOfATableThatARepeatableTransactionDoesNotSee() throws Exception {
        try (Connection early = database.connect();
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            early.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT 1");
            database.run(
                    "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a')");

            statement.execute("ALTER TABLE t DROP CONSTRAINT t_pkey");
            statement.execute("UPDATE t SET v = 'b'");
            early.commit();
        }
        database.run("UPDATE t SET v = 'c'");
    }

    @Test
    void acceptsUpdatesAfterAPublicationWasAlteredByHand() throws Exception {
        database.run(
                "CREATE TABLE keyed (id int PRIMARY KEY, v text)",
                "CREATE TABLE keyless (id int, v text)",
                "INSERT INTO keyed VALUES (1, 'a')",
                "INSERT INTO keyless VALUES (1, 'a')");

        for (String byHand :
                new String[] {
                    "ALTER PUBLICATION daybook ADD TABLE keyless",
                    "ALTER PUBLICATION daybook_insert_only SET (publish = 'insert, update, delete')",
                    "ALTER PUBLICATION daybook SET TABLE keyed WHERE (v = 'b'), keyless",
                    "ALTER PUBLICATION daybook SET TABLE keyed (id)"
                }) {
            database.run(byHand, "UPDATE keyed SET v = 'b'", "UPDATE keyless SET v = 'b'");
        }
        assertThat(database.query(PUBLISHED))
                .containsExactly("keyed daybook", "keyless daybook_insert_only");
    }

    @Test
    void publishesUpdatesWhereThePartitionsHaveAnIdentityAndTheirTableNone() throws Exception {
        database.run(
                "CREATE TABLE whole (id int, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE whole_1 PARTITION OF whole FOR VALUES FROM (0) TO (9)",
                "ALTER TABLE whole_1 REPLICA IDENTITY FULL",
                "CREATE TABLE keyed (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM (0) TO (9)",
                "CREATE TABLE other (id int PRIMARY KEY, code text NOT NULL) PARTITION BY RANGE (id)",
                "CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM (0) TO (9)",
                "CREATE UNIQUE INDEX other_code ON other_1 (code)",
                "ALTER TABLE other_1 REPLICA IDENTITY USING INDEX other_code",
                "CREATE EXTENSION IF NOT EXISTS file_fdw",
                "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
                "CREATE FOREIGN TABLE whole_2 PARTITION OF whole FOR VALUES FROM (10) TO (20)"
                        + " SERVER files OPTIONS (filename '/dev/null')");

        // What commands on partitions alone allow, the connector does.
        database.run("SELECT daybook.align()");
        // An identity without the table's key would tell of rows that nobody can find.
        assertThat(database.query(PUBLISHED))
                .containsExactly("keyed daybook", "other daybook_insert_only", "whole daybook");
    }

    @Test
    void locksNoOtherPartitionWhenOneIsMadeOrAltered() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)");

        for (String command :
                new String[] {
                    "ALTER TABLE part_1 REPLICA IDENTITY NOTHING",
                    "CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (2) TO (3)"
                }) {
            try (Connection holder = database.connect();
                    Statement open = holder.createStatement()) {
                holder.setAutoCommit(false);
                open.execute(command);

                assertThat(
                                database.query(
                                        "SELECT relation::regclass::text FROM pg_locks WHERE"
                                                + " relation = 'part_0'::regclass"))
                        .as(command)
                        .isEmpty();
            }
        }
    }

    /** PostgreSQL 18 refuses it of a published table; earlier ones have no virtual columns. */
    @Test
    void givesAVirtualColumnAnotherExpressionWhereverItIsInherited() throws Exception {
        if (version() < 180000) {
            return;
        }
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY, k int, g int GENERATED ALWAYS AS (k * 2)"
                        + " VIRTUAL)",
                "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (t)");

        database.run(
                "ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (k * 3)",
                "UPDATE t SET k = 2",
                "DELETE FROM heir");

        assertThat(database.query(PUBLISHED)).containsExactly("heir daybook", "t daybook");
        assertThat(database.query("SELECT table_name FROM daybook.align()")).isEmpty();
        assertThat(database.query("SELECT cause FROM daybook.gap")).isEmpty();
    }

    @Test
    void alignsTheOthersWhileATransactionHoldsOneTable() throws Exception {
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY)",
                "INSERT INTO daybook.capture_slot VALUES ('s', now(), pg_current_snapshot(), '0/1', true)");
        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("ALTER TABLE t ADD n int");
            database.run(
                    "ALTER PUBLICATION daybook SET (publish_via_partition_root = false)",
                    "SELECT set_config('daybook.following', daybook.own_mark(), false)",
                    "CREATE TABLE late (id int PRIMARY KEY)");

            assertThat(database.query("SELECT table_name FROM daybook.align() WHERE NOT ok"))
                    .containsExactly("daybook");
            holder.commit();
        }
        assertThat(database.query(PUBLISHED)).containsExactly("late daybook", "t daybook");
        assertThat(database.query("SELECT table_name FROM daybook.align() WHERE NOT ok")).isEmpty();
        assertThat(database.query("SELECT DISTINCT pubviaroot FROM pg_publication"))
                .containsExactly("t");
    }

    @Test
    void acceptsUpdatesWhereSomebodyPublishesASchema() throws Exception {
        database.run("CREATE TABLE keyless (id int)", "CREATE TABLE t (id int PRIMARY KEY)");

        database.run(
                "ALTER PUBLICATION daybook ADD TABLES IN SCHEMA public",
                "INSERT INTO keyless VALUES (1)",
                "UPDATE keyless SET id = 2",
                "DELETE FROM keyless");

        assertThat(database.query(PUBLISHED))
                .containsExactly("keyless daybook_insert_only", "t daybook");
    }

    @Test
    void altersASchemaWhileATransactionMakesATableThere() throws Exception {
        database.run(
                "SELECT daybook.configure('*.*')",
                "CREATE SCHEMA app",
                "CREATE TABLE app.t (id int)");

        for (String command :
                new String[] {
                    "CREATE TABLE app.made (id int PRIMARY KEY)",
                    "CREATE TABLE moved (id int); ALTER TABLE moved SET SCHEMA app"
                }) {
            try (Connection holder = database.connect();
                    Statement open = holder.createStatement()) {
                holder.setAutoCommit(false);
                open.execute(command);

                database.run(
                        "SET lock_timeout = '5s'",
                        "ALTER SCHEMA app OWNER TO CURRENT_USER",
                        "GRANT USAGE ON SCHEMA app TO PUBLIC");
                holder.commit();
            }
        }

        assertThat(
                        database.query(
                                        "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'app'")
                                .get(0))
                .contains("daybook_capture=U");
        database.run("SELECT daybook.configure('public.*')", "CREATE SCHEMA other");
        assertThat(
                        database.query(
                                "SELECT has_schema_privilege('daybook_capture', 'other', 'USAGE')"))
                .containsExactly("f");
        database.run("SELECT daybook.configure('public.*,oth*.t')", "SELECT daybook.align()");
        assertThat(
                        database.query(
                                "SELECT has_schema_privilege('daybook_capture', 'other', 'USAGE')"))
                .containsExactly("t");
    }

    @Test
    void acceptsUpdatesOfAPartitionThatLostItsIdentityWhileThePublicationsAreHeld()
            throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)",
                "CREATE TABLE wide (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE wide_0 PARTITION OF wide FOR VALUES FROM (0) TO (1)");
        boolean virtual = version() >= 180000;
        if (virtual) {
            database.run("ALTER TABLE wide ADD g int GENERATED ALWAYS AS (id * 2) VIRTUAL");
        }

        try (Connection reader = database.connect();
                Statement open = reader.createStatement()) {
            reader.setAutoCommit(false);
            open.execute("INSERT INTO part_1 VALUES (1)");
            whileThePublicationsAreHeld(
                    "ALTER TABLE part_0 REPLICA IDENTITY NOTHING",
                    "UPDATE parted SET v = 'b' WHERE id = 0",
                    "ALTER TABLE wide_0 REPLICA IDENTITY NOTHING",
                    "UPDATE wide SET v = 'b'",
                    "DELETE FROM wide_0");
            reader.commit();
        }

        assertThat(
                        database.query(
                                "SELECT concat(relname, ' ', relreplident) FROM pg_class WHERE relname LIKE"
                                        + " 'part\\__' ORDER BY 1"))
                .containsExactly("part_0 f", "part_1 d");
        assertThat(database.query(PUBLISHED))
                .containsExactly(
                        "held daybook",
                        "parted daybook",
                        virtual ? "wide daybook_insert_only" : "wide daybook");
    }

    @Test
    void locksNoTableWhosePartitionACommandAlters() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "INSERT INTO parted VALUES (0, 'a')");

        for (String identity : new String[] {"NOTHING", "DEFAULT"}) {
            try (Connection holder = database.connect();
                    Statement open = holder.createStatement()) {
                holder.setAutoCommit(false);
                open.execute("ALTER TABLE part_0 REPLICA IDENTITY " + identity);

                database.run(
                        "SET lock_timeout = '5s'",
                        "CREATE TABLE part_"
                                + identity
                                + " PARTITION OF parted FOR VALUES "
                                + (identity.equals("NOTHING")
                                        ? "FROM (1) TO (2)"
                                        : "FROM (2) TO (3)"));
                open.execute("UPDATE parted SET v = 'b'");
                holder.commit();
            }
            assertThat(database.query(PUBLISHED)).containsExactly("parted daybook_insert_only");
            assertThat(
                            database.query(
                                    "SELECT count(*) FROM pg_depend d JOIN pg_publication_rel r ON r.oid = d.objid"
                                            + " WHERE d.classid = 'pg_publication_rel'::regclass AND d.refobjid"
                                            + " IN (r.prpubid, r.prrelid) AND r.prrelid = 'parted'::regclass"))
                    .containsExactly("2");
        }

        database.run("SELECT daybook.align()", "UPDATE parted SET v = 'c'");
        assertThat(database.query(PUBLISHED)).containsExactly("parted daybook");
    }

    @Test
    void locksNoTableWhosePartitionASerializableTransactionAlters() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "INSERT INTO parted VALUES (0, 'a')");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            holder.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            open.execute("ALTER TABLE part_0 REPLICA IDENTITY NOTHING");

            database.run(
                    "SET lock_timeout = '5s'",
                    "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)");
            open.execute("UPDATE parted SET v = 'b'");
            holder.commit();
        }
        assertThat(database.query(PUBLISHED)).containsExactly("parted daybook_insert_only");
    }

    @Test
    void givesAVirtualColumnOfAnHeirAnotherExpressionThatIsPublishedSinceTheTransactionLooked()
            throws Exception {
        if (version() < 180000) {
            return;
        }
        database.run(
                "CREATE TABLE t (id int PRIMARY KEY, k int, g int GENERATED ALWAYS AS (k * 2)"
                        + " VIRTUAL)",
                "CREATE UNLOGGED TABLE heir () INHERITS (t)");
        try (Connection early = database.connect();
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            early.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT 1");
            database.run("ALTER TABLE heir SET LOGGED");

            statement.execute("ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (k * 3)");
            early.commit();
        }
    }

    @Test
    void holdsNoRowOfTheCatalogThatASerializableTransactionAsks() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.another')",
                "CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)",
                "ALTER TABLE part_0 REPLICA IDENTITY FULL",
                "ALTER TABLE part_1 REPLICA IDENTITY FULL",
                "SELECT daybook.align()");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            holder.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            open.execute("ALTER TABLE part_0 SET (fillfactor = 50)");

            database.run("SET lock_timeout = '5s'", "ALTER TABLE part_1 SET (fillfactor = 50)");
            holder.commit();
        }
    }

    @Test
    void locksNoPartitionOfATableThatIsRenamedToOneOfFullIdentity() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.full')",
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("ALTER TABLE parted RENAME TO \"full\"");

            database.run("SET lock_timeout = '5s'", "SELECT count(*) FROM part_0");
            holder.commit();
        }

        database.run("SELECT daybook.align()");
        assertThat(database.query("SELECT relreplident FROM pg_class WHERE relname = 'part_0'"))
                .containsExactly("f");
    }

    /**
     * PostgreSQL 18 asks that whoever publishes a full identity publishes the generated columns.
     */
    @Test
    void acceptsUpdatesThatAnothersPublicationRefusesOfAFullIdentity() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.*')",
                "CREATE TABLE t (id int PRIMARY KEY, v text, g int GENERATED ALWAYS AS (id * 2) STORED)",
                "CREATE TABLE later (id int PRIMARY KEY, v text)",
                "CREATE TABLE parted (id int PRIMARY KEY, v text, g int GENERATED ALWAYS AS (id * 2) STORED)"
                        + " PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (9)",
                "INSERT INTO t VALUES (1)",
                "INSERT INTO later VALUES (1)",
                "INSERT INTO parted VALUES (1)");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("CREATE PUBLICATION theirs FOR ALL TABLES");
            database.run(
                    "SET lock_timeout = '5s'", "UPDATE t SET v = 'a'", "UPDATE parted SET v = 'a'");
            holder.commit();
        }
        database.run(
                "UPDATE t SET v = 'b'",
                "UPDATE parted SET v = 'b'",
                "ALTER TABLE later ADD g int GENERATED ALWAYS AS (id * 2) STORED",
                "UPDATE later SET v = 'b'",
                "SELECT daybook.align()",
                "UPDATE later SET v = 'c'",
                "DELETE FROM t",
                "DROP PUBLICATION theirs",
                "SELECT daybook.align()");

        assertThat(
                        database.query(
                                "SELECT relreplident FROM pg_class WHERE relname IN ('t', 'later', 'part_0')"))
                .containsExactly("f", "f", "f");
    }

    @Test
    void acceptsUpdatesOfAFullIdentityOfWhichAnotherPublishesSomeColumns() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.*')",
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "CREATE TABLE i (id int PRIMARY KEY, code int NOT NULL, v text)",
                "CREATE UNIQUE INDEX i_code ON i (code)",
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (9)",
                "INSERT INTO t VALUES (1)",
                "INSERT INTO i VALUES (1, 1)",
                "INSERT INTO parted VALUES (1)",
                "CREATE PUBLICATION theirs FOR TABLE t (id), i (code)",
                "CREATE PUBLICATION others WITH (publish_via_partition_root)",
                "ALTER PUBLICATION others ADD TABLE parted (id)",
                "UPDATE t SET v = 'a'",
                "UPDATE i SET v = 'a'",
                "UPDATE parted SET v = 'a'",
                "SELECT daybook.align()",
                "UPDATE t SET v = 'b'",
                "UPDATE i SET v = 'b'",
                "UPDATE parted SET v = 'b'",
                "DROP PUBLICATION theirs",
                "SELECT daybook.align()");

        assertThat(
                        database.query(
                                "SELECT concat(relname, ' ', relreplident) FROM pg_class"
                                        + " WHERE relname IN ('t', 'i', 'part_0') ORDER BY 1"))
                .containsExactly("i f", "part_0 d", "t f");
    }

    @Test
    void looksAtNoTableThatAPublicationCannotRefuseForItsFullIdentity() throws Exception {
        database.run(
                "SELECT daybook.configure('public.*', 'public.*')",
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "CREATE TABLE listed (id int PRIMARY KEY, v text)",
                "CREATE TABLE made (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED)");

        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SET LOCAL track_functions = 'all'");
            statement.execute("CREATE PUBLICATION theirs FOR TABLE t, listed (id)");
            ResultSet calls =
                    statement.executeQuery(
                            "SELECT sum(calls) FROM pg_stat_xact_user_functions"
                                    + " WHERE funcname = 'identify_by_key'");
            calls.next();
            assertThat(calls.getLong(1)).isEqualTo(2);
        }
    }

    @Test
    void acceptsUpdatesOnceAlignedAfterTheIdentitysIndexWasDroppedHalfway() throws Exception {
        database.run(
                "CREATE TABLE t (id int NOT NULL, v text)",
                "CREATE UNIQUE INDEX t_id ON t (id)",
                "ALTER TABLE t REPLICA IDENTITY USING INDEX t_id",
                "INSERT INTO t VALUES (1, 'a')");

        try (Connection writer = database.connect();
                Statement open = writer.createStatement();
                Connection dropper = database.connect();
                Statement drop = dropper.createStatement()) {
            writer.setAutoCommit(false);
            open.execute("UPDATE t SET v = 'b'");
            drop.execute("SET lock_timeout = '50ms'");
            assertThatThrownBy(() -> drop.execute("DROP INDEX CONCURRENTLY t_id"))
                    .isInstanceOf(SQLException.class);
            try (Connection other = database.connect();
                    Statement holding = other.createStatement()) {
                other.setAutoCommit(false);
                // As the command itself does while it waits.
                holding.execute("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE");

                database.run("SELECT daybook.align()");
            }
            open.execute("UPDATE t SET v = 'c'");
            writer.commit();
        }
        assertThat(database.query(PUBLISHED)).containsExactly("t daybook_insert_only");
    }

    @Test
    void acceptsUpdatesOfATableThatGotItsKeySinceTheTransactionLooked() throws Exception {
        for (int isolation :
                new int[] {
                    Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE
                }) {
            database.run(
                    "CREATE TABLE t (id int, v text)",
                    "INSERT INTO t VALUES (1, 'a')",
                    "CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id)");
            try (Connection early = database.connect();
                    Statement statement = early.createStatement()) {
                early.setAutoCommit(false);
                early.setTransactionIsolation(isolation);
                statement.execute("SELECT 1");
                database.run(
                        "ALTER TABLE t ADD PRIMARY KEY (id)",
                        "ALTER TABLE parted ADD PRIMARY KEY (id)",
                        "CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)",
                        "INSERT INTO part VALUES (1, 'a')");

                statement.execute("ALTER TABLE t DROP CONSTRAINT t_pkey");
                statement.execute("ALTER TABLE parted DROP CONSTRAINT parted_pkey");
                statement.execute("UPDATE t SET v = 'b'");
                statement.execute("UPDATE parted SET v = 'b'");
                early.commit();
            }
            database.run("UPDATE parted SET v = 'c'", "DROP TABLE t, parted");
        }
    }

    @Test
    void acceptsUpdatesOfATableThatLostItsFullIdentitySinceTheTransactionLooked() throws Exception {
        database.run(
                "CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "CREATE TABLE t (id int, v text)",
                "ALTER TABLE parted REPLICA IDENTITY FULL",
                "ALTER TABLE part_0 REPLICA IDENTITY FULL",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "SELECT daybook.align()",
                "INSERT INTO t VALUES (1, 'a')");
        assertThat(database.query(PUBLISHED)).containsExactly("parted daybook", "t daybook");

        try (Connection early = database.connect();
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            early.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT 1");
            database.run("ALTER TABLE t REPLICA IDENTITY NOTHING");

            statement.execute("ALTER TABLE parted ATTACH PARTITION t DEFAULT");
            statement.execute("UPDATE t SET v = 'b'");
            early.commit();
        }
        database.run("UPDATE parted SET v = 'c'");
    }

    @Test
    void acceptsUpdatesOfATableOfWhichTheTransactionSeesTwoVersions() throws Exception {
        for (String isolation : new String[] {"REPEATABLE READ", "SERIALIZABLE"}) {
            database.run("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int PRIMARY KEY)");
            try (Connection session = database.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
                statement.execute("SELECT count(*) FROM pg_publication");
                // Of a row whose file is another one, both versions are in the index.
                database.run("ALTER TABLE t REPLICA IDENTITY FULL");
                statement.execute("TRUNCATE t");
                statement.execute("ALTER TABLE t REPLICA IDENTITY NOTHING");
                session.commit();
            }

            database.run("INSERT INTO t VALUES (1)", "UPDATE t SET id = 2", "DELETE FROM t");
        }
    }

    @Test
    void acceptsUpdatesOfAPartitionThatWasDetachedSinceTheTransactionLooked() throws Exception {
        database.run(
                "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE t PARTITION OF p FOR VALUES FROM (0) TO (10)");
        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            statement.execute("SELECT count(*) FROM pg_publication");
            database.run("ALTER TABLE p DETACH PARTITION t");
            statement.execute("ALTER TABLE t REPLICA IDENTITY NOTHING");
            session.commit();
        }

        database.run("INSERT INTO t VALUES (1)", "UPDATE t SET id = 2", "DELETE FROM t");
    }

    @Test
    void locksNoTableThatAPartitionWasDetachedFromSinceTheTransactionLooked() throws Exception {
        database.run(
                "CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "ALTER TABLE ONLY parted REPLICA IDENTITY FULL");

        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
            statement.execute("SELECT count(*) FROM pg_publication");
            database.run("ALTER TABLE parted DETACH PARTITION part_0");
            statement.execute("ALTER TABLE part_0 SET UNLOGGED");

            database.run("SET lock_timeout = '5s'", "ALTER TABLE parted ADD n int");
            session.commit();
        }
    }

    @Test
    void dropsAPartitionBesideATransactionThatTookTheIdentityOfAnother() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("ALTER TABLE part_0 REPLICA IDENTITY NOTHING");

            database.run("SET lock_timeout = '5s'", "DROP TABLE part_1");
            holder.commit();
        }

        database.run("INSERT INTO parted VALUES (0)", "UPDATE parted SET v = 'b'");
    }

    @Test
    void acceptsUpdatesOfAnHeirThatWasMadeSinceTheTransactionLooked() throws Exception {
        database.run("CREATE TABLE parent (id int PRIMARY KEY, v text)");

        try (Connection session = database.connect();
                Statement statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            statement.execute("SELECT count(*) FROM pg_publication");
            database.run("CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (parent)");
            statement.execute("ALTER TABLE parent DROP COLUMN id");
            session.commit();
        }

        database.run(
                "INSERT INTO heir VALUES ('a')", "UPDATE heir SET v = 'b'", "DELETE FROM heir");
    }

    @Test
    void acceptsUpdatesOfAFullIdentityWithAColumnThatWasAddedSinceTheTransactionLooked()
            throws Exception {
        String generated = version() >= 180000 ? "VIRTUAL" : "STORED";
        for (String isolation : new String[] {"REPEATABLE READ", "SERIALIZABLE"}) {
            database.run("DROP TABLE IF EXISTS t", "CREATE TABLE t (id int PRIMARY KEY, v text)");
            try (Connection session = database.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
                statement.execute("SELECT count(*) FROM pg_publication");
                database.run("ALTER TABLE t ADD g int GENERATED ALWAYS AS (id * 2) " + generated);
                // Of a row whose file is another one, both versions are in the index.
                statement.execute("TRUNCATE t");
                statement.execute("ALTER TABLE t REPLICA IDENTITY FULL");
                statement.execute("INSERT INTO t VALUES (1)");
                statement.execute("UPDATE t SET v = 'a'");
                session.commit();
            }

            database.run("UPDATE t SET v = 'b'", "DELETE FROM t");
        }
    }

    @Test
    void locksNoPartitionBesideOneThatARepeatableReadTransactionMakes() throws Exception {
        for (String key : new String[] {" PRIMARY KEY", ""}) {
            database.run(
                    "DROP TABLE IF EXISTS parted",
                    "CREATE TABLE parted (id int" + key + ", v text) PARTITION BY RANGE (id)",
                    "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)");
            try (Connection session = database.connect();
                    Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
                statement.execute(
                        "CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (1) TO (2)");

                database.run("SET lock_timeout = '5s'", "ALTER TABLE part_0 ADD CHECK (id >= 0)");
                session.commit();
            }
        }
    }

    @Test
    void acceptsUpdatesOfOtherTablesWhileOneKeepsItsFullIdentity() throws Exception {
        database.run("SELECT daybook.configure('public.*', 'public.*')");
        for (int i = 1; i <= 3; i++) {
            database.run(
                    "CREATE TABLE t%d (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (id * 2) STORED)"
                            .formatted(i),
                    "INSERT INTO t%d VALUES (1, 1)".formatted(i));
        }

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("GRANT SELECT ON t1 TO public");
            database.run(
                    "CREATE PUBLICATION theirs FOR ALL TABLES",
                    "UPDATE t2 SET v = 2",
                    "UPDATE t3 SET v = 2");
            holder.commit();
        }
        database.run("SELECT daybook.align()", "UPDATE t1 SET v = 2");
    }

    /** Where the former table's end is told again, the new one is told behind it, with its rows. */
    @Test
    void hasATableReadThatWasMadeWhileTheEndOfItsFormerOneWasToldAgain() throws Exception {
        database.run(
                "INSERT INTO daybook.capture_slot (slot, started_at, snapshot, start_lsn, exact)"
                        + " VALUES ('s', now(), pg_current_snapshot(), '0/1', true)",
                "CREATE TABLE t (id int PRIMARY KEY)",
                "DROP TABLE t");

        try (Connection session = database.connect();
                Statement telling = session.createStatement()) {
            session.setAutoCommit(false);
            telling.execute("SELECT daybook.reload_all()");
            database.run("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            session.commit();
        }
        database.run("SELECT daybook.align()");

        assertThat(
                        database.query(
                                "SELECT concat(k.load_ticket > 0, ' ', g.cause) FROM daybook.captured_table k"
                                        + " JOIN daybook.gap g ON g.relid = k.relid WHERE k.table_name = 'public.t'"))
                .containsExactly("t not-captured");
    }

    @Test
    void findsWhatOthersHaveMadeSinceATransactionsEarlierDdl() throws Exception {
        for (String isolation :
                new String[] {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}) {
            database.run(
                    "DROP SCHEMA IF EXISTS app CASCADE", "CREATE TABLE IF NOT EXISTS t (id int)");
            try (Connection session = database.connect();
                    Statement statement = session.createStatement()) {
                statement.execute("SET search_path = public, app");
                session.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
                statement.execute("SELECT count(*) FROM t");
                statement.execute("ALTER TABLE t ALTER COLUMN id DROP DEFAULT");
                database.run("CREATE SCHEMA app CREATE TABLE u (id int PRIMARY KEY)");
                statement.execute("CREATE INDEX ON app.u (id)");
                database.run("CREATE TABLE app.u2 (id int PRIMARY KEY)");
                statement.execute("COMMENT ON TABLE app.u2 IS 'made by another session'");
                session.commit();
            }
        }
    }

    @Test
    void locksNoTableThatAnEarlierCommandDetachedUnnoticed() throws Exception {
        database.run(
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE part_0 PARTITION OF parted FOR VALUES FROM (0) TO (1)",
                "SELECT set_config('daybook.following', daybook.own_mark(), false)",
                "ALTER TABLE parted DETACH PARTITION part_0");

        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("ALTER TABLE parted ADD n int");

            database.run("SET lock_timeout = '5s'", "ALTER TABLE part_0 ADD n int");
            holder.commit();
        }
        database.run("SELECT daybook.align()");
        assertThat(database.query(PUBLISHED)).containsExactly("part_0 daybook", "parted daybook");
    }

    private int version() throws SQLException {
        return Integer.parseInt(database.query("SHOW server_version_num").get(0));
    }

    /** Runs statements, each of which would wait for good for what another transaction holds. */
    private void whileThePublicationsAreHeld(String... statements) throws SQLException {
        try (Connection holder = database.connect();
                Statement open = holder.createStatement()) {
            holder.setAutoCommit(false);
            open.execute("CREATE TABLE held (id int PRIMARY KEY)");
            List<String> all = new ArrayList<>(List.of("SET statement_timeout = '5s'"));
            all.addAll(List.of(statements));
            database.run(all.toArray(String[]::new));
            holder.commit();
        }
    }
}
