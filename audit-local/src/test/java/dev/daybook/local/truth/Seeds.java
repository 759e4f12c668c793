package dev.daybook.local.truth;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * The seeds of a run: {@code -Ddaybook.seed=N} replays one, {@code -Ddaybook.seeds=N} runs so many
 * new ones; both run so many from the one on.
 */
final class Seeds {

    private Seeds() {}

    static long first() {
        return all(1).findFirst().orElseThrow();
    }

    /**
     * The seed asked for, and as many that follow it as asked for; else as many random ones as
     * asked for, else as many as the test runs by default.
     */
    static LongStream all(int byDefault) {
        Long seed = Long.getLong("daybook.seed");
        return seed != null
                ? LongStream.range(seed, seed + Integer.getInteger("daybook.seeds", 1))
                : new Random().longs(Integer.getInteger("daybook.seeds", byDefault), 1, 1_000_000);
    }
}
