package dev.daybook.bench.jvm;

import dev.daybook.local.Progress;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.Locale;

/**
 * Repeats work until the JVM's compiler has mostly finished, for a pipeline runs for months: a
 * shorter warm-up measures the compiler.
 */
public final class WarmUp {

    /** Compiling takes less than so much of one core's time once a JVM is warm. */
    private static final double COMPILING_WHEN_WARM = 0.05;

    private static final int MOST_TURNS = 12;

    private WarmUp() {}

    /** Work to be repeated. */
    public interface Turn {
        void run(int turn) throws IOException, SQLException, InterruptedException;
    }

    public static void run(Turn work, Progress progress)
            throws IOException, SQLException, InterruptedException {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        double compiling = 1;
        for (int turn = 1; compiling > COMPILING_WHEN_WARM && turn <= MOST_TURNS; turn++) {
            long began = System.nanoTime();
            long compiledBefore = compiler.getTotalCompilationTime();
            work.run(turn);
            compiling =
                    (compiler.getTotalCompilationTime() - compiledBefore)
                            * 1e6
                            / (System.nanoTime() - began);
            progress.say(
                    String.format(Locale.ROOT, "%.0f %% of one core compiling", 100 * compiling));
        }
    }
}
