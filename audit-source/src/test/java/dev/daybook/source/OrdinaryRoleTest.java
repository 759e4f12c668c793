package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What a role that owns a schema, and nothing else, can make of the functions that follow its DDL.
 */
class OrdinaryRoleTest {

    private SourceDatabase database;

    @BeforeEach
    void prepare() throws SQLException {
        database = SourceDatabase.prepared("*.*", "");
        database.run(
                "CREATE ROLE " + role(),
                "CREATE SCHEMA app AUTHORIZATION " + role(),
                "CREATE TABLE public.trapped (by_role name)",
                "GRANT INSERT ON public.trapped TO PUBLIC");
    }

    @AfterEach
    void remove() throws SQLException {
        String role = role();
        database.run("DROP OWNED BY " + role + " CASCADE", "DROP ROLE " + role);
        database.close();
    }

    @Test
    void hasNothingOfItsOwnRunAsTheOneWhoPreparedTheSource() throws Exception {
        asRole(
                "CREATE FUNCTION app.trap(anyelement) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
                        + " INSERT INTO public.trapped VALUES (current_user); RETURN true; END $$");
        for (String type :
                new String[] {
                    "text",
                    "name",
                    "bool",
                    "oid",
                    "int2",
                    "int4",
                    "int8",
                    "regclass",
                    "json",
                    "jsonb",
                    "tid",
                    "xid8",
                    "pg_lsn",
                    "timestamptz",
                    "numeric"
                }) {
            asRole(
                    "CREATE DOMAIN app.%1$s AS pg_catalog.%1$s CHECK (app.trap(VALUE))"
                            .formatted(type));
        }
        for (String function :
                new String[] {
                    "concat(VARIADIC \"any\")",
                    "current_query()",
                    "regexp_replace(pg_catalog.text,"
                            + " pg_catalog.text, pg_catalog.text, pg_catalog.text)",
                    "to_regclass(pg_catalog.text)",
                    "pg_relation_size(pg_catalog.regclass)",
                    "pg_current_xact_id_if_assigned()",
                    "textregexeq(pg_catalog.text, pg_catalog.text)"
                }) {
            if (!function.contains("VARIADIC")) {
                asRole(
                        "CREATE FUNCTION app."
                                + function
                                + " RETURNS pg_catalog.text LANGUAGE plpgsql AS $$ BEGIN"
                                + " INSERT INTO public.trapped VALUES (current_user); RETURN NULL; END $$");
            }
        }
        for (String operator : new String[] {"=", "<>", "!~*", "~*"}) {
            asRole(
                    "CREATE FUNCTION app.op%d(pg_catalog.text, pg_catalog.text)"
                                    .formatted(operator.hashCode() & 0xffff)
                            + " RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$ BEGIN"
                            + " INSERT INTO public.trapped VALUES (current_user); RETURN false; END $$",
                    "CREATE OPERATOR app.%s (LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text, FUNCTION = app.op%d)"
                            .formatted(operator, operator.hashCode() & 0xffff));
        }

        asRole(
                "SET search_path = app, pg_catalog",
                "CREATE TABLE v (i pg_catalog.int4 PRIMARY KEY)",
                "ALTER TABLE v ADD k pg_catalog.int4",
                "ALTER TABLE v SET UNLOGGED",
                "ALTER TABLE v SET LOGGED",
                "ALTER TABLE v DROP CONSTRAINT v_pkey",
                "CREATE INDEX ON v (i)",
                "COMMENT ON TABLE v IS 'x'",
                "SELECT daybook.set_context('anna')",
                "DROP TABLE v");

        assertThat(database.query("SELECT DISTINCT by_role::text FROM public.trapped"))
                .isSubsetOf(role());
    }

    @Test
    void hidesNoCommandFromTheCapture() throws Exception {
        int table = 0;
        for (String setting :
                new String[] {
                    "following = 'yes'",
                    "to_follow = 'x'",
                    "to_follow = '99999999999'",
                    "let_go = 'x'",
                    "verified_at = 'x'",
                    "aligned_at = 'x'"
                }) {
            String name = "app.seen" + table++;
            asRole("SET daybook." + setting, "CREATE TABLE " + name + " (id int PRIMARY KEY)");

            assertThat(database.query("SELECT table_name FROM daybook.captured_table"))
                    .as(setting)
                    .contains(name);
        }
    }

    @Test
    void findsEveryFunctionThatRunsAsAnotherRoleBoundToItsSchemas() throws Exception {
        assertThat(
                        database.query(
                                """
                                SELECT p.oid::regprocedure::text FROM pg_proc p
                                WHERE p.pronamespace = 'daybook'::regnamespace AND p.prosecdef
                                  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
                                """))
                // Its names mean what they mean to the command; each of its own is qualified.
                .containsExactly("daybook.before_ddl()");
    }

    private String role() {
        return "owner_of_" + database.name;
    }

    private void asRole(String... statements) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION AUTHORIZATION " + role());
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
