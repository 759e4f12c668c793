package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.daybook.evidence.NoteSigner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

class ScheduledVerificationTest {

    @TempDir private Path directory;

    @Test
    void oneThatNeverVerifiesIsClosed() throws IOException {
        ScheduledVerification verification =
                new ScheduledVerification(
                        new SealerSettings(
                                new DirectoryStore(directory),
                                NoteSigner.generate("daybook.example/log"),
                                "jdbc:postgresql://nowhere/audit",
                                new Properties(),
                                Map.of(),
                                "segments",
                                List.of(),
                                Duration.ZERO),
                        Clock.systemUTC(),
                        result -> {});

        assertThatCode(verification::close).doesNotThrowAnyException();
    }
}
