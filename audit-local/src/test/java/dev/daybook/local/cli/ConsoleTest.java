package dev.daybook.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.LocalSettings;
import dev.daybook.local.postgres.DatabaseUrl;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Holds what {@code up} prints for others to read, and to paste, to leaving passwords out. */
class ConsoleTest {

    private static final String URL = "postgresql://ann:secret@127.0.0.1:5432/shop";

    @Test
    void noPasswordIsPrintedNorInACommandThatIsToBePasted() {
        assertThat(said(false))
                .contains(
                        "psql service=source",
                        "./daybook source remove --source postgresql://ann@127.0.0.1:5432/shop --slot daybook_shop --apply")
                .doesNotContain("secret");
    }

    @Test
    void theKeyIsPrintedWhenItIsNewAndNeverAgain() {
        assertThat(said(true)).contains("dbk_key").doesNotContain("secret");
        assertThat(said(false)).doesNotContain("dbk_key").contains("as before, in ");
    }

    private static String said(boolean keyIsNew) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            DatabaseUrl source = DatabaseUrl.parse(URL, Map.of());
            Console console = new Console();
            console.ready(
                    new ConnectionInfo(
                            "http://127.0.0.1:7080/api/v1",
                            "dbk_key",
                            "http://127.0.0.1:7080/swagger-ui.html",
                            URL,
                            URL,
                            "127.0.0.1:7081",
                            "daybook",
                            "secret",
                            "http://127.0.0.1:7082",
                            1),
                    new LocalSettings(Path.of("data"), 7080, source, "*.*", false),
                    keyIsNew);
            console.stays(source, "daybook_shop");
        } finally {
            System.setOut(out);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
