package dev.daybook.seal;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

class EvidenceLogTest extends EvidenceLogContract {

    @TempDir private Path directory;

    @Override
    LogStore store(String name) throws IOException {
        return new DirectoryStore(directory.resolve(name));
    }
}
