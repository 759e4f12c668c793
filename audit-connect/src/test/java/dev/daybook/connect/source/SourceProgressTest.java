package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.connect.source.SourceProgress.Part;
import dev.daybook.contract.JmxName;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import javax.management.JMException;

/** What the capture says of itself over JMX. */
class SourceProgressTest {

    private static Object shown(String attribute) throws JMException {
        return ManagementFactory.getPlatformMBeanServer()
                .getAttribute(JmxName.ofSource("progress"), attribute);
    }

    @Test
    void aClockThatWasSetBackIsAProblemWithWhichCaptureGoesOn() throws JMException {
        try (SourceProgress progress = new SourceProgress("progress")) {
            assertThat(shown("Capturing")).isEqualTo(false);
            progress.connected(true);
            progress.problem(Part.CLOCK, "The clock was set back.");

            assertThat(shown("Capturing")).isEqualTo(true);
            assertThat(shown("Problem")).isEqualTo("The clock was set back.");

            progress.problem(Part.SNAPSHOT, "A table cannot be read.");
            assertThat(shown("Capturing")).isEqualTo(false);
            assertThat(shown("Problem")).isEqualTo("A table cannot be read.");
        }
    }
}
