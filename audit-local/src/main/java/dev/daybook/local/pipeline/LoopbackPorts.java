package dev.daybook.local.pipeline;

import dev.daybook.local.FreePorts;
import dev.daybook.local.UserError;

/** The ports of one pipeline, all on loopback. */
record LoopbackPorts(int api, int audit, int kafka, int controller, int ingest, int source) {

    /**
     * Returns the ports from {@code first} on, or any free ones for 0.
     *
     * @throws UserError if one of them is taken
     */
    static LoopbackPorts from(int first) {
        if (first == 0) {
            int[] free = FreePorts.distinct(6);
            return new LoopbackPorts(free[0], free[1], free[2], free[3], free[4], free[5]);
        }
        String[] parts = {
            "the API",
            "the audit database",
            "Kafka",
            "Kafka's controller",
            "the ingest's metrics",
            "the source database"
        };
        if (first < 1 || first > 65_535 - parts.length) {
            throw new UserError(
                    "--port " + first + " is not a port.",
                    "Give one from 1 to 65529, or 0 for free ones.");
        }
        for (int i = 0; i < parts.length; i++) {
            if (FreePorts.isTaken(first + i)) {
                throw new UserError(
                        "Port " + (first + i) + ", meant for " + parts[i] + ", is taken.",
                        "Choose another with --port, or --port 0 for free ones.");
            }
        }
        return new LoopbackPorts(first, first + 1, first + 2, first + 3, first + 4, first + 5);
    }
}
