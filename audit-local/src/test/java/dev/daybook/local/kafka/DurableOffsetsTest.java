package dev.daybook.local.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class DurableOffsetsTest {

    @TempDir Path directory;

    @Test
    void readsWhatAnEarlierOneWrote() throws Exception {
        Path file = directory.resolve("offsets");
        ByteBuffer key = bytes("key with\nnew line");
        DurableOffsets first = new DurableOffsets(file);
        first.start();
        first.set(Map.of(key, bytes("value")), (failure, done) -> {}).get();
        first.stop();

        DurableOffsets second = new DurableOffsets(file);
        second.start();

        assertThat(second.get(List.of(key)).get()).containsEntry(key, bytes("value"));
        second.stop();
    }

    @Test
    void aHalfWrittenSuccessorDoesNotMatter() throws Exception {
        Path file = directory.resolve("offsets");
        DurableOffsets first = new DurableOffsets(file);
        first.start();
        first.set(Map.of(bytes("key"), bytes("value")), (failure, done) -> {}).get();
        first.stop();
        Files.writeString(directory.resolve("offsets.new"), "a2V5");

        DurableOffsets second = new DurableOffsets(file);
        second.start();

        assertThat(second.get(List.of(bytes("key"))).get())
                .containsEntry(bytes("key"), bytes("value"));
        second.stop();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
