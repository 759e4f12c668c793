package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.domain.history.Entries;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

/**
 * Holds the API to the description under any bytes; see {@link RequestFuzzer}. Set {@code
 * daybook.fuzz.requests} for more of them, and {@code daybook.fuzz.seed} to repeat a run; {@code
 * daybook.fuzz.port} and {@code daybook.fuzz.key} ask an API that is running.
 */
class FuzzTest {

    private static final int REQUESTS = Integer.getInteger("daybook.fuzz.requests", 1_500);
    private static final long SEED = Long.getLong("daybook.fuzz.seed", System.nanoTime());
    private static final int PORT = Integer.getInteger("daybook.fuzz.port", 0);

    @Test
    void noRequestIsAnsweredWithAFaultAndEachRefusalIsAProblemDocument() throws IOException {
        // Given
        int port = PORT;
        if (port == 0) {
            ApiFixture.sharedDatabase()
                    .store(Entries.insert("id", "1", "a", "2").table("fuzz", "t").entry());
            port = ApiFixture.shared().port();
        }
        String key = System.getProperty("daybook.fuzz.key", ApiFixture.KEY);
        try (RequestFuzzer fuzzer = new RequestFuzzer(port, List.of(key), SEED)) {

            // When
            fuzzer.run(REQUESTS);

            // Then
            assertThat(fuzzer.statuses()).as(fuzzer.toString()).containsKeys(200, 400, 401, 404);
            System.out.println(REQUESTS + " requests, " + fuzzer);
        }
    }
}
