package dev.daybook.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Java's patterns match what the source's own function matches. */
class TablePatternsTest {

    @Test
    void matchesAsTheSourceDoes() throws Exception {
        String[] lists = {"public.*", "sales.order_?", "public.*,!public.secret_*", "a.b+c", "*"};
        String[][] tables = {
            {"public", "t"},
            {"public", "secret_t"},
            {"sales", "order_1"},
            {"sales", "order_12"},
            {"a", "b+c"},
            {"a", "bbc"},
            {"public", "two\nlines"}
        };
        try (SourceDatabase database = SourceDatabase.prepared()) {
            for (String list : lists) {
                for (String[] table : tables) {
                    boolean source =
                            database.query(
                                            "SELECT daybook.matches('"
                                                    + table[0]
                                                    + "."
                                                    + table[1]
                                                    + "', '"
                                                    + list
                                                    + "')")
                                    .get(0)
                                    .equals("t");
                    assertThat(TablePatterns.parse(list).matches(table[0], table[1]))
                            .as("%s.%s in %s", table[0], table[1], list)
                            .isEqualTo(source);
                }
            }
        }
    }

    @Test
    void matchesEveryTableWhereNothingIsSaid() {
        assertThat(TablePatterns.parse("").matches("any", "table")).isTrue();
        assertThat(TablePatterns.parse("!public.t").matches("any", "table")).isTrue();
        assertThat(TablePatterns.parse("!public.t").matches("public", "t")).isFalse();
    }
}
