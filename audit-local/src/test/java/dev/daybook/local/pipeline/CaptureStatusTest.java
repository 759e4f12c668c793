package dev.daybook.local.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.JmxName;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.management.ManagementFactory;
import java.time.Instant;

import javax.management.MBeanServer;
import javax.management.StandardMBean;

/** What status says of a capture, from what that says over JMX. */
class CaptureStatusTest {

    /** What the capture shows, as far as it is asked for. */
    public interface Figures {
        String getPhase();

        String getProblem();

        boolean isCapturing();
    }

    private record Shown(String phase, String problem, boolean capturing) implements Figures {

        @Override
        public String getPhase() {
            return phase;
        }

        @Override
        public String getProblem() {
            return problem;
        }

        @Override
        public boolean isCapturing() {
            return capturing;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    streaming  | ''                  | true  | true  | streaming
                    streaming  | It was set back.    | true  | true  | streaming. WARNING: It was set back.
                    connecting | It does not answer. | false | false | FAILED: It does not answer.
                    streaming  | It cannot be read.  | false | false | FAILED: It cannot be read.
                    """)
    void aProblemWithWhichCaptureGoesOnIsNoFailure(
            String phase, String problem, boolean capturing, boolean works, String said)
            throws Exception {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        beans.registerMBean(
                new StandardMBean(new Shown(phase, problem, capturing), Figures.class, false),
                JmxName.ofSource("status"));
        try {
            PartState state = new CaptureStatus("status").state();

            assertThat(state.works()).isEqualTo(works);
            assertThat(state.inWords(Instant.EPOCH)).isEqualTo(said);
        } finally {
            beans.unregisterMBean(JmxName.ofSource("status"));
        }
    }
}
