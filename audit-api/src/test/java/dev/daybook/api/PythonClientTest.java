package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The example in Python of docs/clients.md asks the demo's log. Skipped where there is no Python.
 */
class PythonClientTest {

    @Test
    void theExamplePrintsWhoChangedThePriceFromWhatToWhat() throws Exception {
        // Given
        try (ApiFixture api = ApiFixture.start(DemoLog.create())) {
            ProcessBuilder python =
                    new ProcessBuilder("python3", "src/test/openapi/prices.py")
                            .redirectErrorStream(true);
            python.environment().put("DAYBOOK_URL", "http://127.0.0.1:" + api.port());
            python.environment().put("DAYBOOK_KEY", ApiFixture.KEY);

            // When
            Process run = started(python);
            String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            // Then
            assertThat(run.waitFor()).as(said).isZero();
            assertThat(said.lines().findFirst().orElse("")).isEqualTo("anna 7.50 -> 6.90");
        }
    }

    private static Process started(ProcessBuilder python) {
        try {
            return python.start();
        } catch (IOException e) {
            Assumptions.abort("No python3 on the PATH: install it to have the example tried.");
            throw new IllegalStateException(e);
        }
    }
}
