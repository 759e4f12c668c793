package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

class DirectoryStoreTest {

    @TempDir private Path directory;

    @Test
    void whatAKilledProcessHadBegunToWriteIsRemoved() throws IOException {
        // Given
        DirectoryStore store = new DirectoryStore(directory);
        store.write("tile/0/000", "whole".getBytes(StandardCharsets.UTF_8));
        Path begun = directory.resolve("tile/0/001." + UUID.randomUUID() + ".new");
        Files.writeString(begun, "ha");

        // Then
        store.removeUnfinished(Duration.ofHours(1));
        assertThat(begun).as("may still be written").exists();

        // When
        store.removeUnfinished(Duration.ZERO);

        // Then
        assertThat(begun).doesNotExist();
        assertThat(store.read("tile/0/000")).hasValue("whole".getBytes(StandardCharsets.UTF_8));
    }
}
