package dev.daybook.infra;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/** Runs that several tests look at, each made once. */
final class Runs {

    private static Stacks.@Nullable Run dev;
    private static Stacks.@Nullable Run prod;
    private static Stacks.@Nullable Run other;

    private Runs() {}

    static synchronized Stacks.Run dev() {
        if (dev == null) {
            dev = Stacks.run("dev", Map.of());
        }
        return dev;
    }

    static synchronized Stacks.Run prod() {
        if (prod == null) {
            prod = Stacks.run("prod", Map.of());
        }
        return prod;
    }

    /**
     * A stack with what the examples leave out: serverless capture, an inspection, a private API.
     */
    static synchronized Stacks.Run other() {
        if (other == null) {
            other =
                    Stacks.run(
                            "prod",
                            Map.of(
                                    "daybook:capture", "serverless",
                                    "daybook:captureStart", "true",
                                    "daybook:captureAccountRoles", "false",
                                    "daybook:apiInternal", "true",
                                    "daybook:inspectionAddresses", "[\"198.51.100.7/32\"]",
                                    "daybook:inspectionUntil", "2026-11-23T18:00:00Z"));
        }
        return other;
    }
}
