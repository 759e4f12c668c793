package dev.daybook.local.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.UserError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class DatabaseUrlTest {

    @Test
    void readsAllOfAUrl() {
        DatabaseUrl url =
                DatabaseUrl.parse(
                        "postgresql://ann:p%40ss%2Fword+1@db.example:6432/shop%20a?sslmode=require",
                        Map.of());

        assertThat(url)
                .isEqualTo(
                        new DatabaseUrl(
                                "db.example",
                                6432,
                                "shop a",
                                "ann",
                                "p@ss/word+1",
                                "sslmode=require"));
        assertThat(url.jdbcUrl())
                .isEqualTo("jdbc:postgresql://db.example:6432/shop%20a?sslmode=require");
        assertThat(DatabaseUrl.parse(url.psqlUrl(), Map.of())).isEqualTo(url);
    }

    @Test
    void takesWhatIsMissingFromTheEnvironment() {
        DatabaseUrl url =
                DatabaseUrl.parse(
                        "postgres://db.example", Map.of("PGUSER", "ann", "PGPASSWORD", "secret"));

        assertThat(url).isEqualTo(new DatabaseUrl("db.example", 5432, "ann", "ann", "secret", ""));
    }

    @Test
    void neverShowsThePassword() {
        assertThat(DatabaseUrl.parse("postgresql://ann:secret@h/d", Map.of()).toString())
                .isEqualTo("postgresql://ann@h:5432/d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"shop", "mysql://ann@h/d", "postgresql:///d", "postgresql://ann@h:x y/d"})
    void refusesWhatIsNoUrl(String text) {
        assertThatThrownBy(() -> DatabaseUrl.parse(text, Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("postgresql://USER@HOST:PORT/DATABASE");
    }

    @Test
    void refusesAUrlWithoutAUser() {
        assertThatThrownBy(() -> DatabaseUrl.parse("postgresql://h/d", Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("names no user");
    }
}
