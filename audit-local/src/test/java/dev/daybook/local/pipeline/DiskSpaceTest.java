package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.local.UserError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DiskSpaceTest {

    @TempDir Path directory;

    private DiskSpace left(int mebibytes) {
        return new DiskSpace(new DataDirectory(directory), (long) mebibytes << 20);
    }

    @Test
    void aNewDataDirectoryIsRefusedWhereItDoesNotFit() {
        assertThatThrownBy(() -> left(64).requireForStart())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("needs 256 MiB")
                .hasMessageContaining("has 64 MiB left")
                .hasMessageEndingWith("another disk.");
        assertThatCode(() -> left(300).requireForStart()).doesNotThrowAnyException();
    }

    @Test
    void anOldOneStartsAsLongAsPostgresAndKafkaCan() throws IOException {
        Files.createDirectory(directory.resolve("audit"));

        assertThatCode(() -> left(64).requireForStart()).doesNotThrowAnyException();
        assertThatThrownBy(() -> left(40).requireForStart())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is full: 40 MiB left. Make room and start again");
    }
}
