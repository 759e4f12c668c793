package dev.daybook.bench.codec;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks: {@code ./daybook bench --codecs}. */
public final class Codecs {

    private Codecs() {}

    /** Runs them all and prints what they took. */
    public static void run() {
        try {
            new Runner(
                            new OptionsBuilder()
                                    .include("dev\\.daybook\\..*")
                                    .jvmArgsAppend("-Xmx512m")
                                    .build())
                    .run();
        } catch (RunnerException e) {
            throw new IllegalStateException("JMH could not run", e);
        }
    }
}
