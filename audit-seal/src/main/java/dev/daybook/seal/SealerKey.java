package dev.daybook.seal;

import dev.daybook.evidence.NoteSigner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Keeps the sealer's key in a file that only its owner can read. */
public final class SealerKey {

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private SealerKey() {}

    /**
     * Reads the key; makes it if there is none.
     *
     * @param origin the name of the log, for a key that is made
     * @throws IllegalStateException if others can read the file
     */
    public static NoteSigner of(Path file, String origin) throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER));
            Files.writeString(
                    fresh,
                    NoteSigner.generate(origin).secretText() + "\n",
                    StandardOpenOption.WRITE);
            Files.move(fresh, file);
        }
        if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IllegalStateException(
                    "The sealer's key "
                            + file
                            + " can be read by others, who could sign in its name: chmod 600 "
                            + file);
        }
        return NoteSigner.parse(Files.readString(file, StandardCharsets.UTF_8));
    }
}
