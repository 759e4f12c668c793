package dev.daybook.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.Set;

/** The sink reads what the schemas in {@code docs/reference/schemas} let be written. */
class SchemasTest {

    @Test
    void theReaderKnowsTheMembersOfTheSchemas() throws IOException {
        assertThat(new EntryReader().members.names()).isEqualTo(properties("entries"));
        assertThat(new ContextReader().members.names()).isEqualTo(properties("transactions"));
        assertThat(new RejectedReader().members.names()).isEqualTo(properties("rejected"));
        assertThat(new ReportReader().members.names()).isEqualTo(properties("reports"));
        assertThat(new ReplayReader().members.names()).isEqualTo(properties("replays"));
        assertThat(new GapReader().members.names()).isEqualTo(properties("gaps"));
        assertThat(new WatermarkReader(1, Set.of(), Clock.systemUTC()).members.names())
                .containsAll(properties("watermarks"));
        assertThat(WatermarkReader.ofPositions(1, Set.of(), Clock.systemUTC()).members.names())
                .containsAll(properties("positions"));
    }

    private static Set<String> properties(String schema) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        File file = new File("../docs/reference/schemas/" + schema + ".json");
        try (JsonParser parser = new JsonFactory().createParser(file)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals("properties");
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    names.add(parser.currentName());
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }
        return names;
    }
}
