package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class FileAnchorTest {

    private static final String ONE = "daybook.test\n1\nhash\n\n— daybook.test signature\n";
    private static final String TWO = "daybook.test\n2\nhash\n\n— daybook.test signature\n";
    private static final String THREE = "daybook.test\n3\nhash\n\n— daybook.test signature\n";

    @TempDir private Path directory;

    @Test
    void checkpointsAreReadInTheOrderInWhichTheyWereAdded() throws IOException {
        FileAnchor anchor = new FileAnchor(directory.resolve("checkpoints"));

        assertThat(anchor.checkpoints()).isEmpty();
        anchor.add(ONE);
        anchor.add(TWO);

        assertThat(anchor.checkpoints()).containsExactly(ONE, TWO);
    }

    @Test
    void aCheckpointThatWasCutOffAnywhereIsLeftAsideAndTheNextIsWhole() throws IOException {
        byte[] second = (TWO + "\f\n").getBytes(StandardCharsets.UTF_8);
        for (int written = 0; written < second.length; written++) {
            // Given
            Path file = directory.resolve("cut-off-" + written);
            FileAnchor anchor = new FileAnchor(file);
            anchor.add(ONE);
            byte[] before = Files.readAllBytes(file);
            byte[] cut = java.util.Arrays.copyOf(before, before.length + written);
            System.arraycopy(second, 0, cut, before.length, written);
            Files.write(file, cut);

            // Then
            assertThat(anchor.checkpoints()).as("%d bytes", written).isEqualTo(List.of(ONE));

            // When
            anchor.add(THREE);

            // Then
            assertThat(anchor.checkpoints()).as("%d bytes", written).isEqualTo(List.of(ONE, THREE));
        }
    }
}
