package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

class TableNameTest {

    @Test
    void readsBackWhatItWrites() {
        Seeds.forEach(
                2_000,
                random -> {
                    TableName table = new TableName(Seeds.text(random, 6), name(random));

                    assertThat(TableName.parse(table.toString())).isEqualTo(table);
                });
    }

    @Test
    void differentTablesAreWrittenDifferently() {
        assertThat(new TableName("a.b", "c")).hasToString("\"a.b\".c");
        assertThat(new TableName("a", "b.c")).hasToString("a.\"b.c\"");
        assertThat(new TableName("a", "\"b\"")).hasToString("a.\"\"\"b\"\"\"");
    }

    @Test
    void sortsBySchemaThenName() {
        TableName first = new TableName("a", "z");

        assertThat(first).isLessThan(new TableName("b", "a"));
        assertThat(first).isGreaterThan(new TableName("a", "y"));
        assertThat(first).isEqualByComparingTo(new TableName("a", "z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"orders", "a.b.c", "public.", "", "public.\"orders", "\"public.orders\""})
    void refusesWhatIsNoTable(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TableName.parse(text))
                .withMessageContaining("write schema.table");
    }

    private static String name(Random random) {
        String name = Seeds.text(random, 6);
        return name.isEmpty() ? "t" : name;
    }
}
