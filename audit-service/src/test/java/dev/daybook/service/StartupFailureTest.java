package dev.daybook.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.PortInUseException;

/** What becomes of an exception on the way up; the services' own tests start the program itself. */
class StartupFailureTest {

    private static final Service SERVICE =
            new Service("daybook-test", "The test", "docs/reference/test.md");

    @Test
    void aWrongSettingIsARuleAndARemedyAndTheCode2() {
        StartupFailure failure =
                StartupFailure.of(
                        SERVICE,
                        new IllegalStateException(
                                new InvalidSettingException("a.key", "is 0", "set 1 or more.")));

        assertThat(failure)
                .isEqualTo(new StartupFailure("daybook-test: a.key is 0. Set 1 or more.", 2, true));
    }

    @Test
    void aTakenPortIsNamedAndTheCode1() {
        StartupFailure failure = StartupFailure.of(SERVICE, new PortInUseException(8080));

        assertThat(failure.line()).startsWith("daybook-test: The port 8080 ");
        assertThat(failure.exitCode()).isEqualTo(1);
        assertThat(failure.known()).isTrue();
    }

    @Test
    void anythingElseKeepsItsStackTrace() {
        StartupFailure failure =
                StartupFailure.of(SERVICE, new IllegalStateException("a bean\n  is missing"));

        assertThat(failure)
                .isEqualTo(
                        new StartupFailure(
                                "daybook-test: The test did not start: a bean is missing. The log"
                                        + " says more.",
                                1,
                                false));
    }
}
