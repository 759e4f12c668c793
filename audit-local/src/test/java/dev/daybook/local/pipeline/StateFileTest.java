package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

class StateFileTest {

    private static final Instant NOW = Instant.parse("2026-11-22T09:30:00Z");

    @TempDir Path root;

    @Test
    void whatWasWrittenIsRead() throws IOException {
        DataDirectory directory = new DataDirectory(root);
        List<PartState> parts =
                List.of(
                        PartState.working("sink", "running"),
                        PartState.failed("source", "it \"refuses\"").since(NOW.minusSeconds(60)));

        StateFile.write(directory, parts, NOW);

        assertThat(StateFile.read(directory, NOW.plusSeconds(1))).isEqualTo(parts);
        assertThat(parts.getLast().inWords(NOW))
                .isEqualTo("FAILED since 2026-11-22T09:29:00Z (60 s ago): it \"refuses\"");
    }

    @Test
    void aStateThatIsOldIsAFailureOfTheProcess() throws IOException {
        DataDirectory directory = new DataDirectory(root);
        StateFile.write(directory, List.of(PartState.working("sink", "running")), NOW);

        assertThat(StateFile.read(directory, NOW.plusSeconds(120)))
                .last()
                .satisfies(part -> assertThat(part.works()).isFalse());
    }

    @Test
    void aStateThatIsMissingIsAFailure() {
        assertThat(StateFile.read(new DataDirectory(root), NOW)).noneMatch(PartState::works);
    }
}
