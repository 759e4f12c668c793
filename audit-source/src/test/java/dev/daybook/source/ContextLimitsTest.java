package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** What {@code daybook.set_context} refuses to write into each entry of a transaction. */
class ContextLimitsTest {

    @Test
    void whoAndWhyAreRefusedWhereTheySayNothingOrTooMuch() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            for (String refused :
                    new String[] {
                        "''",
                        "'  '",
                        "E'\\t'",
                        "E'anna\\x1b[31m'",
                        "repeat('a', 257)",
                        "'anna', repeat('r', 4001)",
                        "'anna', null, repeat('q', 257)",
                        "'anna', null, null, '[1]'",
                        "'anna', null, null, 'null'",
                        "'anna', null, null, jsonb_build_object('a', repeat('x', 20000))"
                    }) {
                assertThatThrownBy(
                                () -> database.run("SELECT daybook.set_context(" + refused + ")"))
                        .as(refused)
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("daybook.set_context: ");
            }
            assertThatCode(
                            () ->
                                    database.run(
                                            "SELECT daybook.set_context(repeat('a', 256),"
                                                    + " repeat('r', 4000), '', '{}')"))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aRoleNamesTheActorsThatItIsAllowedTo() throws Exception {
        try (SourceDatabase database = SourceDatabase.prepared()) {
            String web = "web_" + database.name;
            String staff = "staff_" + database.name;
            String eve = "eve_" + database.name;
            database.run(
                    "CREATE ROLE " + staff,
                    "CREATE ROLE %s LOGIN PASSWORD 'p' IN ROLE %s".formatted(web, staff),
                    "CREATE ROLE %s LOGIN PASSWORD 'p'".formatted(eve));
            try {
                // Given
                for (String role : new String[] {web, eve}) {
                    assertThatCode(() -> sign(database, role, "anna")).doesNotThrowAnyException();
                }

                // When
                database.run("SELECT daybook.allow_actors('%s', 'anna,web-*')".formatted(staff));

                // Then
                for (String actor : new String[] {"anna", "web-7"}) {
                    assertThatCode(() -> sign(database, web, actor)).doesNotThrowAnyException();
                }
                assertThatThrownBy(() -> sign(database, web, "chief-auditor"))
                        .hasMessageContaining(
                                "daybook.set_context: the login role \"%s\" may not name the actor \"chief-auditor\"; name one that it may"
                                        .formatted(web));
                assertThatThrownBy(() -> sign(database, eve, "anna"))
                        .hasMessageContaining("may not name the actor \"anna\"");
                assertThatThrownBy(() -> database.run("SELECT daybook.allow_actors('nobody_such')"))
                        .hasMessageContaining("there is no role \"nobody_such\"");
                database.run("SELECT daybook.allow_actors('%s', null)".formatted(staff));
                assertThatCode(() -> sign(database, eve, "anna")).doesNotThrowAnyException();
            } finally {
                database.run("DROP ROLE " + web, "DROP ROLE " + staff, "DROP ROLE " + eve);
            }
        }
    }

    private static void sign(SourceDatabase database, String role, String actor)
            throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.url, role, "p");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT daybook.set_context('%s')".formatted(actor));
        }
    }
}
