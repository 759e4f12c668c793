package dev.daybook.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

class OwnerOnlyTest {

    @TempDir Path directory;

    @Test
    void aDirectoryIsMadeForItsOwner() throws IOException {
        OwnerOnly.directory(directory.resolve("data"));

        assertThat(mode(directory.resolve("data"))).isEqualTo("rwx------");
    }

    @Test
    void anOlderDirectoryIsPutRightButForWhatIsExcepted() throws IOException {
        Path data = open(Files.createDirectory(directory.resolve("data")), "rwxr-xr-x");
        Path kafka = open(Files.createDirectory(data.resolve("kafka")), "rwxr-xr-x");
        Path records = open(Files.createFile(kafka.resolve("0.log")), "rw-r--r--");
        Path program = open(Files.createFile(data.resolve("program")), "r-x------");
        Path server = open(Files.createDirectory(data.resolve("audit")), "rwxr-x---");

        OwnerOnly.everythingIn(data, Set.of(server));

        assertThat(mode(data)).isEqualTo("rwx------");
        assertThat(mode(kafka)).isEqualTo("rwx------");
        assertThat(mode(records)).isEqualTo("rw-------");
        assertThat(mode(program)).isEqualTo("rw-------");
        assertThat(mode(server)).isEqualTo("rwxr-x---");
    }

    private static Path open(Path path, String mode) throws IOException {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
